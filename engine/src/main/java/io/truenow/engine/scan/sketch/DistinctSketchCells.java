package io.truenow.engine.scan.sketch;

import io.truenow.format.sketch.DistinctSketch;
import io.truenow.format.sketch.Sketch;

import java.util.Arrays;

/** Distinct values of a result's groups as sketches that other lanes' merge with. Small ones are exact. */
final class DistinctSketchCells extends SketchCells {
    private static final int KEPT_CELLS = 1_024;
    /** Rows that it costs to hash a value, to look up a register, and to merge registers. */
    private static final int HASH_COST = 16;
    private static final int REGISTER_COST = 4;
    private static final int SKETCH_COST = 256;

    private final int parameter;
    private final LaneValues values;
    private final DistinctSketch none;
    private DistinctSketch[] sketches = new DistinctSketch[0];
    /** Of the cell under way. */
    private byte[] made;
    private int cost;
    private long byteSize;

    DistinctSketchCells(final int parameter, final LaneValues values) {
        this.parameter = parameter;
        this.values = values;
        this.none = new DistinctSketch(parameter);
    }

    @Override
    public void clear() {
        isTooLarge(false);
        made = null;
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
    int merge(final SketchCells other, final int from, final int[] targets, final int firstTarget, final int targetCount) {
        final DistinctCells cells = (DistinctCells) other;
        isTooLarge(isTooLarge() || other.isTooLarge());
        final int chunks = cells.sets().chunkCount();
        cost = 1;
        int at = from;
        while (at < chunks && cost < MERGE_COST && !isTooLarge()) {
            final int cell = cells.sets().cellAt(at);
            final int end = cells.sets().endOf(cell);
            final int group = firstTarget + cell;
            if (group >= targetCount || targets[group] < 0) {
                at = end;
                cost++;
            } else {
                final DistinctSketch target = use(targets[group]);
                final long before = target.heapBytes();
                at = add(target, cells, cell, at, end);
                byteSize += target.heapBytes() - before;
            }
        }
        mergeCost(cost);
        return at < chunks && !isTooLarge() ? at : -1;
    }

    /** Adds a cell's values from a chunk on; returns the chunk to go on with. */
    private int add(final DistinctSketch target, final DistinctCells cells, final int cell, final int at, final int end) {
        final CodeSets sets = cells.sets();
        final int length = 1 << target.parameter();
        final byte[] known = cells.registers(cell, length);
        if (made == null && known != null) {
            target.update(known, 0);
            cost += SKETCH_COST;
            return end;
        }
        final long count = made == null ? sets.count(cell) : 0;
        if (made == null && count <= target.maxHashes()) {
            sets.forEach(cell, code -> target.update(values.hash(code)));
            cost += HASH_COST * (int) count;
            return end;
        }
        if (made == null) {
            made = new byte[length];
            values.useRegisters(target.parameter());
        }
        cost += REGISTER_COST * sets.raise(at, values, made);
        if (at + 1 == end) {
            cost += SKETCH_COST;
            cells.keepRegisters(cell, made);
            target.update(made, 0);
            made = null;
        }
        return at + 1;
    }

    @Override
    public long byteSize() {
        return 64 + sketches.length * 4L + byteSize;
    }

    @Override
    public Sketch sketch(final int cell) {
        return cell < sketches.length && sketches[cell] != null ? sketches[cell] : none;
    }

    private DistinctSketch use(final int cell) {
        if (cell >= sketches.length) {
            sketches = Arrays.copyOf(sketches, Math.max(cell + 1, sketches.length * 2));
        }
        if (sketches[cell] == null) {
            sketches[cell] = new DistinctSketch(parameter);
            byteSize += sketches[cell].heapBytes();
        }
        return sketches[cell];
    }
}
