package io.truenow.fabric.memory;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The blocks of one region of a {@link BlockPool}: which offset begins a block of which order, held or free, in a byte map beside the
 * region; and for each order a list of the free ones, whose links are the first 16 bytes of the free blocks. Belongs to the pool's thread.
 */
final class BuddyRegion {
    /** Order of the smallest block. */
    static final int MIN_ORDER = 8;
    static final int NONE = -1;

    private static final byte INNER = 0;
    private static final byte FREE = 64;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    final Region region;
    private final int regionOrder;
    private final long address;
    private final byte[] orderMap;
    private final int[] freeHeads;
    /** A bit for each order that has a free block. */
    private int freeOrders;

    /** A region in which nothing is free nor held yet. */
    BuddyRegion(final Region region, final int regionOrder) {
        this.region = region;
        this.regionOrder = regionOrder;
        this.address = region.address();
        this.orderMap = new byte[1 << regionOrder - MIN_ORDER];
        this.freeHeads = new int[regionOrder + 1];
        Arrays.fill(freeHeads, NONE);
    }

    void freeWhole() {
        link(0, regionOrder);
    }

    /** Order of the largest free block, or -1. */
    int largestFreeOrder() {
        return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(freeOrders);
    }

    boolean isWhollyFree() {
        return freeOrders == 1 << regionOrder;
    }

    /** Takes a block of that order, which a free block is known to hold; the smallest such is split. */
    int allocate(final int order) {
        int from = Integer.numberOfTrailingZeros(freeOrders >>> order) + order;
        final int offset = freeHeads[from];
        unlink(offset, from);
        while (from > order) {
            from--;
            link(offset + (1 << from), from);
        }
        orderMap[offset >>> MIN_ORDER] = (byte) order;
        return offset;
    }

    /** Order of the held block that begins there, or {@link #NONE}. */
    int heldOrder(final int offset) {
        final int order = orderMap[offset >>> MIN_ORDER];
        return order >= MIN_ORDER && order <= regionOrder && (offset & (1 << order) - 1) == 0 ? order : NONE;
    }

    /** Gives back the held block of that order that begins there. */
    void release(final int offset, final int heldOrder) {
        int order = heldOrder;
        int merged = offset;
        orderMap[offset >>> MIN_ORDER] = INNER;
        while (order < regionOrder) {
            final int buddy = merged ^ 1 << order;
            if (orderMap[buddy >>> MIN_ORDER] != (FREE | order)) {
                break;
            }
            unlink(buddy, order);
            orderMap[buddy >>> MIN_ORDER] = INNER;
            merged = Math.min(merged, buddy);
            order++;
        }
        link(merged, order);
    }

    /** Marks a block as held before anything is free; false if one begins there already. */
    boolean hold(final int offset, final int order) {
        if (orderMap[offset >>> MIN_ORDER] != INNER) {
            return false;
        }
        orderMap[offset >>> MIN_ORDER] = (byte) order;
        return true;
    }

    /**
     * Frees what no held block covers.
     *
     * @return {@link #NONE}, or where a held block begins inside another; then nothing may be done with the region any more.
     */
    int freeRest() {
        final int units = orderMap.length;
        int unit = 0;
        while (unit < units) {
            final int order = orderMap[unit];
            final int end = order == INNER ? nextMark(unit + 1) : unit + (1 << order - MIN_ORDER);
            if (order == INNER) {
                freeGap(unit << MIN_ORDER, end << MIN_ORDER);
            } else {
                final int inside = nextMark(unit + 1);
                if (inside < end) {
                    return inside << MIN_ORDER;
                }
            }
            unit = end;
        }
        return NONE;
    }

    /** Offset of the held block that covers that offset, while no overlap is known below it. */
    int coveringBlock(final int offset) {
        int unit = (offset >>> MIN_ORDER) - 1;
        while (orderMap[unit] == INNER) {
            unit--;
        }
        return unit << MIN_ORDER;
    }

    private int nextMark(final int fromUnit) {
        int unit = fromUnit;
        while (unit < orderMap.length && orderMap[unit] == INNER) {
            unit++;
        }
        return unit;
    }

    /** Largest aligned blocks first that fit between the ends. */
    private void freeGap(final int from, final int to) {
        int offset = from;
        while (offset != to) {
            final int aligned = offset == 0 ? regionOrder : Integer.numberOfTrailingZeros(offset);
            final int fitting = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(to - offset);
            final int order = Math.min(Math.min(aligned, fitting), regionOrder);
            link(offset, order);
            offset += 1 << order;
        }
    }

    private void link(final int offset, final int order) {
        final int head = freeHeads[order];
        NativeMemory.ALL.set(LONG, address + offset, head);
        NativeMemory.ALL.set(LONG, address + offset + Long.BYTES, NONE);
        if (head != NONE) {
            NativeMemory.ALL.set(LONG, address + head + Long.BYTES, offset);
        }
        freeHeads[order] = offset;
        freeOrders |= 1 << order;
        orderMap[offset >>> MIN_ORDER] = (byte) (FREE | order);
    }

    private void unlink(final int offset, final int order) {
        final int next = (int) NativeMemory.ALL.get(LONG, address + offset);
        final int previous = (int) NativeMemory.ALL.get(LONG, address + offset + Long.BYTES);
        if (previous == NONE) {
            freeHeads[order] = next;
            if (next == NONE) {
                freeOrders &= ~(1 << order);
            }
        } else {
            NativeMemory.ALL.set(LONG, address + previous, next);
        }
        if (next != NONE) {
            NativeMemory.ALL.set(LONG, address + next + Long.BYTES, previous);
        }
    }
}
