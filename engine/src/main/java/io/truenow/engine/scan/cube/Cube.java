package io.truenow.engine.scan.cube;

import io.truenow.engine.scan.group.GroupArray;
import io.truenow.engine.scan.group.GroupMemory;
import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.scan.kernel.MetricState;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.value.SegmentDictionary;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Aggregates of one segment's rows by bucket and the local codes of some dimensions. A cell's number is the mixed radix number of these,
 * the bucket first; radices of open segments leave room for new values. Native memory: {@code int64} rows a cell, and a record of 48 bytes
 * a cell for each metric that was asked for; each of these arrays knows which states it keeps, and how many of the segment's rows, in
 * order of arrival, it holds.
 */
public final class Cube extends KeptCells {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final int MIN_OPEN_RADIX = 8;

    /** Changes when the segment is replaced by one with the same rows. */
    long segmentUid;
    final CubeLevel level;
    private final GroupMemory memory;
    private final GroupArray rows;
    private final int[] radices;
    /** By dimension: lane codes by local code, as far as known. */
    private final GroupArray[] laneCodes;
    private final int[] laneCodesKnown;
    /** By cell of a bucket: {@code int32} number of its tuple of lane codes, -1 for not known. */
    private final GroupArray tupleIds;
    private int tupleGeneration;
    private int codeCells;
    private long rowsMark;
    private int[] ordinals = new int[2];
    /** By metric: {@link BlockKernel#SUMS}, {@link BlockKernel#EXTREMES}, {@link BlockKernel#MOMENTS} or'ed. */
    private int[] wanted = new int[2];
    private long[] marks = new long[2];
    private GroupArray[] records = new GroupArray[2];
    private int metricCount;
    private final CubeSketches sketches = new CubeSketches();

    /** Rows of the cut for which it is held. */
    long heldRows;

    Cube(final long segmentUid, final CubeKey key, final CubeLevel level, final GroupMemory memory) {
        super(key);
        this.segmentUid = segmentUid;
        this.level = level;
        this.memory = memory;
        this.rows = new GroupArray(memory);
        this.tupleIds = new GroupArray(memory);
        this.radices = new int[key.dimensionCount()];
        this.laneCodes = new GroupArray[key.dimensionCount()];
        this.laneCodesKnown = new int[key.dimensionCount()];
        Arrays.setAll(laneCodes, i -> new GroupArray(memory));
    }

    /** Cells that a cube of a segment would have by now. */
    static long cells(final Segment segment, final CubeKey key, final CubeLevel level) {
        long cells = level.buckets();
        for (int i = 0; i < key.dimensionCount() && cells <= Integer.MAX_VALUE; i++) {
            cells *= radix(segment, key.dimension(i));
        }
        return cells;
    }

    /** Whether all of the segment's rows are counted: then their order says nothing. */
    boolean isComplete(final long rowCount) {
        return rowsMark == rowCount;
    }

    /** Whether it has all that a query wants, of all of the segment's rows. */
    boolean isComplete(final CubeWants wants, final long rowCount) {
        boolean has = rowsMark == rowCount;
        for (int i = 0; has && i < wants.metricCount(); i++) {
            final int at = find(wants.metric(i));
            has = at >= 0 && (wants.wanted(i) & ~wanted[at]) == 0 && marks[at] == rowCount;
        }
        for (int i = 0; has && i < wants.sketchCount(); i++) {
            has = sketches.mark(wants.sketch(i)) == rowCount;
        }
        return has;
    }

    /** The segment's rows have another order now: what does not hold all of them starts over. */
    void keepComplete(final long rowCount) {
        for (int i = 0; i < metricCount; i++) {
            if (marks[i] < rowCount) {
                startOver(i, wanted[i]);
            }
        }
        sketches.keepComplete(rowCount);
    }

    /** Whether all local codes that the segment's dictionaries hold by now have cells. */
    boolean fits(final Segment segment) {
        for (int i = 0; i < radices.length; i++) {
            if (codeCount(segment, key.dimension(i)) > radices[i]) {
                return false;
            }
        }
        return rows.capacityBytes() > 0;
    }

