package io.truenow.fabric.memory;

/** Where a pool gets regions. */
@FunctionalInterface
public interface RegionSource {
    /** A region that the caller then owns, or null if none is ready: ask again later. Must not block. */
    Region poll();

    /** A source that makes regions on the caller's thread, for tests and tools. */
    static RegionSource inline(final MemoryTag tag, final long regionBytes) {
        return () -> Region.allocate(tag, regionBytes);
    }
}
