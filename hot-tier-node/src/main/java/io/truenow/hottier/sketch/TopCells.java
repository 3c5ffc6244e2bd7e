package io.truenow.hottier.sketch;

import io.truenow.client.sketch.Sketch;
import io.truenow.client.sketch.TopSketch;

import java.util.Arrays;

/** Rows by cell and lane code, exact. What travels are the values with the largest counts. */
final class TopCells extends SketchCells {
    /** Rows that it costs to add a pair. */
    private static final int PAIR_COST = 4;

    private final LaneValues values;
    private final PairCounts pairs = new PairCounts();
    private final TopSketch sketch;
    /** Pairs by cell, made when asked for after a change. */
    private int[] byCell = new int[0];
    private int[] cellStarts = new int[0];
    private boolean isSorted;
    /** The largest counts, the least of them first: a heap of pairs. */
    private int[] heap = new int[0];

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
        isSorted = false;
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
        isSorted = false;
        mergeCost((end - from) * PAIR_COST + 1);
        // what is full left values out, perhaps the most frequent one
        isTooLarge(isTooLarge() || other.isTooLarge() || others.isFull() || pairs.isFull());
        return end == others.size() || isTooLarge() ? -1 : end;
    }

    @Override
    public long byteSize() {
        return 64 + pairs.byteSize() + (byCell.length + cellStarts.length + heap.length) * 4L + sketch.heapBytes();
    }

    @Override
    public Sketch sketch(final int cell) {
        sort();
        sketch.reset();
        if (cell + 1 >= cellStarts.length) {
            return sketch;
        }
        final int capacity = sketch.capacity();
        if (heap.length < capacity) {
            heap = new int[capacity];
        }
        int size = 0;
        long omitted = 0;
        for (int i = cellStarts[cell]; i < cellStarts[cell + 1]; i++) {
            final int pair = byCell[i];
            if (size < capacity) {
                heap[size++] = pair;
                siftUp(size - 1);
            } else if (pairs.count(pair) > pairs.count(heap[0])) {
                omitted = Math.max(omitted, pairs.count(heap[0]));
                heap[0] = pair;
                siftDown(size);
            } else {
                omitted = Math.max(omitted, pairs.count(pair));
            }
        }
        for (int i = 0; i < size; i++) {
            final int code = pairs.code(heap[i]);
            sketch.add(values.bytes(code), 0, values.length(code), pairs.count(heap[i]));
        }
        sketch.omit(omitted);
        return sketch;
    }

    private void siftUp(final int from) {
        int at = from;
        while (at > 0 && pairs.count(heap[at]) < pairs.count(heap[at - 1 >>> 1])) {
            swap(at, at - 1 >>> 1);
            at = at - 1 >>> 1;
        }
    }

    private void siftDown(final int size) {
        int at = 0;
        while (at * 2 + 1 < size) {
            int child = at * 2 + 1;
            if (child + 1 < size && pairs.count(heap[child + 1]) < pairs.count(heap[child])) {
                child++;
            }
            if (pairs.count(heap[at]) <= pairs.count(heap[child])) {
                return;
            }
            swap(at, child);
            at = child;
        }
    }

    private void swap(final int left, final int right) {
        final int kept = heap[left];
        heap[left] = heap[right];
        heap[right] = kept;
    }

    /** Orders pairs by cell, by counting. */
    private void sort() {
        if (isSorted) {
            return;
        }
        int cells = 0;
        for (int i = 0; i < pairs.size(); i++) {
            cells = Math.max(cells, pairs.cell(i) + 1);
        }
        cellStarts = new int[cells + 1];
        byCell = new int[pairs.size()];
        for (int i = 0; i < pairs.size(); i++) {
            cellStarts[pairs.cell(i) + 1]++;
        }
        for (int i = 0; i < cells; i++) {
            cellStarts[i + 1] += cellStarts[i];
        }
        final int[] next = Arrays.copyOf(cellStarts, cells);
        for (int i = 0; i < pairs.size(); i++) {
            byCell[next[pairs.cell(i)]++] = i;
        }
        isSorted = true;
    }
}
