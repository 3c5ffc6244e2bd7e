package io.truenow.fabric.memory;

/**
 * Takes over regions that an earlier process has filled: regions are adopted, then the blocks that live are named, in any order, and at the
 * end everything else is free. Takes a few nanoseconds a block and a byte read for each 256 bytes of region. Belongs to the pool's thread.
 * After an exception the pool can only be closed.
 */
public final class PoolRecovery {
    private final BlockPool pool;
    private int heldBlocks;
    private long heldBytes;

    PoolRecovery(final BlockPool pool) {
        this.pool = pool;
    }

    /**
     * Takes a region over, under its index; it belongs to the pool then.
     *
     * @throws IllegalStateException if it has no index of its own, or one too high or adopted already.
     */
    public void adopt(final Region region) {
        if (region.index() == Region.ANY_INDEX || pool.put(region) < 0) {
            throw new IllegalStateException("cannot adopt region " + region.index());
        }
    }

    /**
     * Names a block that lives. Of overlaps only blocks that begin at the same place are noticed here, others at the end.
     *
     * @param lengthBytes as at its allocation, or its size.
     * @throws IllegalStateException if there cannot be such a block, or one is held there.
     */
    public void hold(final BlockUse use, final long handle, final int lengthBytes) {
        final int index = (int) (handle >>> Integer.SIZE);
        final int offset = (int) handle;
        final int order = BlockPool.order(lengthBytes);
        final BuddyRegion region = index < 0 ? null : pool.region(index);
        if (region == null || lengthBytes <= 0 || order > pool.regionOrder() || offset < 0 || offset > (1 << pool.regionOrder()) - 1
            || (offset & (1 << order) - 1) != 0) {
            throw new IllegalStateException("no block of " + lengthBytes + " bytes can be at " + text(index, offset));
        }
        if (!region.hold(offset, order)) {
            throw new IllegalStateException("two blocks begin at " + text(index, offset));
        }
        use.add(1L << order);
        heldBlocks++;
        heldBytes += 1L << order;
    }

    /**
     * Frees what is not held. Regions without a held block go back to the source, but one.
     *
     * @throws IllegalStateException if held blocks overlap; the message names one pair.
     */
    public void finish() {
        for (int index = 0; index < pool.maxRegions(); index++) {
            final BuddyRegion region = pool.region(index);
            if (region == null) {
                continue;
            }
            final int inside = region.freeRest();
            if (inside != BuddyRegion.NONE) {
                throw new IllegalStateException(
                    "the block at " + text(index, inside) + " lies inside the block at " + text(index, region.coveringBlock(inside)));
            }
            pool.noteFreed(index);
        }
        pool.giveBackRegions();
    }

    /** Blocks held so far. */
    public int heldBlocks() {
        return heldBlocks;
    }

    /** Bytes of blocks held so far, as rounded by the pool. */
    public long heldBytes() {
        return heldBytes;
    }

    private static String text(final int index, final int offset) {
        return "offset " + offset + " of region " + index;
    }
}
