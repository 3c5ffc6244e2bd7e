package io.truenow.query.merge;

import io.truenow.format.partial.MetricScales;
import io.truenow.format.partial.PartialBodyReader;
import io.truenow.format.sketch.Sketch;
import io.truenow.format.sketch.SketchKind;
import io.truenow.format.sketch.SketchMerge;
import io.truenow.query.plan.SketchTerm;
import org.agrona.DirectBuffer;

import java.util.Arrays;
import java.util.List;

/**
 * Groups of one query and their aggregate states: one row a group, column by column in plain arrays, found by an open-addressed table over
 * (bucket, codes). Sums are kept in two doubles, so that those of whole numbers are exact; what a double does not hold is scaled
 * ({@link MetricScales}). Belongs to the scatter agent's thread.
 */
public final class MergeTable {
    private static final int INITIAL_GROUPS = 64;
    /** Whole numbers that add up to less do so exactly, in whatever order. */
    public static final double MAX_EXACT_SUM = 0x1p90;
    private static final int STATES = 5;
    private static final int SUM = 0;
    private static final int COMPENSATION = 1;
    private static final int MIN = 2;
    private static final int MAX = 3;
    private static final int M2 = 4;
    private static final MergeStatus[] STATUSES = MergeStatus.values();

    private final MergeBudget budget;
    private final int maxGroups;
    private ValueDictionary values = new ValueDictionary();
    private int dimensionCount;
    private int metricCount;
    private List<SketchTerm> sketchTerms = List.of();
    private int groupCount;
    private int capacity;
    private int[] slots;
    private long[] bucketsUs;
    private int[] codes;
    private long[] rowCounts;
    /** Rows that have a metric, and the scales of its states. */
    private long[] words;
    private double[] states;
    /** By group, by sketch; null where no lane gave the group one. */
    private Sketch[] sketches;
    private long sketchBytes;
    private long heldBytes;

    public MergeTable(final MergeBudget budget, final int maxGroups) {
        this.budget = budget;
        this.maxGroups = maxGroups;
    }

    /** Begins a query's merge, or begins it again. */
    public MergeStatus reset(final int dimensions, final int metrics, final List<SketchTerm> wantedSketches) {
        if (capacity != 0 && dimensions == dimensionCount && metrics == metricCount && wantedSketches.equals(sketchTerms)) {
            Arrays.fill(slots, 0);
            Arrays.fill(sketches, null);
            values.clear();
            groupCount = 0;
            budget.release(sketchBytes);
            heldBytes -= sketchBytes;
            sketchBytes = 0;
            return MergeStatus.OK;
        }
        release();
        sketchTerms = wantedSketches;
        dimensionCount = dimensions;
        metricCount = metrics;
        final MergeStatus status = reserve(arrayBytes(INITIAL_GROUPS) + values.heldBytes());
        if (status == MergeStatus.OK) {
            resize(INITIAL_GROUPS);
        }
        return status;
    }

    /** Makes sure that what ordering its groups takes fits into the budget, until {@link #release}. Nothing is added after that. */
    public MergeStatus admitOrder(final long bytes) {
        return reserve(bytes);
    }

    /** Gives all memory back. */
    public void release() {
        budget.release(heldBytes);
        heldBytes = 0;
        capacity = 0;
        groupCount = 0;
        slots = null;
        bucketsUs = null;
        codes = null;
        rowCounts = null;
        words = null;
        states = null;
        sketches = null;
        sketchBytes = 0;
        values = new ValueDictionary();
    }

    /** Makes sure that the values of a partial result fit into the budget before they are added. */
    MergeStatus admitValues(final int count, final int bytes) {
        final long more = values.heldBytesAfter(count, bytes) - values.heldBytes();
        return more <= 0 ? MergeStatus.OK : reserve(more);
    }

    /** Code of a dimension's value in this table; 0 is the absent value's. */
    int code(final DirectBuffer source, final int offset, final int length) {
        return values.code(source, offset, length);
    }

