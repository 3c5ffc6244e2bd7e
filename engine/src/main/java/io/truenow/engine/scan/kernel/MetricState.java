package io.truenow.engine.scan.kernel;

import io.truenow.fabric.memory.NativeMemory;
import io.truenow.format.partial.MetricScales;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The aggregates of one metric in one group, a record of 48 bytes at an absolute address, the same in scans and in cubes:
 *
 * <pre>
 *    0  int64   count         rows that carry the metric, and above them scales: see {@link MetricScales}
 *    8  double  sum           of their values, rounded
 *   16  double  compensation  what the rounded sum lost, at most half a unit of its last place: together they have 106 bits
 *   24  double  min           +infinity of none
 *   32  double  max           -infinity of none
 *   40  double  m2            sum of squared deviations from the mean; NaN where it is not kept
 * </pre>
 *
 * A pair (sum, compensation) is exact as long as the addends are whole numbers and no partial sum passes 2^90. A sum that would pass what a
 * double holds, and m2 of very large or small values, are scaled; nothing here is ever infinite, or lost because it is small. Whoever owns
 * the memory owns the record; nothing here is shared.
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
        final long otherWord = word(other);
        if (MetricScales.count(otherWord) > 0) {
            final double sum = roundedSum(other);
            final double compensation = compensation(other);
            if ((wanted & BlockKernel.MOMENTS) != 0) {
                mergeMoments(address, otherWord, sum, compensation, m2(other));
            }
            mergeSums(address, otherWord, sum, compensation);
            if ((wanted & BlockKernel.EXTREMES) != 0) {
                mergeExtremes(address, min(other), max(other));
            }
        }
    }

    /** The count with the scales of sum and m2. */
    public static long word(final long address) {
        return MEMORY.get(LONG, address);
    }

    /** Rows that carry the metric. */
    public static long count(final long address) {
        return MetricScales.count(word(address));
    }

    /** Sum, rounded, as it is scaled. */
    public static double roundedSum(final long address) {
        return MEMORY.get(DOUBLE, address + SUM_OFFSET);
    }

    /** What the rounded sum lost, as it is scaled. */
    public static double compensation(final long address) {
        return MEMORY.get(DOUBLE, address + COMPENSATION_OFFSET);
    }

    /** Least value. */
    public static double min(final long address) {
        return MEMORY.get(DOUBLE, address + MIN_OFFSET);
    }

    /** Greatest value. */
    public static double max(final long address) {
        return MEMORY.get(DOUBLE, address + MAX_OFFSET);
    }

    /** Sum of squared deviations from the mean, as it is scaled; NaN where it is not kept. */
    public static double m2(final long address) {
        return MEMORY.get(DOUBLE, address + M2_OFFSET);
    }

    /** Adds to an int64. */
    static void increase(final long address, final long count) {
        MEMORY.set(LONG, address, MEMORY.get(LONG, address) + count);
    }

    /** Adds count and sum, which is scaled as the word of the count says. */
    static void mergeSums(final long address, final long otherWord, final double sum, final double compensation) {
        final long word = word(address);
        final double before = roundedSum(address);
        final double after = before + sum;
        if (MetricScales.isSumScaled(word | otherWord) || !(Math.abs(after) <= MetricScales.MAX_PLAIN_SUM)) {
            mergeWideSums(address, otherWord, sum, compensation);
            return;
        }
        final double low = compensation(address) + (compensation + MetricScales.lost(before, sum, after));
        final double high = after + low;
        MEMORY.set(LONG, address, word + MetricScales.count(otherWord));
        MEMORY.set(DOUBLE, address + SUM_OFFSET, high);
        MEMORY.set(DOUBLE, address + COMPENSATION_OFFSET, MetricScales.lost(after, low, high));
    }

    private static void mergeWideSums(final long address, final long otherWord, final double sum, final double compensation) {
        final long word = word(address);
        final boolean isScaled = MetricScales.isSumScaled(word);
        final boolean isOtherScaled = MetricScales.isSumScaled(otherWord);
        final double high =
            MetricScales.wideHigh(roundedSum(address), compensation(address), isScaled, sum, compensation, isOtherScaled);
        final double low =
            MetricScales.wideLow(roundedSum(address), compensation(address), isScaled, sum, compensation, isOtherScaled);
        final boolean isWide = MetricScales.isWide(high);
        final double factor = isWide ? 1 : 1 / MetricScales.SUM_FACTOR;
        MEMORY.set(LONG, address, MetricScales.withSumScale(word + MetricScales.count(otherWord), isWide));
        MEMORY.set(DOUBLE, address + SUM_OFFSET, high * factor);
        MEMORY.set(DOUBLE, address + COMPENSATION_OFFSET, low * factor);
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

    /**
     * Adds squared deviations of other rows from their own mean; before their count and sum are added.
     *
     * @param otherWord their count, with the scales of what else is told of them.
     */
    static void mergeMoments(
        final long address, final long otherWord, final double otherSum, final double otherCompensation, final double otherM2) {
        final long word = word(address);
        double merged = otherM2;
        int scale = MetricScales.squaresScale(otherWord);
        if (MetricScales.count(word) > 0) {
            final double sum = roundedSum(address);
            final double m2 = m2(address);
            final int common = MetricScales.commonScale(word, sum, m2, otherWord, otherSum, otherM2);
            final double distance =
                MetricScales.distanceSquares(word, sum, compensation(address), otherWord, otherSum, otherCompensation);
            final double squares = MetricScales.rescaled(m2, MetricScales.squaresScale(word), common)
                + MetricScales.rescaled(otherM2, scale, common)
                + MetricScales.rescaled(distance, MetricScales.distanceScale(word, sum, otherWord, otherSum), common);
            scale = MetricScales.normalScale(squares, common);
            merged = MetricScales.rescaled(squares, common, scale);
        }
        MEMORY.set(LONG, address, MetricScales.withSquaresScale(word, scale));
        MEMORY.set(DOUBLE, address + M2_OFFSET, merged);
    }
}
