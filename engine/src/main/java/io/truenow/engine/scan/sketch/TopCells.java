package io.truenow.engine.scan.sketch;

import io.truenow.format.sketch.Sketch;
import io.truenow.format.sketch.TopSketch;

import java.util.Arrays;

/** Rows by cell and lane code, exact. What travels are the values with the largest counts. */
final class TopCells extends SketchCells {
    /** Rows that it costs to add a pair. */
    private static final int PAIR_COST = 4;
    /** More is not copied at once. */
    private static final int MAX_SETTLED_PAIRS = 1 << 16;
    private static final int[] NONE = {};
    private static final long[] NO_COUNTS = {};

    private final LaneValues values;
    private final PairCounts pairs = new PairCounts();
    private final TopSketch sketch;
    /** The pairs with the largest counts of each cell, a heap of them with the least count first; and where a cell's begin. */
    private int[] chosen = NONE;
    private int[] starts = NONE;
    /** By cell: how many were chosen; while pairs are counted, how many there are. */
    private int[] sizes = NONE;
    /** By cell: the largest count left out. */
    private long[] omitted = NO_COUNTS;
    private Stage stage = Stage.COUNT;
    private int place;

    private enum Stage { COUNT, CHOOSE, READY }

    /** Without values they can be merged only. */
    TopCells(final int parameter, final LaneValues values) {
        this.values = values;
        this.sketch = new TopSketch(parameter);
    }

    /** Adds a cell's value, once, after {@link #clear}. */
    void append(final int cell, final int laneCode, final long count) {
        pairs.append(cell, laneCode, count);
    }

    @Override
    public void clear() {
        pairs.clear();
        isTooLarge(false);
        unprepare();
    }

    @Override
    int merge(final SketchCells other, final int from, final int[] targets, final int firstTarget, final int targetCount) {
        final PairCounts others = ((TopCells) other).pairs;
        final int end = Math.min(others.size(), from + MERGE_COST / PAIR_COST);
        int greatest = 0;
        for (int i = from; i < end; i++) {
            final int group = firstTarget + others.cell(i);
            greatest = group < targetCount ? Math.max(greatest, targets[group]) : greatest;
        }
        pairs.expect(greatest + 1, others.codeLimit());
        for (int i = from; i < end; i++) {
            final int group = firstTarget + others.cell(i);
            if (group < targetCount && targets[group] >= 0) {
                pairs.add(targets[group], others.code(i), others.count(i));
            }
        }
        unprepare();
        mergeCost((end - from) * PAIR_COST + 1);
        // what is full left values out, perhaps the most frequent one
        isTooLarge(isTooLarge() || other.isTooLarge() || others.isFull() || pairs.isFull());
        return end == others.size() || isTooLarge() ? -1 : end;
    }

    static long bytesAtMost(final long pairCount, final boolean isSettled) {
        return isSettled && pairCount <= MAX_SETTLED_PAIRS ? pairCount * PairCounts.PAIR_BYTES : pairCount * PairCounts.GROWING_PAIR_BYTES;
    }

    @Override
    public void settle() {
        if (pairs.size() <= MAX_SETTLED_PAIRS) {
            pairs.settle();
        }
    }

    @Override
    public long byteSize() {
        return 64 + pairs.byteSize() + (chosen.length + starts.length + sizes.length) * 4L + omitted.length * 8L
            + sketch.heapBytes();
    }

    @Override
    public int prepare() {
        return switch (stage) {
            case COUNT -> countPairs();
            case CHOOSE -> choosePairs();
            case READY -> 0;
        };
    }

    @Override
    public Sketch sketch(final int cell) {
        while (stage != Stage.READY) {
            prepare();
        }
        sketch.reset();
        if (cell >= sizes.length) {
            return sketch;
        }
        for (int i = starts[cell]; i < starts[cell] + sizes[cell]; i++) {
            final int code = pairs.code(chosen[i]);
            sketch.add(values.bytes(code), 0, values.length(code), pairs.count(chosen[i]));
        }
        sketch.omit(omitted[cell]);
        return sketch;
    }

    private void unprepare() {
        stage = Stage.COUNT;
        place = 0;
        chosen = NONE;
        starts = NONE;
        sizes = NONE;
        omitted = NO_COUNTS;
    }

    private int countPairs() {
        if (place == 0) {
            sizes = new int[pairs.cellLimit()];
        }
        final int from = place;
        final int end = Math.min(pairs.size(), from + SegmentSketch.SLICE);
        for (; place < end; place++) {
            sizes[pairs.cell(place)]++;
        }
        if (place == pairs.size()) {
            starts = new int[sizes.length + 1];
            for (int cell = 0; cell < sizes.length; cell++) {
                starts[cell + 1] = starts[cell] + Math.min(sizes[cell], sketch.capacity());
            }
            Arrays.fill(sizes, 0);
            chosen = new int[starts[sizes.length]];
            omitted = new long[sizes.length];
            stage = Stage.CHOOSE;
            place = 0;
        }
        return end - from + 1;
    }

    private int choosePairs() {
        final int from = place;
        final int end = Math.min(pairs.size(), from + SegmentSketch.SLICE / PAIR_COST);
        for (; place < end; place++) {
            choose(place, pairs.cell(place), pairs.count(place));
        }
        stage = place == pairs.size() ? Stage.READY : stage;
        return (end - from) * PAIR_COST + 1;
    }

    private void choose(final int pair, final int cell, final long count) {
        final int start = starts[cell];
        if (start + sizes[cell] < starts[cell + 1]) {
            chosen[start + sizes[cell]] = pair;
            siftUp(start, sizes[cell]++);
            return;
        }
        final long least = pairs.count(chosen[start]);
        if (count > least) {
            chosen[start] = pair;
            siftDown(start, sizes[cell]);
        }
        omitted[cell] = Math.max(omitted[cell], Math.min(count, least));
    }

    private void siftUp(final int start, final int from) {
        int at = from;
        while (at > 0 && countAt(start + at) < countAt(start + (at - 1 >>> 1))) {
            swap(start + at, start + (at - 1 >>> 1));
            at = at - 1 >>> 1;
        }
    }

    private void siftDown(final int start, final int size) {
        int at = 0;
        while (at * 2 + 1 < size) {
            int child = at * 2 + 1;
            if (child + 1 < size && countAt(start + child + 1) < countAt(start + child)) {
                child++;
            }
            if (countAt(start + at) <= countAt(start + child)) {
                return;
            }
            swap(start + at, start + child);
            at = child;
        }
    }

    private long countAt(final int index) {
        return pairs.count(chosen[index]);
    }

    private void swap(final int left, final int right) {
        final int kept = chosen[left];
        chosen[left] = chosen[right];
        chosen[right] = kept;
    }
}
