package io.truenow.hottier.cube;

import io.truenow.hottier.kernel.BlockKernel;
import io.truenow.hottier.segment.Block;
import io.truenow.hottier.segment.Segment;
import io.truenow.hottier.segment.ShardCut;

import java.util.Arrays;

/**
 * Holds one cube for a query and folds into it what it lacks of a cut, a block at a step. While it is held the cube stands for exactly the
 * rows of that cut or fewer, never more. Reused.
 */
public final class CubeFold {
    private final CubeStore store;
    private final BlockKernel kernel;
    private Cube cube;
    private Segment segment;
    private ShardCut cut;
    private int segmentIndex;
    private long rowCount;
    private int blockIndex;
    private CubeWants wants;
    /** Of the wanted metrics in the cube. */
    private int[] slots = new int[4];
    /** Of the wanted sketches: rows that the cube held when this fold began, and rows gathered by now. */
    private long[] sketchMarks = new long[2];
    private long[] sketchPositions = new long[2];
    private int[] sameCells = new int[0];
    private boolean failed;

    /** A fold that may share the kernel's arrays with whatever else its thread does. */
    public CubeFold(final CubeStore store, final BlockKernel kernel) {
        this.store = store;
        this.kernel = kernel;
    }

    /**
     * Takes hold of a segment's cube, made if it may be.
     *
     * @param isCostly whether the query's own rows cost less than folding all.
     * @return false if the segment is to be answered from its rows: the cube may not be, or stands for other rows than the cut's.
     */
    public boolean hold(
        final CubeWants newWants, final CubeLevel level, final ShardCut newCut, final int newSegmentIndex, final boolean isCostly) {
        wants = newWants;
        cut = newCut;
        segmentIndex = newSegmentIndex;
        segment = cut.segment(segmentIndex);
        rowCount = cut.rowCount(segmentIndex);
        final Cube found = store.find(segment.uid(), wants.key(), level);
        final Cube wanted = found != null ? found : store.admit(segment, rowCount, wants.key(), level, isCostly || wants.isFiltered());
        if (wanted == null || wanted.holders > 0 && wanted.heldRows != rowCount) {
            return false;
        }
        cube = wanted;
        cube.holders++;
        cube.heldRows = rowCount;
        store.touch(cube);
        if (!fit() || !findMetrics() || !findSketches() || isAhead()) {
            release();
            return false;
        }
        blockIndex = -1;
        failed = false;
        return true;
    }

    /** Folds rows of one block; returns how many, 0 if nothing is left to fold. */
    public int step() {
        final long from = leastMark();
        if (from >= rowCount) {
            return 0;
        }
        long to = rowCount;
        to = cube.rowsMark() > from ? Math.min(to, cube.rowsMark()) : to;
        for (int i = 0; i < wants.metricCount(); i++) {
            to = cube.mark(slots[i]) > from ? Math.min(to, cube.mark(slots[i])) : to;
        }
        for (int i = 0; i < wants.sketchCount(); i++) {
            to = sketchPositions[i] > from ? Math.min(to, sketchPositions[i]) : to;
        }
        findBlock(from);
        final Block block = segment.block(blockIndex);
        final long first = block.firstRow();
        to = Math.min(to, first + cut.rowsInBlock(segmentIndex, blockIndex));
        foldRows(block, from, to);
        store.counters().rowsFolded().getAndAddRelease(to - from);
        return (int) (to - from);
    }

    /** Rows that are yet to be folded. */
    public long rowsLeft() {
        return rowCount - leastMark();
    }

    /** Lets the cube go. */
    public void release() {
        if (cube != null) {
            cube.holders--;
            cube = null;
            segment = null;
            cut = null;
        }
    }

    /** Whether a cube is held. */
    public boolean isHeld() {
        return cube != null;
    }

    /** Whether a sketch became too large to be kept, and so for any query. */
    public boolean hasFailed() {
        return failed;
    }

    /** Level of the cube that is held. */
    public CubeLevel level() {
        return cube.level;
    }

    Cube cube() {
        return cube;
    }

    Segment segment() {
        return segment;
    }

    CubeStore store() {
        return store;
    }

    CubeWants wants() {
        return wants;
    }

    /** Where a wanted metric is in the cube. */
    int slot(final int index) {
        return slots[index];
    }

