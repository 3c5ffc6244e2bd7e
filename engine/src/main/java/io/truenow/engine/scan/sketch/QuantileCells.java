package io.truenow.engine.scan.sketch;

import io.truenow.format.sketch.QuantileSketch;
import io.truenow.format.sketch.Sketch;

import java.util.Arrays;

/** A quantile sketch for each cell. */
final class QuantileCells extends SketchCells {
    private static final int KEPT_CELLS = 1_024;
    /** Rows that it costs to merge a bucket, and to look at a sketch. */
    private static final int BUCKET_COST = 4;
    private static final int SKETCH_COST = 4;

    private final int parameter;
    private final QuantileSketch none;
    private QuantileSketch[] sketches = new QuantileSketch[0];
    private long byteSize;
    private long bytesBefore;

    QuantileCells(final int parameter) {
        this.parameter = parameter;
        this.none = new QuantileSketch(parameter);
    }

    /** The cell's sketch, to be added to; {@link #used} follows. */
    QuantileSketch use(final int cell) {
        if (cell >= sketches.length) {
            sketches = Arrays.copyOf(sketches, Math.max(cell + 1, sketches.length * 2));
        }
        if (sketches[cell] == null) {
            sketches[cell] = new QuantileSketch(parameter);
            byteSize += sketches[cell].heapBytes();
        }
        bytesBefore = sketches[cell].heapBytes();
        return sketches[cell];
    }

    /** A cell's sketch was added to. */
    void used(final int cell) {
        byteSize += sketches[cell].heapBytes() - bytesBefore;
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
    int merge(final SketchCells other, final int from, final int[] targets, final int firstTarget, final int targetCount) {
        final QuantileSketch[] others = ((QuantileCells) other).sketches;
        isTooLarge(isTooLarge() || other.isTooLarge());
        int cost = 1;
        int cell = from;
        for (; cell < others.length && cost < MERGE_COST && !isTooLarge(); cell++) {
            final int group = firstTarget + cell;
            if (group < targetCount && targets[group] >= 0 && others[cell] != null && !others[cell].isEmpty()) {
                final QuantileSketch target = use(targets[group]);
                cost += (others[cell].bucketCount() + target.bucketCount()) * BUCKET_COST;
                target.merge(others[cell]);
                used(targets[group]);
            }
            cost += SKETCH_COST;
        }
        mergeCost(cost);
        return cell < others.length && !isTooLarge() ? cell : -1;
    }

    @Override
    public long byteSize() {
        return 64 + sketches.length * 4L + byteSize;
    }

    @Override
    public Sketch sketch(final int cell) {
        return cell < sketches.length && sketches[cell] != null ? sketches[cell] : none;
    }
}