    /** Sees to cells for all local codes, moving what there is; false if there is no memory: it is as it was then. */
    boolean fit(final Segment segment) {
        final int[] larger = new int[radices.length];
        int largerCells = 1;
        for (int i = 0; i < radices.length; i++) {
            larger[i] = Math.max(radices[i], radix(segment, key.dimension(i)));
            largerCells *= larger[i];
        }
        final GroupArray movedRows = new GroupArray(memory);
        final GroupArray[] movedRecords = new GroupArray[metricCount];
        boolean hasRoom = movedRows.ensure((long) largerCells * level.buckets() * Long.BYTES, 0);
        for (int i = 0; i < metricCount; i++) {
            movedRecords[i] = new GroupArray(memory);
            hasRoom = hasRoom && movedRecords[i].ensure((long) largerCells * level.buckets() * MetricState.BYTES, 0);
        }
        if (!hasRoom) {
            movedRows.release();
            for (final GroupArray moved : movedRecords) {
                moved.release();
            }
            return false;
        }
        clearRows(movedRows.address(), (long) largerCells * level.buckets());
        for (int i = 0; i < metricCount; i++) {
            MetricState.init(movedRecords[i].address(), (long) largerCells * level.buckets(), (wanted[i] & BlockKernel.MOMENTS) != 0);
        }
        for (int cell = 0; cell < codeCells * level.buckets(); cell++) {
            final long to = moved(cell, larger, largerCells);
            MEMORY.set(LONG, movedRows.address() + to * Long.BYTES, rows(cell));
            for (int i = 0; i < metricCount; i++) {
                MemorySegment.copy(MEMORY, record(i, cell), MEMORY, movedRecords[i].address() + to * MetricState.BYTES, MetricState.BYTES);
            }
        }
        rows.take(movedRows);
        for (int i = 0; i < metricCount; i++) {
            records[i].take(movedRecords[i]);
        }
        // their cells have other numbers now: they are gathered anew
        sketches.clear();
        System.arraycopy(larger, 0, radices, 0, radices.length);
        codeCells = largerCells;
        tupleGeneration = 0;
        return true;
    }

    /** Where a metric's records are, made or made anew if they lack what is wanted, holding no rows then; -1 if there is no memory. */
    int metric(final int ordinal, final int newWanted) {
        int at = find(ordinal);
        if (at < 0) {
            at = metricCount;
            final GroupArray made = new GroupArray(memory);
            if (!made.ensure(cells() * MetricState.BYTES, 0)) {
                return -1;
            }
            if (metricCount == ordinals.length) {
                ordinals = Arrays.copyOf(ordinals, at * 2);
                wanted = Arrays.copyOf(wanted, at * 2);
                marks = Arrays.copyOf(marks, at * 2);
                records = Arrays.copyOf(records, at * 2);
            }
            ordinals[at] = ordinal;
            records[at] = made;
            metricCount++;
            startOver(at, newWanted);
        } else if ((newWanted & ~wanted[at]) != 0) {
            startOver(at, wanted[at] | newWanted);
        }
        return at;
    }

    /** Whether a metric would have to be made, or made anew. */
    boolean lacks(final int ordinal, final int otherWanted) {
        final int at = find(ordinal);
        return at < 0 || (otherWanted & ~wanted[at]) != 0;
    }

    /** Lane codes of a dimension by local code, in {@code int32}; 0 if there is no memory. */
    long laneCodesAddress(final int index, final Segment segment) {
        final SegmentDictionary dictionary = segment.dictionary(key.dimension(index));
        final int size = dictionary == null ? 0 : dictionary.size();
        final GroupArray codes = laneCodes[index];
        if (laneCodesKnown[index] <= size) {
            if (!codes.ensure((long) radices[index] * Integer.BYTES, (long) laneCodesKnown[index] * Integer.BYTES)) {
                return 0;
            }
            for (int code = laneCodesKnown[index]; code <= size && code < radices[index]; code++) {
                MEMORY.set(INT, codes.address() + (long) code * Integer.BYTES, code == 0 ? 0 : dictionary.laneCode(code));
            }
            laneCodesKnown[index] = Math.min(size + 1, radices[index]);
        }
        return codes.address();
    }

    /** Numbers of tuples by cell of a bucket, as far as known; 0 if there is no memory. */
    long tupleIdsAddress() {
        if (tupleGeneration != key.tupleIds().generation()) {
            if (!tupleIds.ensure((long) codeCells * Integer.BYTES, 0)) {
                return 0;
            }
            for (int cell = 0; cell < codeCells; cell++) {
                MEMORY.set(INT, tupleIds.address() + (long) cell * Integer.BYTES, -1);
            }
            tupleGeneration = key.tupleIds().generation();
        }
        return tupleIds.address();
    }

