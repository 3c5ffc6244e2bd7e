package io.truenow.hottier.hash;

import java.util.BitSet;

/** Tags of an {@link IdFilter}: free, a span's, or dead until no entry has them any more. Belongs to the lane. */
final class FilterTags {
    private final BitSet taken = new BitSet(IdFilter.TAG_END);
    private final BitSet dead = new BitSet(IdFilter.TAG_END);
    /** Those that were dead when the sweep began. */
    private final BitSet swept = new BitSet(IdFilter.TAG_END);

    /** A tag that was free, or {@link IdFilter#NO_TAG}. */
    int take() {
        final int tag = taken.nextClearBit(1);
        if (tag >= IdFilter.TAG_END) {
            return IdFilter.NO_TAG;
        }
        taken.set(tag);
        return tag;
    }

    void release(final int tag) {
        if (!taken.get(tag) || dead.get(tag)) {
            throw new IllegalStateException("no span has the tag " + tag);
        }
        dead.set(tag);
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
        taken.andNot(swept);
        swept.clear();
    }

    void clear() {
        taken.clear();
        dead.clear();
        swept.clear();
    }
}
