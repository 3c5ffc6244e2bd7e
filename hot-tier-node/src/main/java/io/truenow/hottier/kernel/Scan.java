package io.truenow.hottier.kernel;

import io.truenow.hottier.segment.Block;
import io.truenow.hottier.segment.Segment;
import io.truenow.hottier.segment.ShardCut;
import io.truenow.hottier.segment.Spans;
import io.truenow.hottier.value.SegmentDictionary;
import io.truenow.hottier.value.ValueTable;

import java.util.Arrays;

/**
 * One query's way through its cuts, a block at a step. Filters are resolved to local codes and groups numbered per segment; at a segment's
 * end its groups are merged into the result by lane codes. Reused.
 */
public final class Scan {
    private final ValueTable values;
    private final ScanKernel kernel;
    private final SegmentGroups segmentGroups = new SegmentGroups();
    private final AggregateStates segmentStates = new AggregateStates();
    private final ResultGroups result = new ResultGroups();
    /** By filter, by local code. */
    private boolean[][] matches = new boolean[0][];
    private int[] components = new int[4];
    private int[] laneCodes = new int[4];

    private ScanPlan plan;
    private ShardCut[] cuts;
    private int cutCount;
    private int cutIndex;
    private int segmentIndex;
    private int blockIndex;
    private boolean inSegment;
    private boolean tooManyGroups;
    private int fromOffsetUs;
    private int toOffsetUs;
    private long firstBucket;
    private int bucketCount;
    private long rowsScanned;
    private long rowsMatched;

    /** A scan that may share the kernel's arrays with others of the same thread. */
    public Scan(final ValueTable values, final ScanKernel kernel) {
        this.values = values;
        this.kernel = kernel;
    }

    /** Begins a query over the first of these cuts. */
    public void begin(final ScanPlan newPlan, final ShardCut[] newCuts, final int newCutCount) {
        plan = newPlan;
        cuts = newCuts;
        cutCount = newCutCount;
        cutIndex = 0;
        segmentIndex = 0;
        inSegment = false;
        tooManyGroups = false;
        rowsScanned = 0;
        rowsMatched = 0;
        result.begin(plan.groupByCount(), plan.metricCount());
        if (components.length <= plan.groupByCount()) {
            components = new int[plan.groupByCount() + 1];
            laneCodes = new int[plan.groupByCount() + 1];
        }
        if (matches.length < plan.filterCount()) {
            matches = Arrays.copyOf(matches, plan.filterCount());
            Arrays.setAll(matches, i -> matches[i] == null ? new boolean[64] : matches[i]);
        }
    }

    /** Scans a block, or begins or ends a segment. True when all is scanned, or there are {@link #hasTooManyGroups too many groups}. */
    public boolean step() {
        if (cutIndex == cutCount || tooManyGroups) {
            return true;
        }
        final ShardCut cut = cuts[cutIndex];
        if (segmentIndex == cut.segmentCount()) {
            cutIndex++;
            segmentIndex = 0;
        } else if (!inSegment) {
            if (beginSegment(cut.segment(segmentIndex), cut.rowCount(segmentIndex))) {
                inSegment = true;
                blockIndex = 0;
            } else {
                segmentIndex++;
            }
        } else if (blockIndex < cut.blockCount(segmentIndex)) {
            scanBlock(cut.segment(segmentIndex), cut.rowsInBlock(segmentIndex, blockIndex));
            blockIndex++;
        } else {
            endSegment(cut.segment(segmentIndex));
            inSegment = false;
            segmentIndex++;
        }
        return cutIndex == cutCount || tooManyGroups;
    }

    /** Whether the query ended for having more groups than it allowed. */
    public boolean hasTooManyGroups() {
        return tooManyGroups;
    }

    /** Rows looked at. */
    public long rowsScanned() {
        return rowsScanned;
    }

    /** Rows in the range that pass the filters. */
    public long rowsMatched() {
        return rowsMatched;
    }

    /** What was found. */
    public ResultGroups result() {
        return result;
    }

