package io.truenow.engine.scan.sketch;

import io.truenow.engine.scan.kernel.SelectedRows;
import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.value.SegmentDictionary;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/**
 * Distinct values of a dimension by group: for each local code a bit for each group, so that a row sets one bit and codes move to lane
 * codes with all their groups at once. At the segment's end 64 codes by 64 groups are turned into 64 groups by 64 lane codes. Where that
 * table would be large, a hash table of the pairs that occur.
 */
final class DistinctScan extends SegmentSketch {
    /** 16 MiB. */
    private static final int MAX_TABLE_LONGS = 1 << 21;
    private static final int SPREAD = 8;
    /** 4 MiB to find local codes by lane code. */
    private static final int MAX_LANE_CODES = 1 << 20;
    private static final int CHUNKS_PER_SLICE = 4;
    /** Longs of the table that might be looked at in the time that it takes to add a code to a set. */
    private static final int ADDED_COST = 8;
    private static final int FIXED_BYTES = 50_000;

    private enum Stage { LIMITS, INDEX, SQUARES, BITS, PAIRS, OVER }

    private final int dimension;
    private final DistinctCells cells;
    private final int[] codes = new int[Block.MAX_ROWS];
    /** By local code, then groups in longs. */
    private long[] table = new long[0];
    private final PairCounts pairs = new PairCounts();
    private int[] localByLane = new int[0];
    private final long[] square = new long[Long.SIZE];
    /** For each of 64 groups a chunk of codes. */
    private final long[] chunks = new long[Long.SIZE * CodeSets.CHUNK_LONGS];
    private IntUnaryOperator laneCodes;
    private int codeLimit;
    private int longsPerCode;
    private boolean isTable;
    private Stage stage = Stage.OVER;
    /** How far the stage has come. */
    private int place;
    private int word;
    private int firstGroup;
    private int leastCode;
    private int greatestCode;
    private int firstChunk;
    private int lastChunk;

    DistinctScan(final int dimension) {
        this.dimension = dimension;
        this.cells = new DistinctCells(0, false);
    }

    @Override
    public void begin(final Segment segment, final int blockCount, final int groupLimit) {
        final SegmentDictionary dictionary = segment.dictionary(dimension);
        if (dictionary == null) {
            begin(1, null, groupLimit);
        } else {
            begin(dictionary.size() + 1, dictionary::laneCode, groupLimit);
        }
    }

    /** Local codes are below the limit; from 1 on they have lane codes. */
    void begin(final int newCodeLimit, final IntUnaryOperator newLaneCodes, final int groupLimit) {
        laneCodes = newLaneCodes;
        codeLimit = newCodeLimit;
        pairs.clear();
        useTable(Math.max(1, groupLimit + Long.SIZE - 1 >>> 6));
    }

    @Override
    public void take(final SelectedRows rows) {
        if (codeLimit == 1 || rows.selectedCount() == 0) {
            return;
        }
        rows.codes(dimension, codes);
        take(rows.groups(), codes, rows.selectedCount(), rows.groupLimit());
    }

    void take(final int[] groups, final int[] localCodes, final int count, final int groupLimit) {
        if (isTable && groupLimit > longsPerCode << 6) {
            toPairs();
        }
        final long[] bits = table;
        final int stride = longsPerCode;
        if (!isTable) {
            for (int i = 0; i < count; i++) {
                if (localCodes[i] != 0) {
                    pairs.add(groups[i], localCodes[i], 1);
                }
            }
        } else if (stride == 1) {
            for (int i = 0; i < count; i++) {
                bits[localCodes[i]] |= 1L << groups[i];
            }
        } else {
            for (int i = 0; i < count; i++) {
                bits[localCodes[i] * stride + (groups[i] >>> 6)] |= 1L << groups[i];
            }
        }
    }

    @Override
    void end() {
        stage = codeLimit == 1 ? Stage.OVER : isTable ? Stage.LIMITS : Stage.PAIRS;
        place = 0;
        leastCode = Integer.MAX_VALUE;
        greatestCode = 0;
        firstGroup = 0;
    }

    @Override
    SketchCells next() {
        cells.clear();
        firstGroup = 0;
        switch (stage) {
            case LIMITS -> findLimits();
            case INDEX -> indexCodes();
            case SQUARES -> addSquares();
            case BITS -> addBits();
            case PAIRS -> addPairs();
            default -> {
                return null;
            }
        }
        return cells;
    }

    @Override
    int firstGroup() {
        return firstGroup;
    }

    @Override
    public long heapBytes() {
        return FIXED_BYTES + table.length * 8L + localByLane.length * 4L + pairs.byteSize() + cells.byteSize();
    }

