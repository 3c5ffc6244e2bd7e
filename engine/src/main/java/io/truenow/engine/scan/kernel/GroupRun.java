package io.truenow.engine.scan.kernel;

import io.truenow.engine.scan.loop.Loops;

import java.util.Arrays;

/**
 * Counts, sums, least and greatest values of one metric by group, kept in arrays over some blocks and then added to the groups' records.
 * For whole numbers near a base, each as an int from there: a long for each group has the count in its upper half and the sum in its
 * lower, both exact for as many rows as {@link #accepts} lets in.
 */
final class GroupRun {
    /** Up to so many groups neighbours add to different copies, so that runs of one group need not wait for each other. */
    private static final int COPIED_GROUPS = 1 << 8;
    private static final int COPIES = 4;
    private static final int SUM_BITS = 32;
    private static final long ONE = 1L << SUM_BITS;
    private static final long MAX_SUM = (1L << SUM_BITS - 1) - 1;
    /** Bases times counts, and all between, stay below 2^53. */
    private static final double MAX_BASE = 0x1p32;
    private static final int MAX_ROWS = 1 << 20;
    private static final int MAX_VALUE = 1 << 24;
    /** So many rows beyond the bounds make it worth finding closer ones. */
    private static final int MANY = 16;

    private final Loops loops;
    /** Rows with values beyond the bounds. */
    private final int[] beyond;
    private final long[] totals = new long[Math.max(GroupAggregator.LOCAL_GROUPS, COPIED_GROUPS * COPIES)];
    private final int[] mins = new int[GroupAggregator.LOCAL_GROUPS];
    private final int[] maxs = new int[GroupAggregator.LOCAL_GROUPS];
    /** Groups of which nothing is known to be least or greatest. */
    private final int[] unseen = new int[GroupAggregator.LOCAL_GROUPS];
    private int unseenCount;
    private long statesAddress;
    private long rowsAddress;
    private int firstGroup;
    private int groupLimit;
    private double base;
    private boolean extremes;
    private boolean isEmpty = true;
    private int rows;
    private long sumLeft;
    /** No group's least value is greater, no group's greatest is less. */
    private int low;
    private int high;

    /**
     * Of a thread's kernel.
     *
     * @param scratch of which a block's rows may be overwritten.
     */
    GroupRun(final Loops loops, final int[] scratch) {
        this.loops = loops;
        this.beyond = scratch;
    }

    /** Drops what it holds. */
    void reset(final long newStatesAddress) {
        statesAddress = newStatesAddress;
        isEmpty = true;
    }

    /** Whether it is that of a metric's records. */
    boolean is(final long otherStatesAddress) {
        return statesAddress == otherStatesAddress;
    }

    /**
     * Makes ready for a block, which may add what there is to the records first.
     *
     * @param newRowsAddress  where its rows are counted too, 0 if they are not.
     * @param least           no value of the block is less.
     * @param greatest        no value of the block is greater.
     * @param areExtremesKept whether least and greatest values are wanted.
     * @return false if the values are too far from each other.
     */
    boolean accepts(final int newFirstGroup, final int newGroupLimit, final long newRowsAddress, final int count, final double least,
        final double greatest, final boolean areExtremesKept) {
        if (!isEmpty && (firstGroup != newFirstGroup || groupLimit != newGroupLimit || rowsAddress != newRowsAddress
            || rows > MAX_ROWS - count || cost(count, least - base, greatest - base) > sumLeft)) {
            flush();
        }
        if (isEmpty) {
            // the least may have become a fraction by a row that is not looked at
            if (!(Math.abs(least) <= MAX_BASE) || least != Math.rint(least) || cost(count, 0, greatest - least) > MAX_SUM) {
                return false;
            }
            begin(newFirstGroup, newGroupLimit, newRowsAddress, least, areExtremesKept);
        }
        sumLeft -= cost(count, least - base, greatest - base);
        rows += count;
        return true;
    }

    /** What values are counted from. */
    double base() {
        return base;
    }

    /** Adds the rows of a block that was accepted; groups are counted from the first. */
    void add(final int[] groups, final int[] values, final int count, final double least, final double greatest) {
        final long[] sums = totals;
        if (groupLimit <= COPIED_GROUPS) {
            int i = 0;
            for (; i <= count - COPIES; i += COPIES) {
                sums[groups[i] * COPIES] += ONE + values[i];
                sums[groups[i + 1] * COPIES + 1] += ONE + values[i + 1];
                sums[groups[i + 2] * COPIES + 2] += ONE + values[i + 2];
                sums[groups[i + 3] * COPIES + 3] += ONE + values[i + 3];
            }
            for (; i < count; i++) {
                sums[groups[i] * COPIES] += ONE + values[i];
            }
        } else {
            for (int i = 0; i < count; i++) {
                sums[groups[i]] += ONE + values[i];
            }
        }
        if (extremes) {
            widen(groups, values, count, (int) (least - base), (int) (greatest - base));
        }
    }

