package io.truenow.hottier.segment;

import io.truenow.fabric.memory.BlockPool;

/**
 * How the columns of a block lie in its memory, for C rows (a multiple of 64), D dimensions, M metrics:
 *
 * <pre>
 *   event times    int32[C]        since the span's start
 *   event ids      int64[2 * C]    high, low
 *   dimension 0..  int32[C] each   local code, 0 for null
 *   metric 0..     double[C] each  0.0 for null
 *   nulls 0..      bit[C] each     of the metric: set for null
 * </pre>
 * Every array begins at a multiple of 8.
 */
final class BlockLayout {
    static final int MAX_ROWS = 4_096;
    static final int MIN_ROWS = 64;

    private BlockLayout() {
    }

    static int lengthBytes(final int capacity, final int dimensionCount, final int metricCount) {
        return capacity * (Integer.BYTES + 2 * Long.BYTES + dimensionCount * Integer.BYTES + metricCount * Double.BYTES)
            + metricCount * (capacity >>> 3);
    }

    /** Rows for a block: those wanted, or fewer if a tenth of its power of two would be wasted, at most what one block can hold. */
    static int capacity(final int wantedRows, final int dimensionCount, final int metricCount, final int maxBlockBytes) {
        final int wanted = Math.clamp((wantedRows + MIN_ROWS - 1) / MIN_ROWS * (long) MIN_ROWS, MIN_ROWS, MAX_ROWS);
        final int bytes = lengthBytes(wanted, dimensionCount, metricCount);
        int limitBytes = BlockPool.blockBytes(bytes);
        if (wanted > MIN_ROWS && bytes < limitBytes - limitBytes / 10) {
            limitBytes /= 2;
        }
        limitBytes = Math.min(limitBytes, maxBlockBytes);
        final int rowGroupBytes = lengthBytes(MIN_ROWS, dimensionCount, metricCount);
        return Math.clamp(limitBytes / rowGroupBytes * (long) MIN_ROWS, MIN_ROWS, wanted);
    }
}
