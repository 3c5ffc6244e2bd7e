package io.truenow.hottier.sketch;

import io.truenow.client.sketch.DistinctSketch;
import io.truenow.client.sketch.Sketch;

import java.util.Arrays;

/** Distinct values of a result's groups as sketches that other lanes' merge with. Small ones are exact. */
final class DistinctSketchCells extends SketchCells {
    private static final int KEPT_CELLS = 1_024;

    private final int parameter;
    private final LaneValues values;
    private final DistinctSketch none;
    private DistinctSketch[] sketches = new DistinctSketch[0];
    private long byteSize;

    DistinctSketchCells(final int parameter, final LaneValues values) {
        this.parameter = parameter;
        this.values = values;
        this.none = new DistinctSketch(parameter);
    }

    @Override
    public void clear() {
        isTooLarge(false);
        if (sketches.length > KEPT_CELLS) {
            sketches = new DistinctSketch[0];
            byteSize = 0;
        }
        for (final DistinctSketch sketch : sketches) {
            if (sketch != null) {
                sketch.reset();
            }
        }
    }

    @Override
    public boolean merge(final SketchCells other, final int[] targets, final int count) {
        final DistinctCells cells = (DistinctCells) other;
        final int limit = Math.min(count, cells.cellLimit());
        for (int cell = 0; cell < limit; cell++) {
            final int target = targets[cell];
            if (target >= 0) {
                if (target >= sketches.length) {
                    sketches = Arrays.copyOf(sketches, Math.max(target + 1, sketches.length * 2));
                }
                if (sketches[target] == null) {
                    sketches[target] = new DistinctSketch(parameter);
                    byteSize += sketches[target].heapBytes();
                }
                final long before = sketches[target].heapBytes();
                cells.addTo(sketches[target], cell, values);
                byteSize += sketches[target].heapBytes() - before;
            }
        }
        isTooLarge(isTooLarge() || other.isTooLarge() || byteSize > MAX_RESULT_BYTES);
        return !isTooLarge();
    }

    @Override
    public long byteSize() {
        return 64 + sketches.length * 4L + byteSize;
    }

    @Override
    public SketchCells copy() {
        throw new UnsupportedOperationException("a cube keeps sets of codes");
    }

    @Override
    public Sketch sketch(final int cell) {
        return cell < sketches.length && sketches[cell] != null ? sketches[cell] : none;
    }
}
