package io.truenow.engine.scan.kernel;

import io.truenow.engine.scan.loop.Loops;
import io.truenow.engine.store.segment.Block;
import io.truenow.format.partial.MetricScales;

import java.util.Arrays;

/**
 * Adds values to the {@link MetricState records} of their groups. Where a block has many rows for each group it is summed in arrays first
 * and these are added once, or once for a {@link GroupRun run} of blocks: whole numbers plainly, which is exact within a block, others as
 * pairs. Else each value goes to its record.
 */
final class GroupAggregator {
    /** Up to so many groups have their arrays. */
    static final int LOCAL_GROUPS = 1 << 11;
    /** Groups follow each other at random or in runs; neighbours that add to different copies need not wait for each other. */
    private static final int COPIES = 4;

    private final Loops loops;
    private final int[] beyond = new int[Block.MAX_ROWS];
    private GroupRun[] runs = new GroupRun[0];
    private int runCount;
    private boolean inRun;
    private long runRowsAddress;
    /** Whether the block's rows are counted in a run. */
    private boolean isRunCounted;
    private final int[] whole = new int[Block.MAX_ROWS];
    private final double[] decoded = new double[Block.MAX_ROWS];
    private final int[] copiedCounts = new int[LOCAL_GROUPS * COPIES];
    /** Rows of the block by group, once {@link #isCounted}. */
    private final int[] rowCounts = new int[LOCAL_GROUPS];
    /** The same of rows that have the metric. */
    private final int[] presentCounts = new int[LOCAL_GROUPS];
    private final double[] copiedSums = new double[LOCAL_GROUPS * COPIES];
    private final double[] sums = new double[LOCAL_GROUPS];
    private final double[] compensations = new double[LOCAL_GROUPS];
    private final double[] mins = new double[LOCAL_GROUPS];
    private final double[] maxs = new double[LOCAL_GROUPS];
    private final GroupMoments moments = new GroupMoments();
    /** Whether the block's values are so large that some of {@link #sumFactors} may not be 1. */
    private boolean areSumsScaled;
    private final double[] sumFactors = new double[LOCAL_GROUPS];
    /** Of the metric under way. */
    private int[] counts = rowCounts;
    private final int[] rowGroups = new int[Block.MAX_ROWS];
    private final int[] presentGroups = new int[Block.MAX_ROWS];
    private int[] groups;
    private int[] localGroups;
    private int count;
    private int firstGroup;
    /** Groups from the first on. */
    private int groupLimit;
    private boolean local;
    private boolean isCounted;

    GroupAggregator(final Loops loops) {
        this.loops = loops;
    }

    /** The groups of a block's selected rows, from the least to below the limit: in time's order a block has few of a segment's. */
    void begin(final int[] newGroups, final int newCount, final int least, final int limit) {
        groups = newGroups;
        count = newCount;
        firstGroup = least;
        groupLimit = limit - least;
        local = groupLimit <= LOCAL_GROUPS && groupLimit <= count;
        isCounted = false;
        isRunCounted = false;
        if (local) {
            localGroups = counted(newGroups, newCount, rowGroups);
        }
    }

    /** Groups counted from the first. */
    private int[] counted(final int[] of, final int length, final int[] target) {
        if (firstGroup == 0) {
            return of;
        }
        for (int i = 0; i < length; i++) {
            target[i] = of[i] - firstGroup;
        }
        return target;
    }

    private int[] localGroups(final int[] of, final int length) {
        return of == groups ? localGroups : counted(of, length, presentGroups);
    }

    /** Adds the rows of each group. */
    void countRows(final long rowsAddress) {
        if (isRunCounted) {
            return;
        }
        if (local && inRun) {
            final GroupRun run = run(0);
            run.accepts(firstGroup, groupLimit, rowsAddress, count, 0, 0, false);
            run.count(localGroups, count);
            isRunCounted = true;
        } else if (local) {
            countGroups();
            for (int group = 0; group < groupLimit; group++) {
                MetricState.increase(rowsAddress + (long) (firstGroup + group) * Long.BYTES, rowCounts[group]);
            }
        } else {
            for (int i = 0; i < count; i++) {
                MetricState.increase(rowsAddress + (long) groups[i] * Long.BYTES, 1);
            }
        }
    }

    /** Whether values go one by one to their records, by {@link #addEach}. */
    boolean isOneByOne() {
        return !local;
    }

