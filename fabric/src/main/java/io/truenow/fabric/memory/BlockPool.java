package io.truenow.fabric.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Carves blocks out of regions: a buddy allocator, so blocks are powers of two, a freed block merges with its free neighbour, and any mix
 * of sizes can follow any other. Allocation and release belong to one thread (a lane) and take time logarithmic in the region's size; any
 * thread that has learned of a handle by a happens-before edge may call {@link #memory}.
 *
 * <p>A handle is {@code regionIndex << 32 | offset}; offsets are multiples of the block's size. A free block holds the links of its free
 * list in its first 16 bytes; the order of each block is kept in a byte map beside the region, so no header lies inside a block.
 */
public final class BlockPool implements AutoCloseable {
    /** No block. */
    public static final long NONE = -1L;
    /** The smallest block. */
    public static final int MIN_BLOCK_BYTES = 256;

    private static final int MIN_ORDER = 8;
    private static final byte INNER = 0;
    private static final byte FREE = 64;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private final RegionSource source;
    private final int regionOrder;
    private final Region[] regions;
    private final MemorySegment[] memories;
    private final long[] addresses;
    private final byte[][] orderMaps;
    private final long[] freeHeads;
    private final List<BlockUse> uses = new ArrayList<>();
    private int regionCount;

    /**
     * A pool over regions of one size.
     *
     * @param source      of regions of exactly {@code regionBytes}.
     * @param regionBytes a power of two, at most 1 GiB; also the largest block.
     * @param maxRegions  more are never asked for.
     */
    public BlockPool(final RegionSource source, final int regionBytes, final int maxRegions) {
        if (Integer.bitCount(regionBytes) != 1 || regionBytes < MIN_BLOCK_BYTES || regionBytes > 1 << 30) {
            throw new IllegalArgumentException("region of " + regionBytes + " bytes is not a power of two from 256 bytes to 1 GiB");
        }
        this.source = source;
        this.regionOrder = Integer.numberOfTrailingZeros(regionBytes);
        this.regions = new Region[maxRegions];
        this.memories = new MemorySegment[maxRegions];
        this.addresses = new long[maxRegions];
        this.orderMaps = new byte[maxRegions][];
        this.freeHeads = new long[regionOrder + 1];
        Arrays.fill(freeHeads, NONE);
    }

    /** A new purpose for blocks; by the launching thread. */
    public BlockUse use(final String name) {
        final BlockUse use = new BlockUse(name);
        uses.add(use);
        return use;
    }

    /** The purposes made so far. */
    public List<BlockUse> uses() {
        return uses;
    }

    /** Bytes of the smallest block that holds so many bytes. */
    public static int blockBytes(final int lengthBytes) {
        return 1 << order(lengthBytes);
    }

    /** Bytes of the largest block. */
    public int maxBlockBytes() {
        return 1 << regionOrder;
    }

    /**
     * Takes a block of at least so many bytes, aligned to its size. Its content is whatever was there.
     *
     * @return its handle, or {@link #NONE} if there is no room now.
     */
    public long allocate(final BlockUse use, final int lengthBytes) {
        final int order = order(lengthBytes);
        if (order > regionOrder) {
            return NONE;
        }
        int from = order;
        while (from <= regionOrder && freeHeads[from] == NONE) {
            from++;
        }
        if (from > regionOrder) {
            if (!addRegion()) {
                return NONE;
            }
            from = regionOrder;
        }
        final long handle = freeHeads[from];
        unlink(handle, from);
        while (from > order) {
            from--;
            link(handle + (1L << from), from);
        }
        mark(handle, (byte) order);
        use.add(1L << order);
        return handle;
    }

    /** Gives a block back. */
    public void release(final BlockUse use, final long handle) {
        int order = orderMaps[(int) (handle >>> 32)][(int) handle >>> MIN_ORDER];
        if (order < MIN_ORDER || order > regionOrder) {
            throw new IllegalStateException("released a block that is not held");
        }
        use.add(-(1L << order));
        long merged = handle;
        final byte[] map = orderMaps[(int) (handle >>> 32)];
        mark(merged, INNER);
        while (order < regionOrder) {
            final long buddy = merged ^ 1L << order;
            if (map[(int) buddy >>> MIN_ORDER] != (FREE | order)) {
                break;
            }
            unlink(buddy, order);
            mark(buddy, INNER);
            merged = Math.min(merged, buddy);
            order++;
        }
        link(merged, order);
    }

    /** The region's memory in which the block lies. */
    public MemorySegment memory(final long handle) {
        return memories[(int) (handle >>> 32)];
    }

    /** The block's offset in {@link #memory}. */
    public static long offset(final long handle) {
        return handle & 0xFFFF_FFFFL;
    }

    /** The block's absolute address, see {@link NativeMemory}. */
    public long address(final long handle) {
        return addresses[(int) (handle >>> 32)] + offset(handle);
    }

    /** Bytes of all regions. */
    public long regionBytes() {
        return (long) regionCount << regionOrder;
    }

    /** Closes the regions. No thread may use their memory any more. */
    @Override
    public void close() {
        for (int i = 0; i < regionCount; i++) {
            regions[i].close();
        }
    }

    private static int order(final int lengthBytes) {
        return lengthBytes <= MIN_BLOCK_BYTES ? MIN_ORDER : Integer.SIZE - Integer.numberOfLeadingZeros(lengthBytes - 1);
    }

    private boolean addRegion() {
        if (regionCount == regions.length) {
            return false;
        }
        final Region region = source.poll();
        if (region == null) {
            return false;
        }
        regions[regionCount] = region;
        memories[regionCount] = region.memory();
        addresses[regionCount] = region.memory().address();
        orderMaps[regionCount] = new byte[1 << regionOrder - MIN_ORDER];
        link((long) regionCount << 32, regionOrder);
        regionCount++;
        return true;
    }

    private void mark(final long handle, final byte state) {
        orderMaps[(int) (handle >>> 32)][(int) handle >>> MIN_ORDER] = state;
    }

    private void link(final long handle, final int order) {
        final long head = freeHeads[order];
        final MemorySegment memory = memory(handle);
        memory.set(LONG, offset(handle), head);
        memory.set(LONG, offset(handle) + Long.BYTES, NONE);
        if (head != NONE) {
            memory(head).set(LONG, offset(head) + Long.BYTES, handle);
        }
        freeHeads[order] = handle;
        mark(handle, (byte) (FREE | order));
    }

    private void unlink(final long handle, final int order) {
        final MemorySegment memory = memory(handle);
        final long next = memory.get(LONG, offset(handle));
        final long previous = memory.get(LONG, offset(handle) + Long.BYTES);
        if (previous == NONE) {
            freeHeads[order] = next;
        } else {
            memory(previous).set(LONG, offset(previous), next);
        }
        if (next != NONE) {
            memory(next).set(LONG, offset(next) + Long.BYTES, previous);
        }
    }
}
