package io.truenow.hottier.query;

import java.util.Arrays;

/**
 * Keeps work to a share of a thread's time: in no second is more spent than the share and the piece of work that exceeds it. Belongs to
 * one thread.
 */
final class TimeShare {
    private static final long WINDOW_NS = 1_000_000_000L;
    /** The window may begin in the midst of a slot, so there is one more. */
    private static final int SLOTS = 17;
    private static final long SLOT_NS = WINDOW_NS / (SLOTS - 1);

    private final long shareNs;
    private final long[] spentNs = new long[SLOTS];
    private long sumNs;
    private long slot = Long.MIN_VALUE;

    /** A share of so many hundredths. */
    TimeShare(final int percent) {
        shareNs = WINDOW_NS / 100 * percent;
    }

    /** Whether some of it is left. */
    boolean isLeft(final long nowNs) {
        advance(nowNs);
        return sumNs < shareNs;
    }

    /** Work was done. */
    void spend(final long fromNs, final long toNs) {
        advance(toNs);
        spentNs[at(slot)] += toNs - fromNs;
        sumNs += toNs - fromNs;
    }

    private void advance(final long nowNs) {
        final long newSlot = Math.floorDiv(nowNs, SLOT_NS);
        if (slot == Long.MIN_VALUE || newSlot - slot >= SLOTS) {
            Arrays.fill(spentNs, 0);
            sumNs = 0;
            slot = newSlot;
        }
        while (slot < newSlot) {
            slot++;
            sumNs -= spentNs[at(slot)];
            spentNs[at(slot)] = 0;
        }
    }

    private static int at(final long anySlot) {
        return (int) Math.floorMod(anySlot, (long) SLOTS);
    }
}
