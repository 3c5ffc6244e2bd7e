package io.truenow.format.partial;

/**
 * Sums and squared deviations beyond what doubles hold: the arithmetic that a lane's records and a query node's merge share, so that an
 * answer does not depend on which of the two added. Pure functions of any thread; nothing is allocated.
 *
 * <p>The word that counts a metric's rows tells above its lower 48 bits how the numbers beside it are scaled:
 * <pre>
 *   bit 48      sum and compensation are the true ones times 2^-64
 *   bit 49      m2 is the true one times 2^1200
 *   bit 50      m2 is the true one times 2^-1200
 * </pre>
 * A number's scale follows from its size alone, so whatever order rows came in, the same state looks the same: a sum is scaled above
 * 2^1000; m2 below 2^-900 and above 2^960 (J. Blue, A portable Fortran program to find the Euclidean norm of a vector, 1978). Ordinary
 * numbers have no scale and are added as they are.
 */
public final class MetricScales {
    /** Sums up to this, and values, are not scaled: those of a block's rows can be added without a look. */
    public static final double MAX_PLAIN_SUM = 0x1p1000;
    /** What scaled sums are multiplied by. */
    public static final double SUM_FACTOR = 0x1p-64;
    /** Scale of numbers that are told as they are; there is one for smaller ones, -1, and one for larger ones, 1. */
    public static final int PLAIN = 0;

    private static final int COUNT_BITS = 48;
    private static final long COUNT_MASK = (1L << COUNT_BITS) - 1;
    private static final long SCALED_SUM = 1L << COUNT_BITS;
    private static final long SMALL_SQUARES = SCALED_SUM << 1;
    private static final long LARGE_SQUARES = SCALED_SUM << 2;
    private static final double MIN_PLAIN_SQUARES = 0x1p-900;
    private static final double MAX_PLAIN_SQUARES = 0x1p960;
    private static final double MIN_PLAIN_DISTANCE = 0x1p-400;
    private static final double MAX_PLAIN_DISTANCE = 0x1p450;
    /** Of distances by a scale; squares have it twice. */
    private static final int SCALE_BITS = 600;

    private MetricScales() {
    }

    /** Rows that a word counts. */
    public static long count(final long word) {
        return word & COUNT_MASK;
    }

    /** Whether sum and compensation beside a word are scaled by {@link #SUM_FACTOR}. */
    public static boolean isSumScaled(final long word) {
        return (word & SCALED_SUM) != 0;
    }

    /** Scale of m2 beside a word: -1, {@link #PLAIN} or 1. */
    public static int squaresScale(final long word) {
        return (word & LARGE_SQUARES) != 0 ? 1 : (word & SMALL_SQUARES) != 0 ? -1 : PLAIN;
    }

    /** The word with another scale of the sum. */
    public static long withSumScale(final long word, final boolean isScaled) {
        return isScaled ? word | SCALED_SUM : word & ~SCALED_SUM;
    }

    /** The word with another scale of m2. */
    public static long withSquaresScale(final long word, final int scale) {
        return word & ~(SMALL_SQUARES | LARGE_SQUARES) | (scale == PLAIN ? 0 : scale > 0 ? LARGE_SQUARES : SMALL_SQUARES);
    }

    /** What a rounded sum of two lost (Knuth's TwoSum). */
    public static double lost(final double left, final double right, final double sum) {
        final double virtual = sum - left;
        return left - (sum - virtual) + (right - virtual);
    }

    /** The true sum, as far as a double holds it; infinite beyond. */
    public static double sum(final long word, final double sum, final double compensation) {
        return isSumScaled(word) ? (sum + compensation) / SUM_FACTOR : sum + compensation;
    }

    /** The true mean, to a rounding or two. */
    public static double mean(final long word, final double sum, final double compensation) {
        final long count = count(word);
        final double high = sum / count;
        final double mean = high + meanRest(count, sum, compensation, high);
        return isSumScaled(word) ? mean / SUM_FACTOR : mean;
    }

    /** The root of true squared deviations over a number of rows. */
    public static double root(final long word, final double squares, final long rows) {
        return Math.scalb(Math.sqrt(Math.max(0, squares) / rows), squaresScale(word) * SCALE_BITS);
    }

    /** True squared deviations, as far as a double holds them: infinite beyond, 0 below. */
    public static double squares(final long word, final double squares) {
        return rescaled(squares, squaresScale(word), PLAIN);
    }

    /** A sum of pairs of which one may be scaled, rounded, as if both were; see {@link #wideLow}. */
    public static double wideHigh(
        final double sum, final double compensation, final boolean isScaled, final double other, final double otherRest,
        final boolean isOtherScaled) {
        final double factor = isScaled ? 1 : SUM_FACTOR;
        final double otherFactor = isOtherScaled ? 1 : SUM_FACTOR;
        final double a = sum * factor;
        final double b = other * otherFactor;
        final double high = a + b;
        return high + (lost(a, b, high) + (compensation * factor + otherRest * otherFactor));
    }

