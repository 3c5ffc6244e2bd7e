package io.truenow.fabric.memory;

/** Where a pool gets regions, and where it gives them back. */
@FunctionalInterface
public interface RegionSource {
    /** A region that the caller then owns, or null if none is ready: ask again later. Must not block. */
    Region poll();

    /** Takes a region back in which nothing is held any more. Must not block the pool's thread for long. */
    default void giveBack(final Region region) {
        region.close();
    }

    /** A source that makes anonymous regions on the caller's thread, for tests and tools. */
    static RegionSource inline(final MemoryTag tag, final long regionBytes) {
        return () -> Region.allocate(tag, regionBytes);
    }
}
