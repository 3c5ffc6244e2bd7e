package io.truenow.engine.scan;

import io.truenow.engine.scan.cube.CubeLevel;

/** Parts of a segment's span that are yet to be answered, each with the coarsest level to try; null for rows. A stack. */
final class TimeRanges {
    /** Each of three levels leaves two edges at most. */
    private static final int MAX_RANGES = 16;

    private final int[] fromOffsetsUs = new int[MAX_RANGES];
    private final int[] toOffsetsUs = new int[MAX_RANGES];
    private final CubeLevel[] levels = new CubeLevel[MAX_RANGES];
    private int count;

    void clear() {
        count = 0;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Adds a part unless it is empty. */
    void push(final int fromOffsetUs, final int toOffsetUs, final CubeLevel level) {
        if (fromOffsetUs < toOffsetUs) {
            fromOffsetsUs[count] = fromOffsetUs;
            toOffsetsUs[count] = toOffsetUs;
            levels[count] = level;
            count++;
        }
    }

    /** Takes the last part; the getters then tell of it. */
    void pop() {
        count--;
    }

    int fromOffsetUs() {
        return fromOffsetsUs[count];
    }

    int toOffsetUs() {
        return toOffsetsUs[count];
    }

    CubeLevel level() {
        return levels[count];
    }

    int size() {
        return count;
    }

    int fromOffsetUs(final int index) {
        return fromOffsetsUs[index];
    }

    int toOffsetUs(final int index) {
        return toOffsetsUs[index];
    }
}