    /** Gives back what {@link #admitValues} reserved beyond need. */
    void settleValues() {
        final long excess = heldBytes - sketchBytes - arrayBytes(capacity) - values.heldBytes();
        if (excess > 0) {
            budget.release(excess);
            heldBytes -= excess;
        }
    }

    /**
     * The group of that key, added if new.
     *
     * @param groupCodes one a dimension.
     * @return its index, or -1 - the ordinal of the status that forbids it.
     */
    int group(final long bucketUs, final int[] groupCodes) {
        int slot = hash(bucketUs, groupCodes, 0) & (slots.length - 1);
        while (slots[slot] != 0) {
            final int group = slots[slot] - 1;
            if (bucketsUs[group] == bucketUs && sameCodes(group, groupCodes)) {
                return group;
            }
            slot = (slot + 1) & (slots.length - 1);
        }
        if (groupCount == maxGroups) {
            return -1 - MergeStatus.TOO_MANY_GROUPS.ordinal();
        }
        final int group = groupCount;
        bucketsUs[group] = bucketUs;
        System.arraycopy(groupCodes, 0, codes, group * dimensionCount, dimensionCount);
        rowCounts[group] = 0;
        for (int metric = 0; metric < metricCount; metric++) {
            final int base = (group * metricCount + metric) * STATES;
            words[group * metricCount + metric] = 0;
            states[base + SUM] = 0;
            states[base + COMPENSATION] = 0;
            states[base + MIN] = Double.POSITIVE_INFINITY;
            states[base + MAX] = Double.NEGATIVE_INFINITY;
            states[base + M2] = 0;
        }
        slots[slot] = group + 1;
        groupCount++;
        if (groupCount == capacity) {
            final MergeStatus status = reserve(arrayBytes(capacity * 2) - arrayBytes(capacity));
            if (status != MergeStatus.OK) {
                return -1 - status.ordinal();
            }
            resize(capacity * 2);
        }
        return group;
    }

    /** What a negative answer of {@link #group} means. */
    static MergeStatus statusOf(final int group) {
        return STATUSES[-1 - group];
    }

    void addRows(final int group, final long rows) {
        rowCounts[group] += rows;
    }

    /** Adds a part's state of a metric to a group. */
    void addMetric(final int group, final int metric, final PartialBodyReader part, final int partGroup) {
        final long word = part.word(metric, partGroup);
        if (MetricScales.count(word) == 0) {
            return;
        }
        final double sum = part.sum(metric, partGroup);
        // of a former lane a sum may be infinite
        final double compensation = Double.isFinite(sum) ? part.compensation(metric, partGroup) : 0;
        final int cell = group * metricCount + metric;
        final int base = cell * STATES;
        addSquares(cell, word, sum, compensation, part.m2(metric, partGroup));
        addSum(cell, word, sum, compensation);
        states[base + MIN] = Math.min(states[base + MIN], part.min(metric, partGroup));
        states[base + MAX] = Math.max(states[base + MAX], part.max(metric, partGroup));
    }

    private void addSum(final int cell, final long word, final double sum, final double compensation) {
        final int base = cell * STATES;
        final double before = states[base + SUM];
        final double rest = states[base + COMPENSATION];
        final boolean isScaled = MetricScales.isSumScaled(words[cell]);
        final boolean isOtherScaled = MetricScales.isSumScaled(word);
        words[cell] += MetricScales.count(word);
        if (isScaled || isOtherScaled || !(Math.abs(before + sum) <= MetricScales.MAX_PLAIN_SUM)) {
            final double high = MetricScales.wideHigh(before, rest, isScaled, sum, compensation, isOtherScaled);
            final double low = MetricScales.wideLow(before, rest, isScaled, sum, compensation, isOtherScaled);
            final boolean isWide = MetricScales.isWide(high);
            words[cell] = MetricScales.withSumScale(words[cell], isWide);
            states[base + SUM] = isWide ? high : high / MetricScales.SUM_FACTOR;
            states[base + COMPENSATION] = isWide ? low : low / MetricScales.SUM_FACTOR;
            return;
        }
        final double high = before + sum;
        final double low = MetricScales.lost(before, sum, high) + (rest + compensation);
        states[base + SUM] = high + low;
        states[base + COMPENSATION] = MetricScales.lost(high, low, high + low);
    }

