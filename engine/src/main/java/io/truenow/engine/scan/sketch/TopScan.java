package io.truenow.engine.scan.sketch;

import io.truenow.engine.scan.kernel.SelectedRows;
import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.value.SegmentDictionary;

import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/** Rows by group and local code: a counter for each, or where these would be many, a table of the pairs that occur. */
final class TopScan extends SegmentSketch {
    /** 16 MiB. */
    private static final int MAX_COUNTERS = 1 << 22;
    private static final int FIXED_BYTES = 18_000;

    private final int dimension;
    private final TopCells cells;
    private final int[] codes = new int[Block.MAX_ROWS];
    private final PairCounts pairs = new PairCounts();
    private int[] counters = new int[0];
    private IntUnaryOperator laneCodes;
    private int codeLimit;
    private int groupLimit;
    private boolean isTable;
    /** Counters or pairs told. */
    private int place;
    private int firstGroup;
    private boolean isOver = true;

    TopScan(final int dimension, final int parameter) {
        this.dimension = dimension;
        this.cells = new TopCells(parameter, null);
    }

    @Override
    public void begin(final Segment segment, final int blockCount, final int newGroupLimit) {
        final SegmentDictionary dictionary = segment.dictionary(dimension);
        if (dictionary == null) {
            begin(1, null, newGroupLimit);
        } else {
            begin(dictionary.size() + 1, dictionary::laneCode, newGroupLimit);
        }
    }

    /** Local codes are below the limit; from 1 on they have lane codes. */
    void begin(final int newCodeLimit, final IntUnaryOperator newLaneCodes, final int newGroupLimit) {
        laneCodes = newLaneCodes;
        codeLimit = newCodeLimit;
        groupLimit = Math.max(1, newGroupLimit);
        pairs.clear();
        final long length = (long) groupLimit * codeLimit;
        isTable = length <= MAX_COUNTERS;
        if (isTable) {
            if (counters.length < length) {
                counters = new int[(int) length];
            } else {
                Arrays.fill(counters, 0, (int) length, 0);
            }
        }
    }

    @Override
    public void take(final SelectedRows rows) {
        if (codeLimit == 1 || rows.selectedCount() == 0) {
            return;
        }
        rows.codes(dimension, codes);
        take(rows.groups(), codes, rows.selectedCount(), rows.groupLimit());
    }

    void take(final int[] groups, final int[] localCodes, final int count, final int newGroupLimit) {
        if (isTable && newGroupLimit > groupLimit) {
            toPairs();
        }
        if (isTable) {
            final int[] target = counters;
            final int width = codeLimit;
            for (int i = 0; i < count; i++) {
                target[groups[i] * width + localCodes[i]]++;
            }
        } else {
            for (int i = 0; i < count; i++) {
                if (localCodes[i] != 0) {
                    pairs.add(groups[i], localCodes[i], 1);
                }
            }
        }
    }

    @Override
    void end() {
        place = 0;
        isOver = codeLimit == 1;
    }

    /** Of the table, so many counters; of pairs, half as many. */
    @Override
    SketchCells next() {
        if (isOver) {
            return null;
        }
        cells.clear();
        if (isTable) {
            final int all = groupLimit * codeLimit;
            final int end = Math.min(all, place + SLICE);
            firstGroup = place / codeLimit;
            for (int group = firstGroup, code = place % codeLimit; place < end; place++) {
                if (code != 0 && counters[place] != 0) {
                    cells.append(group - firstGroup, laneCodes.applyAsInt(code), counters[place]);
                }
                code++;
                if (code == codeLimit) {
                    code = 0;
                    group++;
                }
            }
            isOver = place == all;
        } else {
            firstGroup = 0;
            cells.isTooLarge(pairs.isFull());
            final int end = Math.min(pairs.size(), place + SLICE / 2);
            for (; place < end; place++) {
                cells.append(pairs.cell(place), laneCodes.applyAsInt(pairs.code(place)), pairs.count(place));
            }
            isOver = place == pairs.size();
        }
        return cells;
    }

    @Override
    int firstGroup() {
        return firstGroup;
    }

    @Override
    public long heapBytes() {
        return FIXED_BYTES + counters.length * 4L + pairs.byteSize() + cells.byteSize();
    }

    /** There are more groups than expected. */
    private void toPairs() {
        for (int group = 0; group < groupLimit; group++) {
            for (int code = 1; code < codeLimit; code++) {
                final int count = counters[group * codeLimit + code];
                if (count != 0) {
                    pairs.add(group, code, count);
                }
            }
        }
        isTable = false;
    }
}
