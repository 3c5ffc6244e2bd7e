package io.truenow.hottier.kernel;

import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The aggregates of one metric in one group, a record of 48 bytes at an absolute address, the same in scans and in cubes:
 *
 * <pre>
 *    0  int64   count         rows that carry the metric
 *    8  double  sum           of their values, rounded
 *   16  double  compensation  what the rounded sum lost: sum + compensation is the sum with some 106 bits
 *   24  double  min           +infinity of none
 *   32  double  max           -infinity of none
 *   40  double  m2            sum of squared deviations from the mean; NaN where it is not kept
 * </pre>
 *
 * A pair (sum, compensation) is exact as long as the addends are whole numbers and no partial sum passes 2^105 or so. Whoever owns the
 * memory owns the record; nothing here is shared.
 */
public final class MetricState {
    /** Length of a record. */
    public static final int BYTES = 48;
    /** Offset of the count. */
    public static final int COUNT_OFFSET = 0;
    /** Offset of the rounded sum. */
    public static final int SUM_OFFSET = 8;
    /** Offset of what the sum lost. */
    public static final int COMPENSATION_OFFSET = 16;
    /** Offset of the least value. */
    public static final int MIN_OFFSET = 24;
    /** Offset of the greatest value. */
    public static final int MAX_OFFSET = 32;
    /** Offset of the sum of squared deviations. */
    public static final int M2_OFFSET = 40;

    private static final MemorySegment MEMORY = NativeMemory.ALL;
    /** All is aligned; these layouts save the check of it. */
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    private MetricState() {
    }

    /** Makes consecutive records hold nothing. */
    public static void init(final long address, final long records, final boolean moments) {
        final double m2 = moments ? 0.0 : Double.NaN;
        for (long at = address, end = address + records * BYTES; at < end; at += BYTES) {
            MEMORY.set(LONG, at, 0);
            MEMORY.set(DOUBLE, at + SUM_OFFSET, 0.0);
            MEMORY.set(DOUBLE, at + COMPENSATION_OFFSET, 0.0);
            MEMORY.set(DOUBLE, at + MIN_OFFSET, Double.POSITIVE_INFINITY);
            MEMORY.set(DOUBLE, at + MAX_OFFSET, Double.NEGATIVE_INFINITY);
            MEMORY.set(DOUBLE, at + M2_OFFSET, m2);
        }
    }

    /** Adds what is wanted of another group's record, which both must keep: {@link BlockKernel#SUMS} or more. */
    public static void merge(final long address, final long other, final int wanted) {
        final long otherCount = count(other);
        if (otherCount > 0) {
            final double sum = roundedSum(other);
            final double compensation = MEMORY.get(DOUBLE, other + COMPENSATION_OFFSET);
            if ((wanted & BlockKernel.MOMENTS) != 0) {
                mergeMoments(address, otherCount, sum + compensation, m2(other));
            }
            mergeSums(address, otherCount, sum, compensation);
            if ((wanted & BlockKernel.EXTREMES) != 0) {
                mergeExtremes(address, min(other), max(other));
            }
        }
    }

    /** Rows that carry the metric. */
    public static long count(final long address) {
        return MEMORY.get(LONG, address);
    }

    /** Sum, rounded. */
    public static double roundedSum(final long address) {
        return MEMORY.get(DOUBLE, address + SUM_OFFSET);
    }

    /** What the rounded sum lost; nothing if it passed what a double holds. */
    public static double compensation(final long address) {
        return Double.isFinite(roundedSum(address)) ? MEMORY.get(DOUBLE, address + COMPENSATION_OFFSET) : 0.0;
    }

    /** Least value. */
    public static double min(final long address) {
        return MEMORY.get(DOUBLE, address + MIN_OFFSET);
    }

    /** Greatest value. */
    public static double max(final long address) {
        return MEMORY.get(DOUBLE, address + MAX_OFFSET);
    }

    /** Sum of squared deviations from the mean, NaN where it is not kept. */
    public static double m2(final long address) {
        return MEMORY.get(DOUBLE, address + M2_OFFSET);
    }

    /** Adds to an int64. */
    static void increase(final long address, final long count) {
        MEMORY.set(LONG, address, MEMORY.get(LONG, address) + count);
    }

    /** What a rounded sum of two lost (Knuth's TwoSum). */
    static double lost(final double left, final double right, final double sum) {
        final double virtual = sum - left;
        return left - (sum - virtual) + (right - virtual);
    }

    /** Adds count and sum. */
    static void mergeSums(final long address, final long count, final double sum, final double compensation) {
        final double before = roundedSum(address);
        final double after = before + sum;
        final double lost = MEMORY.get(DOUBLE, address + COMPENSATION_OFFSET) + (compensation + lost(before, sum, after));
        MEMORY.set(LONG, address, count(address) + count);
        MEMORY.set(DOUBLE, address + SUM_OFFSET, after);
        MEMORY.set(DOUBLE, address + COMPENSATION_OFFSET, lost);
    }

    /** Widens least and greatest. */
    static void mergeExtremes(final long address, final double min, final double max) {
        if (min < min(address)) {
            MEMORY.set(DOUBLE, address + MIN_OFFSET, min);
        }
        if (max > max(address)) {
            MEMORY.set(DOUBLE, address + MAX_OFFSET, max);
        }
    }

    /** Adds squared deviations of other rows from their own mean (Chan); before their count and sum are added. */
    static void mergeMoments(final long address, final long otherCount, final double otherSum, final double otherM2) {
        final double mine = m2(address);
        final long count = count(address);
        if (count == 0) {
            MEMORY.set(DOUBLE, address + M2_OFFSET, mine + otherM2);
        } else {
            final double sum = roundedSum(address) + MEMORY.get(DOUBLE, address + COMPENSATION_OFFSET);
            final double distance = otherSum / otherCount - sum / count;
            final double weight = (double) count * otherCount / ((double) count + otherCount);
            MEMORY.set(DOUBLE, address + M2_OFFSET, mine + otherM2 + distance * distance * weight);
        }
    }
}