    /** Adds the rows of a block that has no metric. */
    void count(final int[] groups, final int count) {
        final long[] sums = totals;
        if (groupLimit <= COPIED_GROUPS) {
            int i = 0;
            for (; i <= count - COPIES; i += COPIES) {
                sums[groups[i] * COPIES] += ONE;
                sums[groups[i + 1] * COPIES + 1] += ONE;
                sums[groups[i + 2] * COPIES + 2] += ONE;
                sums[groups[i + 3] * COPIES + 3] += ONE;
            }
            for (; i < count; i++) {
                sums[groups[i] * COPIES] += ONE;
            }
        } else {
            for (int i = 0; i < count; i++) {
                sums[groups[i]] += ONE;
            }
        }
    }

    /** Adds what there is to the records, and the rows where they are counted. */
    void flush() {
        if (isEmpty) {
            return;
        }
        isEmpty = true;
        for (int group = 0; group < groupLimit; group++) {
            final long total = total(group);
            if (total != 0) {
                final long count = total + ONE / 2 >> SUM_BITS;
                if (statesAddress != 0) {
                    MetricState.mergeSums(record(group), count, base * count + (total - (count << SUM_BITS)), 0);
                }
                if (rowsAddress != 0) {
                    MetricState.increase(rowsAddress + (long) (firstGroup + group) * Long.BYTES, count);
                }
                if (extremes && mins[group] <= maxs[group]) {
                    MetricState.mergeExtremes(record(group), base + mins[group], base + maxs[group]);
                }
            }
        }
    }

    private void begin(final int newFirstGroup, final int newGroupLimit, final long newRowsAddress, final double newBase,
        final boolean areExtremesKept) {
        isEmpty = false;
        firstGroup = newFirstGroup;
        groupLimit = newGroupLimit;
        rowsAddress = newRowsAddress;
        base = newBase;
        extremes = areExtremesKept;
        rows = 0;
        sumLeft = MAX_SUM;
        Arrays.fill(totals, 0, groupLimit <= COPIED_GROUPS ? groupLimit * COPIES : groupLimit, 0);
        if (extremes) {
            for (int group = 0; group < groupLimit; group++) {
                // beyond what an int holds the conversion stops: then all is within, or all beyond
                mins[group] = (int) Math.ceil(MetricState.min(record(group)) - base);
                maxs[group] = (int) Math.floor(MetricState.max(record(group)) - base);
            }
            bound();
        }
    }

    /** Finds the groups that have nothing yet, and bounds of the others. */
    private void bound() {
        unseenCount = 0;
        int greatestMin = Integer.MIN_VALUE;
        int leastMax = Integer.MAX_VALUE;
        for (int group = 0; group < groupLimit; group++) {
            if (mins[group] > maxs[group]) {
                unseen[unseenCount++] = group;
            } else {
                greatestMin = Math.max(greatestMin, mins[group]);
                leastMax = Math.min(leastMax, maxs[group]);
            }
        }
        low = greatestMin;
        high = leastMax;
    }

    private void widen(final int[] groups, final int[] values, final int count, final int least, final int greatest) {
        boolean isNew = false;
        for (int i = 0; i < unseenCount && !isNew; i++) {
            isNew = total(unseen[i]) != 0;
        }
        if (isNew || low > high) {
            for (int i = 0; i < count; i++) {
                widen(groups[i], values[i]);
            }
            bound();
        } else if (least < low || greatest > high) {
            final int found = loops.now().listBeyond(values, count, low, high - low, beyond);
            for (int i = 0; i < found; i++) {
                widen(groups[beyond[i]], values[beyond[i]]);
            }
            if (found >= MANY) {
                bound();
            }
        }
    }

    private void widen(final int group, final int value) {
        if (value < mins[group]) {
            mins[group] = value;
        }
        if (value > maxs[group]) {
            maxs[group] = value;
        }
    }

    private long total(final int group) {
        if (groupLimit > COPIED_GROUPS) {
            return totals[group];
        }
        final int at = group * COPIES;
        return totals[at] + totals[at + 1] + (totals[at + 2] + totals[at + 3]);
    }

    private long record(final int group) {
        return statesAddress + (long) (firstGroup + group) * MetricState.BYTES;
    }

    /** What so many values may add to a sum; more than any may hold where they are too far off. */
    private static long cost(final int count, final double least, final double greatest) {
        final double size = Math.max(Math.abs(least), Math.abs(greatest));
        return size <= MAX_VALUE ? count * Math.max(1L, (long) size) : Long.MAX_VALUE;
    }
}