    private boolean beginSegment(final Segment segment, final long rowCount) {
        final long fromUs = Math.max(plan.startTimeUs(), segment.spanStartUs());
        final long toUs = Math.min(plan.endTimeUs(), segment.spanStartUs() + Spans.SPAN_US);
        if (rowCount == 0 || fromUs >= toUs) {
            return false;
        }
        fromOffsetUs = (int) (fromUs - segment.spanStartUs());
        toOffsetUs = (int) (toUs - segment.spanStartUs());
        for (int filter = 0; filter < plan.filterCount(); filter++) {
            if (!resolveFilter(segment, filter)) {
                return false;
            }
        }
        segmentGroups.begin();
        final long intervalUs = plan.intervalUs();
        firstBucket = intervalUs == 0 ? 0 : Math.floorDiv(fromUs, intervalUs);
        bucketCount = intervalUs == 0 ? 1 : (int) (Math.floorDiv(toUs - 1, intervalUs) - firstBucket + 1);
        segmentGroups.component(bucketCount);
        for (int i = 0; i < plan.groupByCount(); i++) {
            final SegmentDictionary dictionary = segment.dictionary(plan.groupByDimension(i));
            segmentGroups.component(dictionary == null ? 1 : dictionary.size() + 1);
        }
        segmentGroups.ready();
        segmentStates.begin(plan.metricCount(), segmentGroups.groupLimit());
        return true;
    }

    /** Which local codes pass a filter; false if none does. */
    private boolean resolveFilter(final Segment segment, final int filter) {
        final SegmentDictionary dictionary = segment.dictionary(plan.filterDimension(filter));
        final int size = dictionary == null ? 0 : dictionary.size();
        if (matches[filter].length <= size) {
            matches[filter] = new boolean[(size + 1) * 2];
        }
        final boolean[] match = matches[filter];
        match[0] = plan.nullMatches(filter);
        boolean any = match[0];
        for (int code = 1; code <= size; code++) {
            match[code] = plan.matches(filter, values, dictionary, code);
            any |= match[code];
        }
        return any;
    }

    private void scanBlock(final Segment segment, final int rows) {
        final Block block = segment.block(blockIndex);
        if (rows == 0 || block.minOffsetUs() >= toOffsetUs || block.maxOffsetUs() < fromOffsetUs) {
            return;
        }
        rowsScanned += rows;
        kernel.begin(block, rows);
        kernel.selectTimes(fromOffsetUs, toOffsetUs);
        for (int filter = 0; filter < plan.filterCount(); filter++) {
            kernel.selectCodes(plan.filterDimension(filter), matches[filter]);
        }
        final int selected = kernel.selectedCount();
        rowsMatched += selected;
        if (selected == 0) {
            return;
        }
        if (bucketCount > 1) {
            kernel.startKeys(segment.spanStartUs(), plan.intervalUs(), firstBucket);
        } else {
            kernel.startKeys();
        }
        for (int i = 0; i < plan.groupByCount(); i++) {
            kernel.enter(segmentGroups, i + 1);
            final SegmentDictionary dictionary = segment.dictionary(plan.groupByDimension(i));
            kernel.mixCodes(plan.groupByDimension(i), segmentGroups.radix(i + 1), dictionary != null);
        }
        kernel.number(segmentGroups);
        if (!segmentGroups.isDense() && segmentGroups.groupLimit() > plan.maxGroups()) {
            tooManyGroups = true;
            return;
        }
        segmentStates.extend(segmentGroups.groupLimit());
        kernel.countRows(segmentStates);
        for (int metric = 0; metric < plan.metricCount(); metric++) {
            kernel.aggregate(segmentStates, metric, plan.metricOrdinal(metric));
        }
    }

    private void endSegment(final Segment segment) {
        for (int group = 0, groups = segmentGroups.groupLimit(); group < groups; group++) {
            if (segmentStates.rows[group] > 0) {
                segmentGroups.decode(group, components);
                for (int i = 0; i < plan.groupByCount(); i++) {
                    final int code = components[i + 1];
                    laneCodes[i] = code == 0 ? 0 : segment.dictionary(plan.groupByDimension(i)).laneCode(code);
                }
                final long bucketUs = plan.intervalUs() == 0 ? plan.startTimeUs() : (firstBucket + components[0]) * plan.intervalUs();
                result.merge(bucketUs, laneCodes, segmentStates, group);
                if (result.size() > plan.maxGroups()) {
                    tooManyGroups = true;
                    return;
                }
            }
        }
    }
}