    /**
     * Adds a metric's values to arrays that are kept over the blocks of a run, where all selected rows have it and it is whole numbers.
     *
     * @return false if it cannot.
     */
    boolean addToRun(final RowSelection selection, final int metric, final long statesAddress, final boolean extremes) {
        final Block block = selection.block();
        if (!inRun || !local || !block.isInteger(metric) || block.nullsAddress(metric) != 0) {
            return false;
        }
        final double least = block.minMetric(metric);
        final double greatest = block.maxMetric(metric);
        final boolean countsRows = runRowsAddress != 0 && !isRunCounted;
        final GroupRun run = run(statesAddress);
        if (!run.accepts(firstGroup, groupLimit, countsRows ? runRowsAddress : 0, count, least, greatest, extremes)) {
            return false;
        }
        selection.wholes(metric, run.base(), whole, decoded);
        run.add(localGroups, whole, count, least, greatest);
        isRunCounted |= countsRows;
        return true;
    }

    /**
     * Blocks from now on are of one run: what {@link #addToRun} takes, and rows, may be added to the records as late as at its end.
     *
     * @param rowsAddress where rows are counted, 0 if they are not.
     */
    void beginRun(final long rowsAddress) {
        runCount = 0;
        inRun = true;
        runRowsAddress = rowsAddress;
    }

    void endRun() {
        for (int i = 0; i < runCount; i++) {
            runs[i].flush();
        }
        runCount = 0;
        inRun = false;
    }

    private GroupRun run(final long statesAddress) {
        for (int i = 0; i < runCount; i++) {
            if (runs[i].is(statesAddress)) {
                return runs[i];
            }
        }
        if (runCount == runs.length) {
            runs = Arrays.copyOf(runs, runCount + 1);
            runs[runCount] = new GroupRun(loops, beyond);
        }
        final GroupRun run = runs[runCount++];
        run.reset(statesAddress);
        return run;
    }

    /** Counts and sums. The groups are those of the values: of all rows, or fewer if some lack the metric. */
    void sum(final MetricValues values, final int[] valueGroups) {
        final int[] of = localGroups(valueGroups, values.count());
        if (valueGroups == groups) {
            countGroups();
            counts = rowCounts;
        } else {
            countInto(of, values.count(), presentCounts);
            counts = presentCounts;
        }
        if (values.isWhole()) {
            sumPlainly(values.values(), of, values.count());
            areSumsScaled = false;
        } else {
            sumPairs(values.values(), of, values.count());
            areSumsScaled = values.size() > MetricScales.MAX_PLAIN_SUM && scaleSums(values.values(), of, values.count());
            normalize();
        }
    }

    /** Adds what was counted and summed. */
    void addSums(final long statesAddress) {
        for (int group = 0; group < groupLimit; group++) {
            if (counts[group] > 0) {
                MetricState.mergeSums(
                    statesAddress + (long) (firstGroup + group) * MetricState.BYTES, word(group), sums[group], compensations[group]);
            }
        }
    }

    /** A group's count, with the scale of its sum. */
    private long word(final int group) {
        return areSumsScaled ? MetricScales.withSumScale(counts[group], sumFactors[group] != 1) : counts[group];
    }

    private void countGroups() {
        if (!isCounted) {
            countInto(localGroups, count, rowCounts);
            isCounted = true;
        }
    }

    private void countInto(final int[] of, final int length, final int[] target) {
        final int[] copies = copiedCounts;
        Arrays.fill(copies, 0, groupLimit * COPIES, 0);
        int i = 0;
        for (; i <= length - COPIES; i += COPIES) {
            copies[of[i] * COPIES]++;
            copies[of[i + 1] * COPIES + 1]++;
            copies[of[i + 2] * COPIES + 2]++;
            copies[of[i + 3] * COPIES + 3]++;
        }
        for (; i < length; i++) {
            copies[of[i] * COPIES]++;
        }
        for (int group = 0; group < groupLimit; group++) {
            final int at = group * COPIES;
            target[group] = copies[at] + copies[at + 1] + copies[at + 2] + copies[at + 3];
        }
    }

    private void sumPlainly(final double[] values, final int[] of, final int length) {
        final double[] copies = copiedSums;
        Arrays.fill(copies, 0, groupLimit * COPIES, 0);
        int i = 0;
        for (; i <= length - COPIES; i += COPIES) {
            copies[of[i] * COPIES] += values[i];
            copies[of[i + 1] * COPIES + 1] += values[i + 1];
            copies[of[i + 2] * COPIES + 2] += values[i + 2];
            copies[of[i + 3] * COPIES + 3] += values[i + 3];
        }
        for (; i < length; i++) {
            copies[of[i] * COPIES] += values[i];
        }
        for (int group = 0; group < groupLimit; group++) {
            final int at = group * COPIES;
            sums[group] = copies[at] + copies[at + 1] + (copies[at + 2] + copies[at + 3]);
            compensations[group] = 0;
        }
    }