    /** Before count and sum are added. */
    private void addSquares(final int cell, final long word, final double sum, final double compensation, final double squares) {
        final int at = cell * STATES + M2;
        if (Double.isNaN(squares) || Double.isNaN(states[at])) {
            states[at] = Double.NaN;
            return;
        }
        final long held = words[cell];
        if (MetricScales.count(held) == 0) {
            states[at] = squares;
            words[cell] = MetricScales.withSquaresScale(held, MetricScales.squaresScale(word));
            return;
        }
        final double heldSum = states[cell * STATES + SUM];
        final int common = MetricScales.commonScale(held, heldSum, states[at], word, sum, squares);
        final double distance =
            MetricScales.distanceSquares(held, heldSum, states[cell * STATES + COMPENSATION], word, sum, compensation);
        final double merged = MetricScales.rescaled(states[at], MetricScales.squaresScale(held), common)
            + MetricScales.rescaled(squares, MetricScales.squaresScale(word), common)
            + MetricScales.rescaled(distance, MetricScales.distanceScale(held, heldSum, word, sum), common);
        final int scale = MetricScales.normalScale(merged, common);
        states[at] = MetricScales.rescaled(merged, common, scale);
        words[cell] = MetricScales.withSquaresScale(held, scale);
    }

    /**
     * Adds a group's serialized sketch.
     *
     * @return {@link MergeStatus#DAMAGED} if the bytes are not such a sketch.
     */
    MergeStatus addSketch(final int group, final int index, final DirectBuffer source, final int offset, final int length) {
        if (length == 0) {
            return MergeStatus.OK;
        }
        final int cell = group * sketchTerms.size() + index;
        if (sketches[cell] == null) {
            sketches[cell] = Sketch.create(kind(sketchTerms.get(index)), sketchTerms.get(index).k());
        }
        final Sketch sketch = sketches[cell];
        final long before = sketch.isEmpty() ? 0 : sketch.heapBytes();
        if (sketch.merge(source, offset, length) != SketchMerge.MERGED) {
            return MergeStatus.DAMAGED;
        }
        final long more = sketch.heapBytes() - before;
        final MergeStatus status = more <= 0 ? MergeStatus.OK : reserve(more);
        if (status == MergeStatus.OK && more > 0) {
            sketchBytes += more;
        }
        return status;
    }

    private static SketchKind kind(final SketchTerm term) {
        return switch (term.aggregate()) {
            case DISTINCT -> SketchKind.DISTINCT;
            case TOP -> SketchKind.TOP;
            default -> SketchKind.QUANTILES;
        };
    }

    private boolean sameCodes(final int group, final int[] groupCodes) {
        final int base = group * dimensionCount;
        for (int i = 0; i < dimensionCount; i++) {
            if (codes[base + i] != groupCodes[i]) {
                return false;
            }
        }
        return true;
    }

    private int hash(final long bucketUs, final int[] from, final int offset) {
        long hash = bucketUs * 0x9E3779B97F4A7C15L;
        for (int i = 0; i < dimensionCount; i++) {
            hash = (hash ^ from[offset + i]) * 0x9E3779B97F4A7C15L;
            hash ^= hash >>> 29;
        }
        return (int) (hash ^ hash >>> 32);
    }

    private MergeStatus reserve(final long bytes) {
        final MergeStatus status = budget.reserve(heldBytes, bytes);
        if (status == MergeStatus.OK) {
            heldBytes += bytes;
        }
        return status;
    }

    private long arrayBytes(final int groups) {
        return groups * (2L * Integer.BYTES + 2L * Long.BYTES + (long) Integer.BYTES * dimensionCount
            + (long) Long.BYTES * metricCount * (1 + STATES) + (long) Integer.BYTES * sketchTerms.size());
    }

