package io.truenow.engine.store.hash;

import java.util.Arrays;
import java.util.BitSet;

/** Tags of an {@link IdFilter}: free, a span's, or dead until no entry has them any more. Belongs to the lane. */
final class FilterTags {
    /** With fewer free ones those of spans that left are wanted back. */
    private static final int FEW = 64;

    private final BitSet taken = new BitSet(IdFilter.TAG_END);
    private final BitSet dead = new BitSet(IdFilter.TAG_END);
    /** Those that were dead when the sweep began. */
    private final BitSet swept = new BitSet(IdFilter.TAG_END);
    /** By tag: ones if it is dead. */
    final byte[] deadBytes = new byte[IdFilter.TAG_END];
    /** By tag: entries that were inserted with it. */
    private final long[] entries = new long[IdFilter.TAG_END];
    private long deadEntries;

    /** A tag that was free, or {@link IdFilter#NO_TAG}. */
    int take() {
        final int tag = taken.nextClearBit(1);
        if (tag >= IdFilter.TAG_END) {
            return IdFilter.NO_TAG;
        }
        taken.set(tag);
        entries[tag] = 0;
        return tag;
    }

    void release(final int tag) {
        if (!taken.get(tag) || dead.get(tag)) {
            throw new IllegalStateException("no span has the tag " + tag);
        }
        dead.set(tag);
        deadBytes[tag] = -1;
        deadEntries += entries[tag];
    }

    /** An entry has a tag from now on. */
    void onInserted(final int tag) {
        entries[tag]++;
    }

    /** How many entries' tags have died by now, over all time. */
    long deadEntries() {
        return deadEntries;
    }

    /** Whether few are free, and some are dead. */
    boolean areShort() {
        return !dead.isEmpty() && IdFilter.TAG_END - 1 - taken.cardinality() < FEW;
    }

    boolean isDead(final int tag) {
        return dead.get(tag);
    }

    boolean hasDead() {
        return !dead.isEmpty();
    }

    boolean areAllDead() {
        return dead.cardinality() == taken.cardinality();
    }

    void beginSweep() {
        swept.clear();
        swept.or(dead);
    }

    /** No entry has a tag any more that was dead when the sweep began. */
    void endSweep() {
        dead.andNot(swept);
        swept.stream().forEach(tag -> deadBytes[tag] = 0);
        taken.andNot(swept);
        swept.clear();
    }

    void clear() {
        taken.clear();
        Arrays.fill(deadBytes, (byte) 0);
        dead.clear();
        swept.clear();
    }
}