    /** Least and greatest lane code, which tell whether lane codes lie close enough for squares. */
    private void findLimits() {
        final int end = Math.min(codeLimit, place + SLICE);
        for (int code = Math.max(1, place); code < end; code++) {
            final int lane = laneCodes.applyAsInt(code);
            leastCode = Math.min(leastCode, lane);
            greatestCode = Math.max(greatestCode, lane);
        }
        place = end;
        if (end == codeLimit) {
            place = 0;
            firstChunk = leastCode >>> CodeSets.CHUNK_SHIFT;
            lastChunk = greatestCode >>> CodeSets.CHUNK_SHIFT;
            final long codeRange = (lastChunk - firstChunk + 1L) << CodeSets.CHUNK_SHIFT;
            if ((greatestCode - leastCode) / SPREAD > codeLimit || codeRange > MAX_LANE_CODES) {
                stage = Stage.BITS;
            } else {
                stage = Stage.INDEX;
                if (localByLane.length < codeRange) {
                    localByLane = new int[(int) codeRange];
                } else {
                    Arrays.fill(localByLane, 0, (int) codeRange, 0);
                }
            }
        }
    }

    private void indexCodes() {
        final int base = firstChunk << CodeSets.CHUNK_SHIFT;
        final int end = Math.min(codeLimit, place + SLICE);
        for (int code = Math.max(1, place); code < end; code++) {
            localByLane[laneCodes.applyAsInt(code) - base] = code;
        }
        place = end;
        if (end == codeLimit) {
            // nulls have no lane code; lane codes that the segment lacks read this row
            Arrays.fill(table, 0, longsPerCode, 0);
            stage = Stage.SQUARES;
            place = 0;
            word = 0;
        }
    }

    /** Some chunks of the next 64 groups; place counts chunks. */
    private void addSquares() {
        final int chunkCount = lastChunk - firstChunk + 1;
        final int end = Math.min(chunkCount, place + CHUNKS_PER_SLICE);
        for (; place < end; place++) {
            addSquares(firstChunk + place, place << CodeSets.CHUNK_SHIFT);
        }
        firstGroup = word << 6;
        if (place == chunkCount) {
            place = 0;
            word++;
            stage = word == longsPerCode ? Stage.OVER : stage;
        }
    }

    /** Bit by bit; place counts longs of the table. */
    private void addBits() {
        place = Math.max(place, longsPerCode);
        final int end = codeLimit * longsPerCode;
        for (int cost = 0; place < end && cost < SLICE; place++) {
            long rest = table[place];
            cost += 1 + Long.bitCount(rest) * ADDED_COST;
            if (rest != 0) {
                final int lane = laneCodes.applyAsInt(place / longsPerCode);
                final int first = place % longsPerCode << 6;
                for (; rest != 0; rest &= rest - 1) {
                    cells.add(first | Long.numberOfTrailingZeros(rest), lane);
                }
            }
        }
        stage = place >= end ? Stage.OVER : stage;
    }

    private void addPairs() {
        cells.isTooLarge(pairs.isFull());
        final int end = Math.min(pairs.size(), place + SLICE / 2);
        for (; place < end; place++) {
            cells.add(pairs.cell(place), laneCodes.applyAsInt(pairs.code(place)));
        }
        stage = place == pairs.size() ? Stage.OVER : stage;
    }

    private void useTable(final int newLongsPerCode) {
        longsPerCode = newLongsPerCode;
        final long length = (long) codeLimit * longsPerCode;
        isTable = length <= MAX_TABLE_LONGS;
        if (isTable) {
            if (table.length < length) {
                table = new long[(int) length];
            } else {
                Arrays.fill(table, 0, (int) length, 0);
            }
        }
    }

    /** There are more groups than expected. */
    private void toPairs() {
        for (int code = 1; code < codeLimit; code++) {
            for (int word = 0; word < longsPerCode; word++) {
                for (long rest = table[code * longsPerCode + word]; rest != 0; rest &= rest - 1) {
                    pairs.add(word << 6 | Long.numberOfTrailingZeros(rest), code, 1);
                }
            }
        }
        isTable = false;
    }

    private void addSquares(final int chunk, final int at) {
        long groupsSeen = 0;
        for (int block = 0; block < CodeSets.CHUNK_LONGS; block++) {
            long any = 0;
            for (int i = 0; i < Long.SIZE; i++) {
                final long groups = table[localByLane[at + (block << 6) + i] * longsPerCode + word];
                square[i] = groups;
                any |= groups;
            }
            groupsSeen |= any;
            BitSquare.transpose(square);
            for (int group = 0; group < Long.SIZE; group++) {
                chunks[(group << 6) + block] = square[group];
            }
        }
        for (long rest = groupsSeen; rest != 0; rest &= rest - 1) {
            final int group = Long.numberOfTrailingZeros(rest);
            cells.addChunk(group, chunk, chunks, group << 6);
        }
    }
}
