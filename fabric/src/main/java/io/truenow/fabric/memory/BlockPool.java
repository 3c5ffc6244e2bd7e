package io.truenow.fabric.memory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Carves blocks out of regions: a buddy allocator, so blocks are powers of two, a freed block merges with its free neighbour, and any mix
 * of sizes can follow any other. Allocation and release belong to one thread (a lane) and take time logarithmic in the region's size; any
 * thread that has learned of a handle by a happens-before edge may call {@link #address} and {@link #memory}.
 *
 * <p>A handle is {@code regionIndex << 32 | offset}; offsets are multiples of the block's size. Handles into regions with an index of their
 * own (files) mean the same block after a restart, see {@link #recover}. A free block holds the links of its free list in its first 16
 * bytes; the order of each block is kept in a byte map beside the region, so no header lies inside a block.
 *
 * <p>Blocks come from the lowest region that has room, so that regions at the end run empty. One that is wholly free stays as a spare,
 * a second goes back to the source.
 */
public final class BlockPool implements AutoCloseable {
    /** No block. */
    public static final long NONE = -1L;
    /** The smallest block. */
    public static final int MIN_BLOCK_BYTES = 1 << BuddyRegion.MIN_ORDER;

    private final RegionSource source;
    private final int regionOrder;
    private final BuddyRegion[] regions;
    private final MemorySegment[] memories;
    private final long[] addresses;
    /** For each order, a bit for each region whose largest free block is at least that. */
    private final long[][] roomByOrder;
    private final List<BlockUse> uses = new ArrayList<>();
    private int whollyFree;
    private volatile int regionCount;

    /**
     * A pool over regions of one size.
     *
     * @param source      of regions of exactly {@code regionBytes}.
     * @param regionBytes a power of two, at most 1 GiB; also the largest block.
     * @param maxRegions  more are never asked for; indexes of regions are below it.
     */
    public BlockPool(final RegionSource source, final int regionBytes, final int maxRegions) {
        if (Integer.bitCount(regionBytes) != 1 || regionBytes < MIN_BLOCK_BYTES || regionBytes > 1 << 30) {
            throw new IllegalArgumentException("region of " + regionBytes + " bytes is not a power of two from 256 bytes to 1 GiB");
        }
        this.source = source;
        this.regionOrder = Integer.numberOfTrailingZeros(regionBytes);
        this.regions = new BuddyRegion[maxRegions];
        this.memories = new MemorySegment[maxRegions];
        this.addresses = new long[maxRegions];
        this.roomByOrder = new long[regionOrder + 1][maxRegions + Long.SIZE - 1 >>> 6];
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
        int index = lowestWithRoom(order);
        if (index < 0) {
            index = addRegion();
            if (index < 0) {
                return NONE;
            }
        }
        final BuddyRegion region = regions[index];
        final int before = region.largestFreeOrder();
        final int offset = region.allocate(order);
        noteRoom(index, before, region.largestFreeOrder());
        use.add(1L << order);
        return (long) index << Integer.SIZE | offset;
    }

    /**
     * Gives a block back.
     *
     * @throws IllegalStateException if no block is held there.
     */
    public void release(final BlockUse use, final long handle) {
        final int index = (int) (handle >>> Integer.SIZE);
        final BuddyRegion region = index < 0 || index >= regions.length ? null : regions[index];
        final int order = region == null ? BuddyRegion.NONE : region.heldOrder((int) handle);
        if (order == BuddyRegion.NONE) {
            throw new IllegalStateException("released a block that is not held");
        }
        use.add(-(1L << order));
        final int before = region.largestFreeOrder();
        region.release((int) handle, order);
        noteRoom(index, before, region.largestFreeOrder());
        giveBackRegions();
    }

    /** The block's absolute address, see {@link NativeMemory}. */
    public long address(final long handle) {
        return addresses[(int) (handle >>> Integer.SIZE)] + offset(handle);
    }

    /** Whether so many bytes lie in one region, at a multiple of 8: for handles and places in blocks that were read from memory. */
    public boolean contains(final long place, final long lengthBytes) {
        final long index = place >>> Integer.SIZE;
        return index < regions.length && regions[(int) index] != null && (place & Long.BYTES - 1) == 0
            && offset(place) + lengthBytes <= 1L << regionOrder;
    }

    /** The region's memory in which the block lies. */
    public MemorySegment memory(final long handle) {
        return memories[(int) (handle >>> Integer.SIZE)];
    }

    /** The block's offset in {@link #memory}. */
    public static long offset(final long handle) {
        return handle & 0xFFFF_FFFFL;
    }

    /** Bytes of all regions. Any thread. */
    public long regionBytes() {
        return (long) regionCount << regionOrder;
    }

    /**
     * Begins to take over regions that an earlier process has filled. The pool may be used when {@link PoolRecovery#finish} has returned.
     *
     * @throws IllegalStateException if the pool has regions already.
     */
    public PoolRecovery recover() {
        if (regionCount != 0) {
            throw new IllegalStateException("the pool is in use");
        }
        return new PoolRecovery(this);
    }

    /** Closes the regions; files stay. No thread may use their memory any more. */
    @Override
    public void close() {
        for (int i = 0; i < regions.length; i++) {
            if (regions[i] != null) {
                final Region region = regions[i].region;
                forget(i);
                region.close();
            }
        }
        for (final long[] room : roomByOrder) {
            Arrays.fill(room, 0);
        }
        whollyFree = 0;
    }

    static int order(final int lengthBytes) {
        return lengthBytes <= MIN_BLOCK_BYTES
            ? BuddyRegion.MIN_ORDER : Integer.SIZE - Integer.numberOfLeadingZeros(lengthBytes - 1);
    }

    int regionOrder() {
        return regionOrder;
    }

    int maxRegions() {
        return regions.length;
    }

    /** The region of that index, or null. */
    BuddyRegion region(final int index) {
        return index < regions.length ? regions[index] : null;
    }

    /** Takes a region into the list; nothing in it is free yet. Returns its index, or -1 if that is not free. */
    int put(final Region region) {
        final int index = region.index() == Region.ANY_INDEX ? lowestFreeIndex() : region.index();
        if (index < 0 || index >= regions.length || regions[index] != null) {
            return -1;
        }
        if (region.lengthBytes() != 1L << regionOrder) {
            throw new IllegalArgumentException("region of " + region.lengthBytes() + " bytes in a pool of " + (1L << regionOrder));
        }
        regions[index] = new BuddyRegion(region, regionOrder);
        memories[index] = region.memory();
        addresses[index] = region.address();
        regionCount++;
        return index;
    }

    /** After a region has got its first free blocks. */
    void noteFreed(final int index) {
        noteRoom(index, BuddyRegion.NONE, regions[index].largestFreeOrder());
    }

    /** All wholly free regions but the lowest. */
    void giveBackRegions() {
        while (whollyFree > 1) {
            final int index = highestWithRoom(regionOrder);
            final Region region = regions[index].region;
            noteRoom(index, regionOrder, BuddyRegion.NONE);
            forget(index);
            source.giveBack(region);
        }
    }

    private int addRegion() {
        if (regionCount == regions.length) {
            return -1;
        }
        final Region region = source.poll();
        if (region == null) {
            return -1;
        }
        final int index = put(region);
        if (index < 0) {
            throw new IllegalStateException("the source gave region " + region.index() + ", which is in use");
        }
        regions[index].freeWhole();
        noteFreed(index);
        return index;
    }

    private void forget(final int index) {
        regions[index] = null;
        memories[index] = null;
        addresses[index] = 0;
        regionCount--;
    }

    private int lowestFreeIndex() {
        int index = 0;
        while (index < regions.length && regions[index] != null) {
            index++;
        }
        return index;
    }

    private int lowestWithRoom(final int order) {
        final long[] room = roomByOrder[order];
        for (int i = 0; i < room.length; i++) {
            if (room[i] != 0) {
                return (i << 6) + Long.numberOfTrailingZeros(room[i]);
            }
        }
        return -1;
    }

    private int highestWithRoom(final int order) {
        final long[] room = roomByOrder[order];
        int i = room.length - 1;
        while (room[i] == 0) {
            i--;
        }
        return (i << 6) + Long.SIZE - 1 - Long.numberOfLeadingZeros(room[i]);
    }

    /** A region's largest free block has become another one; -1 for none. */
    private void noteRoom(final int index, final int before, final int after) {
        for (int order = Math.max(before + 1, BuddyRegion.MIN_ORDER); order <= after; order++) {
            roomByOrder[order][index >>> 6] |= 1L << index;
        }
        for (int order = Math.max(after + 1, BuddyRegion.MIN_ORDER); order <= before; order++) {
            roomByOrder[order][index >>> 6] &= ~(1L << index);
        }
        whollyFree += (after == regionOrder ? 1 : 0) - (before == regionOrder ? 1 : 0);
    }
}