    private void sumPairs(final double[] values, final int[] of, final int length) {
        Arrays.fill(sums, 0, groupLimit, 0);
        Arrays.fill(compensations, 0, groupLimit, 0);
        for (int i = 0; i < length; i++) {
            final int group = of[i];
            final double value = values[i];
            final double sum = sums[group];
            final double next = sum + value;
            compensations[group] += MetricScales.lost(sum, value, next);
            sums[group] = next;
        }
    }

    /** Where almost all cancels the rest may be more than the sum. */
    private void normalize() {
        for (int group = 0; group < groupLimit; group++) {
            final double high = sums[group] + compensations[group];
            compensations[group] = MetricScales.lost(sums[group], compensations[group], high);
            sums[group] = high;
        }
    }

    /** Sums groups anew, scaled, whose sums a double did not hold; false if there is none. */
    private boolean scaleSums(final double[] values, final int[] of, final int length) {
        boolean isAny = false;
        for (int group = 0; group < groupLimit; group++) {
            final boolean isHeld = Double.isFinite(sums[group] + compensations[group]);
            sumFactors[group] = isHeld ? 1 : MetricScales.SUM_FACTOR;
            sums[group] = isHeld ? sums[group] : 0;
            compensations[group] = isHeld ? compensations[group] : 0;
            isAny |= !isHeld;
        }
        for (int i = 0; isAny && i < length; i++) {
            final int group = of[i];
            if (sumFactors[group] != 1) {
                final double value = values[i] * MetricScales.SUM_FACTOR;
                final double sum = sums[group];
                final double next = sum + value;
                compensations[group] += MetricScales.lost(sum, value, next);
                sums[group] = next;
            }
        }
        return isAny;
    }

    /** Adds squared deviations from the means of the block; between {@link #sum} and {@link #addSums}. */
    void addMoments(final MetricValues metric, final int[] valueGroups, final long statesAddress) {
        moments.begin(groupLimit, counts, sums, compensations, areSumsScaled ? sumFactors : null);
        moments.find(metric, localGroups(valueGroups, metric.count()));
        for (int group = 0; group < groupLimit; group++) {
            if (counts[group] > 0) {
                final long address = statesAddress + (long) (firstGroup + group) * MetricState.BYTES;
                final long word = MetricScales.withSquaresScale(word(group), moments.scale(group));
                MetricState.mergeMoments(address, word, sums[group], compensations[group], moments.squares(group));
            }
        }
    }

    /**
     * Reads least and greatest of the records, since after some blocks few values are beyond.
     *
     * @return false if no value can be, as the zone map lies within what every group has.
     */
    boolean beginExtremes(final MetricValues metric, final long statesAddress) {
        double greatestMin = Double.NEGATIVE_INFINITY;
        double leastMax = Double.POSITIVE_INFINITY;
        for (int group = 0; group < groupLimit; group++) {
            final long address = statesAddress + (long) (firstGroup + group) * MetricState.BYTES;
            mins[group] = MetricState.min(address);
            maxs[group] = MetricState.max(address);
            if (counts[group] > 0) {
                greatestMin = Math.max(greatestMin, mins[group]);
                leastMax = Math.min(leastMax, maxs[group]);
            }
        }
        return metric.min() < greatestMin || metric.max() > leastMax;
    }

    /** Widens least and greatest values. */
    void addExtremes(final MetricValues metric, final int[] valueGroups, final long statesAddress) {
        final int[] of = localGroups(valueGroups, metric.count());
        final double[] values = metric.values();
        for (int i = 0, length = metric.count(); i < length; i++) {
            final double value = values[i];
            final int group = of[i];
            if (value < mins[group]) {
                mins[group] = value;
            }
            if (value > maxs[group]) {
                maxs[group] = value;
            }
        }
        for (int group = 0; group < groupLimit; group++) {
            MetricState.mergeExtremes(statesAddress + (long) (firstGroup + group) * MetricState.BYTES, mins[group], maxs[group]);
        }
    }

    /** Adds each value to its record. */
    static void addEach(final MetricValues metric, final int[] of, final long statesAddress, final int wanted) {
        final double[] values = metric.values();
        final boolean moments = (wanted & BlockKernel.MOMENTS) != 0;
        final boolean extremes = (wanted & BlockKernel.EXTREMES) != 0;
        for (int i = 0, length = metric.count(); i < length; i++) {
            final long address = statesAddress + (long) of[i] * MetricState.BYTES;
            final double value = values[i];
            if (moments) {
                MetricState.mergeMoments(address, 1, value, 0, 0);
            }
            MetricState.mergeSums(address, 1, value, 0);
            if (extremes) {
                MetricState.mergeExtremes(address, value, value);
            }
        }
    }
}
