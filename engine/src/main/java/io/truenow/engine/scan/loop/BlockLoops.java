package io.truenow.engine.scan.loop;

import io.truenow.codecs.query.CompareOp;

/**
 * Loops over up to 4 096 rows of a column at an absolute address, or of arrays. Both implementations give the same bits, in whatever order
 * a sum is rounded: they add to {@link #LANES} sums, row r to that of r modulo their number.
 *
 * <p>Rows of a block are bits r & 63 of words r >>> 6. Columns are read in steps of 64 bytes from the first row of a word, within what
 * {@code Block} allows; a bit that was clear stays clear. An implementation may have scratch, so it belongs to one thread.
 */
public interface BlockLoops {
    /** Sums, least and greatest values that are kept apart: as many as a vector of 64 bytes has doubles. */
    int LANES = 8;
    /** Elements of an array behind rows that are listed, which may be overwritten. */
    int LIST_ROOM = Long.SIZE;

    /** Unsigned bytes to ints. */
    void widenBytes(long address, int[] target, int count);

    /** Unsigned shorts to ints. */
    void widenShorts(long address, int[] target, int count);

    /** A base plus unsigned bytes. */
    void decodeBytes(long address, double base, double[] target, int count);

    /** A base plus unsigned shorts. */
    void decodeShorts(long address, double base, double[] target, int count);

    /** A base plus unsigned ints. */
    void decodeInts(long address, double base, double[] target, int count);

    /** Doubles less a base, which are whole numbers that fit in an int. */
    void wholes(long address, double base, int[] target, int count);

    /** Keeps the bits of rows whose int32, less the first, is below the length. */
    void keepTimes(long address, int first, int length, int fromRow, int toRow, long[] words);

    /** Keeps the bits of rows whose code of 1, 2 or 4 bytes is the one given, which fits in as many. */
    void keepEqual(long address, int widthBytes, int code, int fromRow, int toRow, long[] words);

    /** Keeps the bits of rows whose double compares; it is never NaN. */
    void keepComparing(long address, CompareOp op, double constant, int fromRow, int toRow, long[] words);

    /**
     * Lists the rows whose bits are set, ascending.
     *
     * @param rows with {@link #LIST_ROOM} behind those listed.
     * @return how many.
     */
    int list(long[] words, int fromRow, int toRow, int[] rows);

    /**
     * Lists, ascending, where a value less the lowest is above the length, taken as unsigned numbers.
     *
     * @return how many.
     */
    int listBeyond(int[] values, int count, int lowest, int length, int[] target);

    /** Sums of the rows whose bits are set; they are whole numbers, so no order of adding changes them. */
    void sum(ValueSource values, long[] words, double[] sums);

    /** Sums of the rows whose bits are set, rounded, and what they lost (TwoSum). */
    void sumPairs(ValueSource values, long[] words, double[] sums, double[] lost);

    /** Sums of squared distances from a mean of the rows whose bits are set. */
    void deviations(ValueSource values, long[] words, double mean, double[] sums);

    /** Least and greatest values of the rows whose bits are set; infinities where there is none. */
    void extremes(ValueSource values, long[] words, double[] mins, double[] maxs);
}
