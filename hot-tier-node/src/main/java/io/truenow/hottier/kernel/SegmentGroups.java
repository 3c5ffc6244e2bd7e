package io.truenow.hottier.kernel;

import java.util.Arrays;

/**
 * Numbers the groups of one segment: its key is the mixed radix number of bucket and local codes. Few cells: the key is the group's number.
 * Many: keys are numbered by hash; where a key would pass 62 bits, its leading part is numbered first and the number takes its place.
 */
final class SegmentGroups {
    /** Aggregates of that many cells stay within the second-level cache. */
    static final int DENSE_CELLS = 1 << 14;
    private static final long MAX_KEY = 1L << 62;

    private int[] radices = new int[4];
    /** Stage at which a component is added; before the first of a new stage the key is numbered. */
    private int[] stages = new int[4];
    private LongIds[] stageIds = new LongIds[0];
    private final LongIds ids = new LongIds();
    private int components;
    private int stageCount;
    private long cells;
    private boolean dense;

    /** Begins a segment: the numbers of different buckets, then of different codes with null, in order. */
    void begin() {
        components = 0;
        stageCount = 0;
        cells = 1;
        ids.clear();
    }

    /** The next component takes values 0 .. radix - 1. */
    void component(final int radix) {
        if (components == radices.length) {
            radices = Arrays.copyOf(radices, components * 2);
            stages = Arrays.copyOf(stages, components * 2);
        }
        if (cells > MAX_KEY / radix) {
            if (stageCount == stageIds.length) {
                stageIds = Arrays.copyOf(stageIds, stageCount + 1);
                stageIds[stageCount] = new LongIds();
            }
            stageIds[stageCount].clear();
            stageCount++;
            cells = Integer.MAX_VALUE;
        }
        radices[components] = radix;
        stages[components] = stageCount;
        cells *= radix;
        components++;
    }

    /** All components are told. */
    void ready() {
        dense = stageCount == 0 && cells <= DENSE_CELLS;
    }

    boolean isDense() {
        return dense;
    }

    /** Groups that may exist by now. */
    int groupLimit() {
        return dense ? (int) cells : ids.size();
    }

    /** Values that a component takes. */
    int radix(final int component) {
        return radices[component];
    }

    /** What numbers the keys before a component is mixed in, or null if nothing does. */
    LongIds stageBefore(final int component) {
        return component > 0 && stages[component] > stages[component - 1] ? stageIds[stages[component] - 1] : null;
    }

    /** What numbers complete keys, unless they are dense. */
    LongIds ids() {
        return ids;
    }

    /** Before component {@code index} is mixed in: numbers the keys so far if it begins a stage. */
    void enter(final int index, final long[] keys, final int count) {
        if (index > 0 && stages[index] > stages[index - 1]) {
            final LongIds stage = stageIds[stages[index] - 1];
            for (int i = 0; i < count; i++) {
                keys[i] = stage.idOf(keys[i]);
            }
        }
    }

    /** Turns complete keys into groups. */
    void number(final long[] keys, final int[] groups, final int count) {
        if (dense) {
            for (int i = 0; i < count; i++) {
                groups[i] = (int) keys[i];
            }
        } else {
            for (int i = 0; i < count; i++) {
                groups[i] = ids.idOf(keys[i]);
            }
        }
    }

    /** Takes a group's number apart. */
    void decode(final int group, final int[] values) {
        long key = dense ? group : ids.key(group);
        for (int i = components - 1; i >= 0; i--) {
            values[i] = (int) (key % radices[i]);
            key /= radices[i];
            if (i > 0 && stages[i] > stages[i - 1]) {
                key = stageIds[stages[i] - 1].key((int) key);
            }
        }
    }
}
