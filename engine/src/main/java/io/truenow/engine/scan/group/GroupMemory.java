package io.truenow.engine.scan.group;

import io.truenow.engine.store.memory.HeapRoom;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.fabric.memory.Region;
import io.truenow.fabric.memory.RegionSource;

import java.util.ArrayList;
import java.util.List;

/**
 * The native memory in which a query agent keeps what its queries gather, or its cubes: blocks of a pool of its own, and regions made to
 * measure for what is larger than a block. All of it is reserved under one tag. Belongs to the query agent; made and closed by the
 * launching thread.
 */
public final class GroupMemory implements AutoCloseable {
    /** No memory. */
    static final long NONE = -1;
    private static final int SMALL_REGION_BYTES = 1 << 20;
    private static final int MAX_REGIONS = 1 << 12;
    /** Handles below it are large regions: -2, -3, .. */
    private static final long FIRST_LARGE = -2;

    private final MemoryTag tag;
    private final BlockPool pool;
    private final BlockUse use;
    private final int regionBytes;
    private final HeapRoom heap;
    private final List<Region> large = new ArrayList<>();

    /** Takes memory under a tag as it is needed, in pieces of 1 MiB; what is on the heap counts under the tag alone. */
    public GroupMemory(final MemoryTag tag) {
        this(tag, new HeapRoom(tag));
    }

    /** Takes memory under a tag as it is needed, in pieces of 1 MiB, and has that room on the heap. */
    public GroupMemory(final MemoryTag tag, final HeapRoom heap) {
        this(tag, RegionSource.inline(tag, SMALL_REGION_BYTES), SMALL_REGION_BYTES, heap);
    }

    /** Takes regions of a source, which reserves them under the tag. */
    public GroupMemory(final MemoryTag tag, final RegionSource source, final int regionBytes) {
        this(tag, source, regionBytes, new HeapRoom(tag));
    }

    private GroupMemory(final MemoryTag tag, final RegionSource source, final int regionBytes, final HeapRoom heap) {
        this.heap = heap;
        this.tag = tag;
        this.regionBytes = regionBytes;
        this.pool = new BlockPool(source, regionBytes, MAX_REGIONS);
        this.use = pool.use(tag.name());
    }

    /** Room on the heap for what goes with it. */
    public HeapRoom heap() {
        return heap;
    }

    /**
     * The same, and has its first region at once, beyond the limit if it must: small queries always have what they need.
     *
     * @throws IllegalStateException if the machine has no memory for it.
     */
    public static GroupMemory prepared(final MemoryTag tag, final HeapRoom heap) {
        final GroupMemory memory = new GroupMemory(tag, new FirstAlways(tag), SMALL_REGION_BYTES, heap);
        final long handle = memory.pool.allocate(memory.use, SMALL_REGION_BYTES);
        if (handle == BlockPool.NONE) {
            throw new IllegalStateException("the machine has no memory for queries");
        }
        memory.pool.release(memory.use, handle);
        return memory;
    }

    /** Bytes held by queries, as rounded. */
    public long usedBytes() {
        long bytes = use.usedBytes();
        for (final Region region : large) {
            bytes += region == null ? 0 : region.lengthBytes();
        }
        return bytes;
    }

    /** When no query uses it any more. */
    @Override
    public void close() {
        for (final Region region : large) {
            if (region != null) {
                region.close();
            }
        }
        pool.close();
    }

    /** A handle of at least so many bytes, or {@link #NONE}. */
    long allocate(final long bytes) {
        if (bytes <= regionBytes) {
            return pool.allocate(use, (int) bytes);
        }
        final Region region = Region.allocate(tag, bytes);
        if (region == null) {
            return NONE;
        }
        int at = large.indexOf(null);
        if (at < 0) {
            at = large.size();
            large.add(null);
        }
        large.set(at, region);
        return FIRST_LARGE - at;
    }

    /** Bytes that an allocation of so many will have. */
    long capacityBytes(final long bytes) {
        return bytes <= regionBytes ? BlockPool.blockBytes((int) bytes) : bytes;
    }

    long address(final long handle) {
        return handle <= FIRST_LARGE ? large.get((int) (FIRST_LARGE - handle)).memory().address() : pool.address(handle);
    }

    void release(final long handle) {
        if (handle <= FIRST_LARGE) {
            large.set((int) (FIRST_LARGE - handle), null).close();
        } else {
            pool.release(use, handle);
        }
    }

    private static final class FirstAlways implements RegionSource {
        private final MemoryTag tag;
        private boolean isTaken;

        private FirstAlways(final MemoryTag tag) {
            this.tag = tag;
        }

        @Override
        public Region poll() {
            if (isTaken) {
                return Region.allocate(tag, SMALL_REGION_BYTES);
            }
            isTaken = true;
            return Region.allocateBeyondLimit(tag, SMALL_REGION_BYTES);
        }
    }
}