    private void resize(final int groups) {
        final boolean first = capacity == 0;
        bucketsUs = first ? new long[groups] : Arrays.copyOf(bucketsUs, groups);
        codes = first ? new int[groups * dimensionCount] : Arrays.copyOf(codes, groups * dimensionCount);
        rowCounts = first ? new long[groups] : Arrays.copyOf(rowCounts, groups);
        words = first ? new long[groups * metricCount] : Arrays.copyOf(words, groups * metricCount);
        states = first ? new double[groups * metricCount * STATES] : Arrays.copyOf(states, groups * metricCount * STATES);
        sketches = first ? new Sketch[groups * sketchTerms.size()] : Arrays.copyOf(sketches, groups * sketchTerms.size());
        slots = new int[groups * 2];
        capacity = groups;
        for (int group = 0; group < groupCount; group++) {
            int slot = hash(bucketsUs[group], codes, group * dimensionCount) & (slots.length - 1);
            while (slots[slot] != 0) {
                slot = (slot + 1) & (slots.length - 1);
            }
            slots[slot] = group + 1;
        }
    }

    /** Number of groups. */
    public int groupCount() {
        return groupCount;
    }

    /** Dimensions of a group's key. */
    public int dimensionCount() {
        return dimensionCount;
    }

    /** Metrics of a group's state. */
    public int metricCount() {
        return metricCount;
    }

    /** Memory held. */
    public long heldBytes() {
        return heldBytes;
    }

    ValueDictionary values() {
        return values;
    }

    long bucketUs(final int group) {
        return bucketsUs[group];
    }

    int code(final int group, final int dimension) {
        return codes[group * dimensionCount + dimension];
    }

    long rowCount(final int group) {
        return rowCounts[group];
    }

    long valueCount(final int metric, final int group) {
        return MetricScales.count(words[group * metricCount + metric]);
    }

    /** The sum, rounded; NaN if it is beyond what a double holds. */
    double sum(final int metric, final int group) {
        final int cell = group * metricCount + metric;
        return finite(MetricScales.sum(words[cell], states[cell * STATES + SUM], states[cell * STATES + COMPENSATION]));
    }

    /** What the rounded sum lost, where it is a whole number as the sum is, and all digits are known; else 0. */
    double sumRest(final int metric, final int group) {
        final int base = (group * metricCount + metric) * STATES;
        final double rest = states[base + COMPENSATION];
        return Math.abs(states[base + SUM]) < MAX_EXACT_SUM && rest == Math.rint(rest) ? rest : 0;
    }

    /** The mean. */
    double mean(final int metric, final int group) {
        final int cell = group * metricCount + metric;
        return finite(MetricScales.mean(words[cell], states[cell * STATES + SUM], states[cell * STATES + COMPENSATION]));
    }

    /** The sum over a number that need not be whole; NaN if it is beyond what a double holds. */
    double sumOver(final double divisor, final int metric, final int group) {
        final int cell = group * metricCount + metric;
        final double sum = states[cell * STATES + SUM] + states[cell * STATES + COMPENSATION];
        return finite(MetricScales.sum(words[cell], sum / divisor, 0));
    }

    /** The root of the squared deviations from the mean over a number of rows; NaN if there are none or moments were not asked for. */
    double deviation(final long rows, final int metric, final int group) {
        final int cell = group * metricCount + metric;
        return finite(MetricScales.root(words[cell], states[cell * STATES + M2], rows));
    }

    private static double finite(final double value) {
        return Double.isInfinite(value) ? Double.NaN : value;
    }

    double min(final int metric, final int group) {
        return states[(group * metricCount + metric) * STATES + MIN];
    }

    double max(final int metric, final int group) {
        return states[(group * metricCount + metric) * STATES + MAX];
    }

    /** Sketches of a group. */
    public int sketchCount() {
        return sketchTerms.size();
    }

    /** A group's sketch, or null if no lane gave it one. */
    Sketch sketch(final int index, final int group) {
        return sketches[group * sketchTerms.size() + index];
    }
}
