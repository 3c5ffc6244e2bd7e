package io.truenow.engine.scan.kernel;

import java.util.Arrays;

/**
 * Numbers the groups of one segment: its key is the mixed radix number of bucket and local codes. Few cells: the key is the group's number.
 * Many: keys are numbered by hash; where a key would pass 62 bits, its leading part is numbered first and the number takes its place.
 */
public final class SegmentGroups {
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
    public void begin() {
        components = 0;
        stageCount = 0;
        cells = 1;
        ids.clear();
    }

    /** The next component takes values 0 .. radix - 1. */
    public void component(final int radix) {
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
    public void ready() {
        dense = stageCount == 0 && cells <= DENSE_CELLS;
    }

    /** Whether keys are groups. */
    public boolean isDense() {
        return dense;
    }

    /** Groups that may exist by now. */
    public int groupLimit() {
        return dense ? (int) cells : ids.size();
    }

    /** Values that a component takes. */
    public int radix(final int component) {
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

    /** Takes a group's number apart. */
    public void decode(final int group, final int[] values) {
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