    /** What {@link #wideHigh} lost. */
    public static double wideLow(
        final double sum, final double compensation, final boolean isScaled, final double other, final double otherRest,
        final boolean isOtherScaled) {
        final double factor = isScaled ? 1 : SUM_FACTOR;
        final double otherFactor = isOtherScaled ? 1 : SUM_FACTOR;
        final double a = sum * factor;
        final double b = other * otherFactor;
        final double high = a + b;
        final double low = lost(a, b, high) + (compensation * factor + otherRest * otherFactor);
        return lost(high, low, high + low);
    }

    /** Whether a scaled sum is beyond {@link #MAX_PLAIN_SUM}, so that it stays scaled. */
    public static boolean isWide(final double scaledSum) {
        return Math.abs(scaledSum) > MAX_PLAIN_SUM * SUM_FACTOR;
    }

    /** The scale by which values up to a size have their distances squared. */
    public static int scaleOf(final double size) {
        return size > MAX_PLAIN_DISTANCE ? 1 : size < MIN_PLAIN_DISTANCE ? -1 : PLAIN;
    }

    /** What values are multiplied by before their distances are squared by a scale. */
    public static double distanceFactor(final int scale) {
        return scale == PLAIN ? 1 : scale > 0 ? 0x1p-600 : 0x1p600;
    }

    /** What a sum is multiplied by to be one of values by a scale. */
    public static double sumFactor(final boolean isScaled, final int scale) {
        return isScaled ? distanceFactor(scale) / SUM_FACTOR : distanceFactor(scale);
    }

    /** What a rounded mean lost: the mean is both together, with some 100 bits. */
    public static double meanRest(final long count, final double sum, final double compensation, final double mean) {
        return (Math.fma(-mean, count, sum) + compensation) / count;
    }

    /**
     * Whether squared distances from a mean are to be found anew by the scale below, since squares may have been too small. Where the mean
     * is not, distances as small as that are none: values of its size are further from each other.
     */
    public static boolean isTooSmall(final double squares, final double mean, final long count, final int scale) {
        return squares < MIN_PLAIN_SQUARES && scale >= PLAIN && Math.abs(mean) < 0x1p-380 && count > 1;
    }

    /** Squares by a scale as squares by another: infinite or 0 where that cannot hold them. */
    public static double rescaled(final double squares, final int scale, final int to) {
        double result = squares;
        for (int i = scale; i < to; i++) {
            result = result * 0x1p-600 * 0x1p-600;
        }
        for (int i = to; i < scale; i++) {
            result = result * 0x1p600 * 0x1p600;
        }
        return result;
    }

    /** The scale by which squares of a scale are told. */
    public static int normalScale(final double squares, final int scale) {
        if (squares == 0) {
            return PLAIN;
        }
        return switch (scale) {
            case 1 -> squares > 0x1p-240 ? 1 : normalScale(rescaled(squares, 1, PLAIN), PLAIN);
            case -1 -> squares < 0x1p300 ? -1 : normalScale(rescaled(squares, -1, PLAIN), PLAIN);
            default -> squares > MAX_PLAIN_SQUARES ? 1 : squares < MIN_PLAIN_SQUARES ? -1 : PLAIN;
        };
    }

    /** The scale by which squared deviations of two sets of rows that are not empty, and of their distance, can be added. */
    public static int commonScale(
        final long word, final double sum, final double squares, final long otherWord, final double otherSum, final double otherSquares) {
        int scale = distanceScale(word, sum, otherWord, otherSum);
        scale = squares == 0 ? scale : Math.max(scale, squaresScale(word));
        return otherSquares == 0 ? scale : Math.max(scale, squaresScale(otherWord));
    }

    /** The scale by which {@link #distanceSquares} are told. */
    public static int distanceScale(final long word, final double sum, final long otherWord, final double otherSum) {
        return isSumScaled(word) || isSumScaled(otherWord)
            ? 1 : scaleOf(Math.max(Math.abs(sum) / count(word), Math.abs(otherSum) / count(otherWord)));
    }

    /**
     * What the distance of the means of two sets of rows adds to their squared deviations together (Chan, Golub, LeVeque 1979), the means
     * with some 100 bits: else values near each other but far from zero would drown in their rounding.
     */
    public static double distanceSquares(
        final long word, final double sum, final double compensation,
        final long otherWord, final double otherSum, final double otherCompensation) {
        final int scale = distanceScale(word, sum, otherWord, otherSum);
        final double factor = sumFactor(isSumScaled(word), scale);
        final double otherFactor = sumFactor(isSumScaled(otherWord), scale);
        final long count = count(word);
        final long otherCount = count(otherWord);
        final double mean = sum * factor / count;
        final double otherMean = otherSum * otherFactor / otherCount;
        final double rest = meanRest(count, sum * factor, compensation * factor, mean);
        final double otherRest = meanRest(otherCount, otherSum * otherFactor, otherCompensation * otherFactor, otherMean);
        final double rounded = otherMean - mean;
        final double distance = rounded + (lost(otherMean, -mean, rounded) + (otherRest - rest));
        return distance * distance * ((double) count * otherCount / ((double) count + otherCount));
    }
}
