package io.truenow.engine.scan.cube;

import io.truenow.engine.scan.group.GroupStates;
import io.truenow.engine.scan.group.ResultGroups;
import io.truenow.engine.scan.kernel.MetricState;
import io.truenow.engine.scan.predicate.SegmentPredicate;
import io.truenow.engine.scan.sketch.SketchCells;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Merges the cells of a cube that is held and folded into a query's groups, some cells at a step. Reused. */
public final class CubeReading {
    private static final int CHUNK_CELLS = 1_024;
    private static final int UNKNOWN = -2;
    private static final int FILTERED = -1;
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    /** All is aligned; these layouts save the check of it. */
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    /** What a step came to. */
    public enum Step {
        /** There are more cells. */
        MORE,
        /** All cells are read. */
        OVER,
        /** There was no memory for new groups: try again later. */
        NO_MEMORY
    }

    private final CubeFold fold;
    private final int[] cells = new int[CHUNK_CELLS];
    private final int[] groups = new int[CHUNK_CELLS];
    /** By number of a tuple: what is known of it for the query's bucket, with the bucket's stamp in the upper half. */
    private long[] groupByTuple = new long[64];
    private int stamp;
    private int tupleGeneration;
    /** By cell of the last bucket, if the query has sketches. */
    private int[] targets = new int[0];
    private int[] codes = new int[4];
    private int[] tuple = new int[4];
    private int[] laneCodes = new int[4];
    private long[] laneCodeAddresses = new long[4];
    private long tupleIdsAddress;
    private SegmentPredicate filter;
    private long intervalUs;
    private long startUs;
    private int bucket;
    private int endBucket;
    private int codeCell;
    private long bucketUs;
    private long rowsRead;

    /** A reading of the cubes that a fold holds. */
    public CubeReading(final CubeFold fold) {
        this.fold = fold;
    }

    /** Begins a query. */
    public void beginQuery() {
        nextStamp();
    }

    /** The next steps add to other groups than those before. */
    public void forgetGroups() {
        nextStamp();
    }

    /**
     * Begins with the buckets of a range of the span, which begins and ends with buckets.
     *
     * @param newIntervalUs of the query, which the level divides, or within one bucket of which the span lies; 0 for none.
     * @param newStartUs    bucket of a query without interval.
     * @param newFilter     bound to the dimensions of the cube's key; null for none.
     * @return false if there is no memory for it.
     */
    public boolean begin(
        final int fromOffsetUs, final int toOffsetUs, final long newIntervalUs, final long newStartUs, final SegmentPredicate newFilter) {
        final Cube cube = fold.cube();
        final int dimensionCount = cube.key.dimensionCount();
        if (codes.length < dimensionCount) {
            codes = new int[dimensionCount];
            laneCodeAddresses = new long[dimensionCount];
        }
        if (tuple.length < dimensionCount) {
            tuple = new int[dimensionCount];
        }
        if (laneCodes.length < fold.wants().groupByCount()) {
            laneCodes = new int[fold.wants().groupByCount()];
        }
        for (int i = 0; i < dimensionCount; i++) {
            laneCodeAddresses[i] = fold.store().laneCodes(cube, i, fold.segment());
            if (laneCodeAddresses[i] == 0) {
                return false;
            }
        }
        tupleIdsAddress = fold.store().tupleIds(cube);
        if (tupleIdsAddress == 0 || tupleGeneration != cube.key.tupleIds().generation() && !forgetTuples()) {
            return false;
        }
        bucket = fromOffsetUs / cube.level.bucketUs();
        endBucket = toOffsetUs / cube.level.bucketUs();
        intervalUs = newIntervalUs;
        startUs = newStartUs;
        filter = newFilter == null || newFilter.isAlwaysTrue() ? null : newFilter;
        codeCell = 0;
        rowsRead = 0;
        if (fold.wants().sketchCount() > 0) {
            targets = targets.length < cube.codeCells() ? new int[cube.codeCells()] : targets;
            Arrays.fill(targets, 0, cube.codeCells(), FILTERED);
        }
        final long first = queryBucket();
        if (first != bucketUs) {
            bucketUs = first;
            nextStamp();
        }
        return true;
    }

    /** Merges the next cells. */
    public Step step(final ResultGroups result) {
        final Cube cube = fold.cube();
        if (bucket >= endBucket) {
            return Step.OVER;
        }
        if (tupleGeneration != cube.key.tupleIds().generation() && !forgetTuples()) {
            return Step.NO_MEMORY;
        }
        final int endCell = Math.min(codeCell + CHUNK_CELLS, cube.codeCells());
        final int count = resolve(result, endCell);
        if (count < 0) {
            return Step.NO_MEMORY;
        }
        merge(result.states(), count);
        codeCell = endCell;
        if (codeCell == cube.codeCells()) {
            codeCell = 0;
            bucket++;
            if (bucket < endBucket && queryBucket() != bucketUs) {
                bucketUs = queryBucket();
                nextStamp();
            }
        }
        return bucket == endBucket ? Step.OVER : Step.MORE;
    }