    private void foldRows(final Block block, final long from, final long to) {
        final long first = block.firstRow();
        kernel.begin(block, (int) (from - first), (int) (to - first));
        if (cube.level == CubeLevel.SPAN) {
            kernel.startKeys();
        } else {
            final long bucketUs = cube.level.bucketUs();
            kernel.startKeys(segment.spanStartUs(), bucketUs, segment.spanStartUs() / bucketUs);
        }
        for (int i = 0; i < cube.key.dimensionCount(); i++) {
            kernel.mixCodes(cube.key.dimension(i), cube.radix(i));
        }
        kernel.numberDense((int) cube.cells());
        for (int i = 0; i < wants.metricCount(); i++) {
            final int slot = slots[i];
            if (cube.mark(slot) == from) {
                kernel.aggregate(wants.metric(i), cube.recordsAddress(slot), cube.wanted(slot));
                cube.mark(slot, to);
            }
        }
        // after the metrics: the first may have counted the rows on the way
        if (cube.rowsMark() == from) {
            kernel.countRows(cube.rowsAddress());
            cube.rowsMark(to);
        }
        for (int i = 0; i < wants.sketchCount(); i++) {
            if (sketchPositions[i] == from) {
                if (from == sketchMarks[i]) {
                    wants.scanner(i).begin(segment, cut.blockCount(segmentIndex), (int) cube.cells());
                }
                wants.scanner(i).take(kernel);
                sketchPositions[i] = to;
                if (to == rowCount) {
                    keepSketch(i);
                }
            }
        }
    }

    private void keepSketch(final int index) {
        final CubeSketches sketches = cube.sketches();
        // another query may have gathered the same meanwhile
        if (sketches.mark(wants.sketch(index)) == sketchMarks[index]) {
            final int cells = (int) cube.cells();
            if (sameCells.length < cells) {
                sameCells = new int[cells];
                Arrays.setAll(sameCells, cell -> cell);
            }
            failed |= !sketches.add(wants.sketch(index), wants.scanner(index).end(), sameCells, cells, rowCount);
            store.account(cube);
        } else {
            // or found that it is too large, and it is gone
            failed |= sketches.mark(wants.sketch(index)) < rowCount;
        }
    }

    private boolean findSketches() {
        if (sketchMarks.length < wants.sketchCount()) {
            sketchMarks = new long[wants.sketchCount()];
            sketchPositions = new long[wants.sketchCount()];
        }
        for (int i = 0; i < wants.sketchCount(); i++) {
            sketchMarks[i] = cube.sketches().mark(wants.sketch(i));
            sketchPositions[i] = sketchMarks[i];
        }
        return wants.sketchCount() == 0 || cube.level == CubeLevel.SPAN;
    }

    private long leastMark() {
        long least = cube.rowsMark();
        for (int i = 0; i < wants.metricCount(); i++) {
            least = Math.min(least, cube.mark(slots[i]));
        }
        for (int i = 0; i < wants.sketchCount(); i++) {
            least = Math.min(least, sketchPositions[i]);
        }
        return least;
    }

    private boolean isAhead() {
        long greatest = cube.rowsMark();
        for (int i = 0; i < wants.metricCount(); i++) {
            greatest = Math.max(greatest, cube.mark(slots[i]));
        }
        for (int i = 0; i < wants.sketchCount(); i++) {
            greatest = Math.max(greatest, sketchMarks[i]);
        }
        return greatest > rowCount;
    }

    private boolean fit() {
        if (cube.fits(segment)) {
            return true;
        }
        if (cube.holders > 1) {
            return false;
        }
        if (store.isTooLarge(segment, rowCount, cube.key, cube.level) || !store.fit(cube, segment)) {
            store.remove(cube);
            return false;
        }
        return true;
    }

    private boolean findMetrics() {
        if (slots.length < wants.metricCount()) {
            slots = Arrays.copyOf(slots, wants.metricCount());
        }
        for (int i = 0; i < wants.metricCount(); i++) {
            // another query may be reading the records that would be made anew
            if (cube.holders > 1 && cube.lacks(wants.metric(i), wants.wanted(i))) {
                return false;
            }
            slots[i] = store.metric(cube, wants.metric(i), wants.wanted(i));
            if (slots[i] < 0) {
                return false;
            }
        }
        return true;
    }

    private void findBlock(final long row) {
        if (blockIndex < 0) {
            int low = 0;
            int high = cut.blockCount(segmentIndex) - 1;
            while (low < high) {
                final int middle = low + high + 1 >>> 1;
                if (segment.block(middle).firstRow() <= row) {
                    low = middle;
                } else {
                    high = middle - 1;
                }
            }
            blockIndex = low;
        }
        while (row < segment.block(blockIndex).firstRow()) {
            blockIndex--;
        }
        while (row >= segment.block(blockIndex).firstRow() + cut.rowsInBlock(segmentIndex, blockIndex)) {
            blockIndex++;
        }
    }
}
