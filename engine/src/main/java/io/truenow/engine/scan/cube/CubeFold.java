package io.truenow.engine.scan.cube;

import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.scan.sketch.SketchTransfer;
import io.truenow.engine.scan.sketch.SketchWish;
import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;

import java.util.Arrays;

/**
 * Holds one cube for a query and folds into it what it lacks of a cut, a block at a step. While it is held the cube stands for exactly the
 * rows of that cut or fewer, never more. Reused.
 */
public final class CubeFold {
    /** Of a step that waits for another query: its turn is over. */
    private static final int WAIT_COST = 1 << 16;

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
    private final SketchTransfer transfer = new SketchTransfer();
    /** The wanted sketch to which gathered rows are being added, -1 for none; and whether it is open. */
    private int keeping = -1;
    private boolean isOpened;
    private int stepCost;
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
        if (!store.hasRoomForSketches(segment, rowCount, wants, level)) {
            return false;
        }
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
        keeping = -1;
        failed = false;
        return true;
    }

    /** Folds some blocks of together about so many rows, one at least, and returns how many; or adds some of what a sketch gathered. */
    public int step(final int maxRows) {
        if (keeping >= 0) {
            keepSketch();
            return 0;
        }
        final long from = leastMark();
        if (from >= rowCount) {
            stepCost = 1;
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
        final long wantedEnd = Math.min(to, from + maxRows);
        long row = from;
        boolean isDone = false;
        try {
            row = foldBlocks(from, wantedEnd, to);
            isDone = true;
        } finally {
            if (!isDone) {
                startOver(from);
            }
        }
        cube.moveMarks(slots, wants.metricCount(), from, row);
        store.counters().rowsFolded().getAndAddRelease(row - from);
        stepCost = (int) (row - from);
        return stepCost;
    }

    /** What the last step cost, in rows. */
    public int stepCost() {
        return stepCost;
    }

    /** Whether nothing is left to fold. */
    public boolean isOver() {
        return keeping < 0 && leastMark() >= rowCount;
    }

    /** Lets the cube go. A sketch that is being added to is first completed: half of it would be good for nothing. */
    public void release() {
        if (cube != null) {
            while (isOpened) {
                keepSketch();
            }
            keeping = -1;
            store.account(cube);
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

    private long foldBlocks(final long from, final long wantedEnd, final long to) {
        kernel.beginRun(cube.rowsMark() == from ? cube.rowsAddress() : 0);
        long row = from;
        while (row < wantedEnd) {
            findBlock(row);
            final Block block = segment.block(blockIndex);
            final long end = Math.min(to, block.firstRow() + cut.rowsInBlock(segmentIndex, blockIndex));
            foldRows(block, from, row, end);
            row = end;
        }
        kernel.endRun();
        return row;
    }

    /** A step failed: nobody knows which of its rows are in, so what it was folding into is emptied. No reader needs that yet. */
    private void startOver(final long from) {
        cube.startOver(slots, wants.metricCount(), from);
        System.arraycopy(sketchMarks, 0, sketchPositions, 0, wants.sketchCount());
        keeping = -1;
        blockIndex = -1;
    }

    /** Folds rows of a block into what held just those before the step. */
    private void foldRows(final Block block, final long stepFrom, final long from, final long to) {
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
            if (cube.mark(slot) == stepFrom && isFirstOf(i)) {
                kernel.aggregate(wants.metric(i), cube.recordsAddress(slot), cube.wanted(slot));
            }
        }
        // after the metrics: the first may have counted the rows on the way
        if (cube.rowsMark() == stepFrom) {
            kernel.countRows(cube.rowsAddress());
        }
        for (int i = 0; i < wants.sketchCount(); i++) {
            if (sketchPositions[i] == from) {
                if (from == sketchMarks[i]) {
                    wants.scanner(i).begin(segment, cut.blockCount(segmentIndex), (int) cube.cells());
                }
                wants.scanner(i).take(kernel);
                sketchPositions[i] = to;
            }
        }
        nextToKeep(0);
    }

    /** Looks for a sketch whose rows are all gathered but not yet added. */
    private void nextToKeep(final int first) {
        keeping = -1;
        for (int i = wants.sketchCount() - 1; i >= first; i--) {
            keeping = sketchPositions[i] == rowCount && sketchMarks[i] < rowCount ? i : keeping;
        }
    }

    /** Whether no wanted metric before is the same. */
    private boolean isFirstOf(final int index) {
        for (int i = 0; i < index; i++) {
            if (slots[i] == slots[index]) {
                return false;
            }
        }
        return true;
    }

    private void keepSketch() {
        final SketchWish wish = wants.sketch(keeping);
        final CubeSketches sketches = cube.sketches();
        if (!isOpened) {
            beginToKeep(wish, sketches);
            return;
        }
        addSketch(wish, sketches);
        if (transfer.isOver()) {
            isOpened = false;
            failed |= transfer.hasFailed();
            if (transfer.hasFailed()) {
                sketches.abandon(wish);
            } else {
                sketches.close(wish, rowCount, !segment.isOpen());
            }
            kept();
        }
        store.account(cube);
    }

    /** Half of a sketch is good for nothing, so one that could not be added to goes. */
    private void addSketch(final SketchWish wish, final CubeSketches sketches) {
        boolean isDone = false;
        try {
            stepCost = transfer.step();
            isDone = true;
        } finally {
            if (!isDone) {
                isOpened = false;
                keeping = -1;
                sketches.abandon(wish);
            }
        }
    }

    private void beginToKeep(final SketchWish wish, final CubeSketches sketches) {
        if (sketches.isOpen(wish)) {
            // of another query, which has gathered the same
            stepCost = WAIT_COST;
        } else if (sketches.mark(wish) != sketchMarks[keeping]) {
            // another query has added it, or found that it is too large, and it is gone
            failed |= sketches.mark(wish) < rowCount;
            stepCost = 1;
            kept();
        } else {
            final int cells = (int) cube.cells();
            if (sameCells.length < cells) {
                sameCells = new int[cells];
                Arrays.setAll(sameCells, cell -> cell);
            }
            transfer.begin(wants.scanner(keeping), sketches.open(wish), sameCells, cells);
            isOpened = true;
            stepCost = 1;
        }
    }

    private void kept() {
        final int index = keeping;
        sketchMarks[index] = rowCount;
        nextToKeep(index + 1);
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
