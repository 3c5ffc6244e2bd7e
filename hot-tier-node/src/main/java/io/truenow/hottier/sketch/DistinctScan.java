package io.truenow.hottier.sketch;

import io.truenow.hottier.segment.Block;
import io.truenow.hottier.segment.Segment;
import io.truenow.hottier.value.SegmentDictionary;

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
    private static final int KEPT_LONGS = 1 << 18;
    private static final int SPREAD = 8;

    private final int dimension;
    private final DistinctCells cells;
    private final int[] codes = new int[Block.MAX_ROWS];
    /** By local code, then groups in longs. */
    private long[] table = new long[0];
    private final PairCounts pairs = new PairCounts();
    private int[] localByLane = new int[0];
    private final long[] square = new long[Long.SIZE];
    /** For 64 groups a chunk of codes each. */
    private final long[] chunks = new long[Long.SIZE * CodeSets.CHUNK_LONGS];
    private IntUnaryOperator laneCodes;
    private int codeLimit;
    private int longsPerCode;
    private boolean isTable;

    DistinctScan(final int dimension, final LaneValues values) {
        this.dimension = dimension;
        this.cells = new DistinctCells(0, values);
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
        if (table.length > KEPT_LONGS) {
            table = new long[0];
        }
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
    public SketchCells end() {
        cells.clear();
        if (codeLimit == 1) {
            return cells;
        }
        int least = Integer.MAX_VALUE;
        int greatest = 0;
        for (int code = 1; code < codeLimit; code++) {
            final int lane = laneCodes.applyAsInt(code);
            least = Math.min(least, lane);
            greatest = Math.max(greatest, lane);
        }
        if (!isTable) {
            cells.isTooLarge(pairs.isFull());
            for (int i = 0; i < pairs.size(); i++) {
                cells.add(pairs.cell(i), laneCodes.applyAsInt(pairs.code(i)));
            }
        } else if ((greatest - least) / SPREAD > codeLimit) {
            addBitByBit();
        } else {
            addBySquares(least >>> CodeSets.CHUNK_SHIFT, greatest >>> CodeSets.CHUNK_SHIFT);
        }
        return cells;
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

    private void addBitByBit() {
        for (int code = 1; code < codeLimit; code++) {
            final int lane = laneCodes.applyAsInt(code);
            for (int word = 0; word < longsPerCode; word++) {
                for (long rest = table[code * longsPerCode + word]; rest != 0; rest &= rest - 1) {
                    cells.add(word << 6 | Long.numberOfTrailingZeros(rest), lane);
                }
            }
        }
    }

    private void addBySquares(final int firstChunk, final int lastChunk) {
        final int base = firstChunk << CodeSets.CHUNK_SHIFT;
        final int codeRange = lastChunk - firstChunk + 1 << CodeSets.CHUNK_SHIFT;
        if (localByLane.length < codeRange) {
            localByLane = new int[codeRange];
        } else {
            Arrays.fill(localByLane, 0, codeRange, 0);
        }
        for (int code = 1; code < codeLimit; code++) {
            localByLane[laneCodes.applyAsInt(code) - base] = code;
        }
        // nulls have no lane code; lane codes that the segment lacks read this row
        Arrays.fill(table, 0, longsPerCode, 0);
        for (int word = 0; word < longsPerCode; word++) {
            for (int chunk = firstChunk; chunk <= lastChunk; chunk++) {
                addSquares(word, chunk, chunk - firstChunk << CodeSets.CHUNK_SHIFT);
            }
        }
    }

    private void addSquares(final int word, final int chunk, final int at) {
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
            cells.addChunk(word << 6 | group, chunk, chunks, group << 6);
        }
    }
}