    /** The sketch of a wish when all cells are read; see {@link #targets}. */
    public SketchCells sketch(final int index) {
        return fold.cube().sketches().cells(fold.wants().sketch(index));
    }

    /** Groups by cell of the last bucket, negative for those that hold no rows that pass. */
    public int[] targets() {
        return targets;
    }

    /** Cells of a bucket. */
    public int targetCount() {
        return fold.cube().codeCells();
    }

    /** Cells that a step looks at, at most. */
    public int stepCells() {
        return Math.min(CHUNK_CELLS, fold.cube().codeCells());
    }

    /** Rows that the cells read so far stand for, of those that pass the filter. */
    public long rowsRead() {
        return rowsRead;
    }

    /** Finds the groups of cells that hold rows, making them if need be; returns how many such cells there are, -1 for want of memory. */
    private int resolve(final ResultGroups result, final int endCell) {
        final Cube cube = fold.cube();
        final long rowsAt = cube.rowsAddress() + (long) bucket * cube.codeCells() * Long.BYTES;
        final boolean isTargeted = fold.wants().sketchCount() > 0;
        int count = 0;
        for (int cell = codeCell; cell < endCell; cell++) {
            if (MEMORY.get(LONG, rowsAt + (long) cell * Long.BYTES) != 0) {
                final int id = MEMORY.get(INT, tupleIdsAddress + (long) cell * Integer.BYTES);
                final long known = id >= 0 && id < groupByTuple.length ? groupByTuple[id] : 0;
                final int group = (int) (known >>> Integer.SIZE) == stamp ? (int) known : groupOf(result, cube, cell);
                if (group == UNKNOWN) {
                    return -1;
                }
                if (isTargeted) {
                    targets[cell] = group;
                }
                cells[count] = cell;
                groups[count] = group;
                count += group >= 0 ? 1 : 0;
            }
        }
        return count;
    }

    private void merge(final GroupStates states, final int count) {
        final Cube cube = fold.cube();
        final long first = (long) bucket * cube.codeCells();
        final long rowsAt = cube.rowsAddress() + first * Long.BYTES;
        final long resultRowsAt = states.rowsAddress();
        long rows = 0;
        for (int i = 0; i < count; i++) {
            final long added = MEMORY.get(LONG, rowsAt + (long) cells[i] * Long.BYTES);
            final long at = resultRowsAt + (long) groups[i] * Long.BYTES;
            MEMORY.set(LONG, at, MEMORY.get(LONG, at) + added);
            rows += added;
        }
        rowsRead += rows;
        for (int metric = 0; metric < fold.wants().metricCount(); metric++) {
            final long recordsAt = cube.recordsAddress(fold.slot(metric)) + first * MetricState.BYTES;
            final long statesAt = states.metricAddress(metric);
            final int wanted = states.wanted(metric);
            for (int i = 0; i < count; i++) {
                MetricState.merge(
                    statesAt + (long) groups[i] * MetricState.BYTES, recordsAt + (long) cells[i] * MetricState.BYTES, wanted);
            }
        }
    }

    /** Finds out the group of a cell's tuple. */
    private int groupOf(final ResultGroups result, final Cube cube, final int cell) {
        int left = cell;
        for (int i = cube.key.dimensionCount() - 1; i >= 0; i--) {
            codes[i] = i == 0 ? left : left % cube.radix(i);
            left /= cube.radix(i);
            tuple[i] = MEMORY.get(INT, laneCodeAddresses[i] + (long) codes[i] * Integer.BYTES);
        }
        final CubeWants wants = fold.wants();
        int group = FILTERED;
        if (filter == null || filter.matches(codes)) {
            for (int i = 0; i < wants.groupByCount(); i++) {
                laneCodes[i] = tuple[wants.groupByIndex(i)];
            }
            group = result.groupOf(bucketUs, laneCodes);
            if (group < 0) {
                return UNKNOWN;
            }
        }
        final int id = cube.key.tupleIds().idOf(tuple);
        MEMORY.set(INT, tupleIdsAddress + (long) cell * Integer.BYTES, id);
        if (id >= groupByTuple.length) {
            groupByTuple = Arrays.copyOf(groupByTuple, Math.max(id + 1, groupByTuple.length * 2));
        }
        groupByTuple[id] = (long) stamp << Integer.SIZE | group & 0xFFFF_FFFFL;
        return group;
    }

    /** Their numbers have started over; false if there is no memory for new ones. */
    private boolean forgetTuples() {
        final Cube cube = fold.cube();
        tupleIdsAddress = fold.store().tupleIds(cube);
        if (tupleIdsAddress == 0) {
            return false;
        }
        tupleGeneration = cube.key.tupleIds().generation();
        nextStamp();
        return true;
    }

    /** What was found of tuples is no longer so. */
    private void nextStamp() {
        stamp++;
        if (stamp == Integer.MAX_VALUE) {
            Arrays.fill(groupByTuple, 0);
            stamp = 1;
        }
    }

    private long queryBucket() {
        final long atUs = fold.segment().spanStartUs() + (long) bucket * fold.cube().level.bucketUs();
        return intervalUs == 0 ? startUs : Math.floorDiv(atUs, intervalUs) * intervalUs;
    }
}