    /** Cells of all buckets. */
    long cells() {
        return (long) codeCells * level.buckets();
    }

    /** Cells of a bucket. */
    int codeCells() {
        return codeCells;
    }

    /** Codes of a dimension that have cells, null's with them. */
    int radix(final int index) {
        return radices[index];
    }

    /** Rows of the segment that are counted. */
    long rowsMark() {
        return rowsMark;
    }

    /** Rows of the segment whose values of a metric are in. */
    long mark(final int metric) {
        return marks[metric];
    }

    /** What held just so many rows holds more now: the wanted metrics, and the count of rows. */
    void moveMarks(final int[] slots, final int slotCount, final long from, final long to) {
        for (int i = 0; i < slotCount; i++) {
            marks[slots[i]] = marks[slots[i]] == from ? to : marks[slots[i]];
        }
        rowsMark = rowsMark == from ? to : rowsMark;
    }

    /** What held just so many rows was left in disorder by rows that were being added: holds none now. */
    void startOver(final int[] slots, final int slotCount, final long from) {
        for (int i = 0; i < slotCount; i++) {
            if (marks[slots[i]] == from) {
                startOver(slots[i], wanted[slots[i]]);
            }
        }
        if (rowsMark == from) {
            clearRows(rows.address(), cells());
            rowsMark = 0;
        }
    }

    /** What is kept of a metric. */
    int wanted(final int metric) {
        return wanted[metric];
    }

    CubeSketches sketches() {
        return sketches;
    }

    long rowsAddress() {
        return rows.address();
    }

    long recordsAddress(final int metric) {
        return records[metric].address();
    }

    @Override
    long usedBytes() {
        long used = rows.capacityBytes() + tupleIds.capacityBytes() + sketches.usedBytes();
        for (final GroupArray codes : laneCodes) {
            used += codes.capacityBytes();
        }
        for (int i = 0; i < metricCount; i++) {
            used += records[i].capacityBytes();
        }
        return used;
    }

    @Override
    long usedSketchBytes() {
        return sketches.usedBytes();
    }

    @Override
    void release() {
        sketches.clear();
        rows.release();
        tupleIds.release();
        for (final GroupArray codes : laneCodes) {
            codes.release();
        }
        for (int i = 0; i < metricCount; i++) {
            records[i].release();
        }
        metricCount = 0;
        codeCells = 0;
    }

    private int find(final int ordinal) {
        for (int i = 0; i < metricCount; i++) {
            if (ordinals[i] == ordinal) {
                return i;
            }
        }
        return -1;
    }

    private void startOver(final int metric, final int newWanted) {
        MetricState.init(records[metric].address(), cells(), (newWanted & BlockKernel.MOMENTS) != 0);
        wanted[metric] = newWanted;
        marks[metric] = 0;
    }

    private long rows(final long cell) {
        return MEMORY.get(LONG, rows.address() + cell * Long.BYTES);
    }

    private long record(final int metric, final long cell) {
        return records[metric].address() + cell * MetricState.BYTES;
    }

    private long moved(final int cell, final int[] larger, final int largerCells) {
        long left = cell % codeCells;
        long to = 0;
        long weight = 1;
        for (int i = radices.length - 1; i >= 0; i--) {
            to += left % radices[i] * weight;
            weight *= larger[i];
            left /= radices[i];
        }
        return (long) (cell / codeCells) * largerCells + to;
    }

    private static void clearRows(final long address, final long cells) {
        MEMORY.asSlice(address, cells * Long.BYTES).fill((byte) 0);
    }

    /** Codes to have cells for: all there are, and room for more where more may come. */
    private static int radix(final Segment segment, final int dimension) {
        final int codes = codeCount(segment, dimension);
        return segment.isOpen() ? Math.max(MIN_OPEN_RADIX, codes + (codes >>> 2)) : codes;
    }

    private static int codeCount(final Segment segment, final int dimension) {
        final SegmentDictionary dictionary = segment.dictionary(dimension);
        return dictionary == null ? 1 : dictionary.size() + 1;
    }
}
