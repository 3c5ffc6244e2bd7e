package io.truenow.hottier.sketch;

import io.truenow.client.sketch.QuantileSketch;
import io.truenow.client.sketch.Sketch;

import java.util.Arrays;

/** A quantile sketch for each cell. */
final class QuantileCells extends SketchCells {
    private static final int KEPT_CELLS = 1_024;

    private final int parameter;
    private final QuantileSketch none;
    private QuantileSketch[] sketches = new QuantileSketch[0];
    private long byteSize;

    QuantileCells(final int parameter) {
        this.parameter = parameter;
        this.none = new QuantileSketch(parameter);
    }

    /** The cell's sketch, to be added to. */
    QuantileSketch use(final int cell) {
        if (cell >= sketches.length) {
            sketches = Arrays.copyOf(sketches, Math.max(cell + 1, sketches.length * 2));
        }
        if (sketches[cell] == null) {
            sketches[cell] = new QuantileSketch(parameter);
            byteSize += sketches[cell].heapBytes();
        }
        return sketches[cell];
    }

    @Override
    public void clear() {
        isTooLarge(false);
        if (sketches.length > KEPT_CELLS) {
            sketches = new QuantileSketch[0];
            byteSize = 0;
        }
        for (final QuantileSketch sketch : sketches) {
            if (sketch != null) {
                sketch.reset();
            }
        }
    }

    @Override
    public boolean merge(final SketchCells other, final int[] targets, final int count) {
        final QuantileSketch[] others = ((QuantileCells) other).sketches;
        for (int cell = 0; cell < Math.min(count, others.length); cell++) {
            if (targets[cell] >= 0 && others[cell] != null && !others[cell].isEmpty()) {
                final QuantileSketch target = use(targets[cell]);
                final long before = target.heapBytes();
                target.merge(others[cell]);
                byteSize += target.heapBytes() - before;
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
        final QuantileCells copy = new QuantileCells(parameter);
        copy.isTooLarge(isTooLarge());
        for (int cell = 0; cell < sketches.length; cell++) {
            if (sketches[cell] != null && !sketches[cell].isEmpty()) {
                final QuantileSketch sketch = new QuantileSketch(parameter);
                sketch.merge(sketches[cell]);
                sketch.trim();
                if (cell >= copy.sketches.length) {
                    copy.sketches = Arrays.copyOf(copy.sketches, sketches.length);
                }
                copy.sketches[cell] = sketch;
                copy.byteSize += sketch.heapBytes();
            }
        }
        return copy;
    }

    @Override
    public Sketch sketch(final int cell) {
        return cell < sketches.length && sketches[cell] != null ? sketches[cell] : none;
    }
}
