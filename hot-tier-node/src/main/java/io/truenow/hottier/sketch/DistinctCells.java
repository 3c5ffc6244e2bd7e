package io.truenow.hottier.sketch;

import io.truenow.client.sketch.DistinctSketch;
import io.truenow.client.sketch.Sketch;

import java.util.Arrays;

/**
 * Distinct values as sets of lane codes, exact. What travels is made of a cell's set; registers, once made for a cell of a cube, stay with
 * it until the cell changes.
 */
final class DistinctCells extends SketchCells {
    private final LaneValues values;
    private final CodeSets sets;
    private final DistinctSketch sketch;
    /** By cell, null where they were not asked for or the set is small. */
    private byte[][] registers = new byte[0][];
    private long registerBytes;

    DistinctCells(final int parameter, final LaneValues values) {
        this(new CodeSets(), parameter, values);
    }

    private DistinctCells(final CodeSets sets, final int parameter, final LaneValues values) {
        this.sets = sets;
        this.values = values;
        this.sketch = new DistinctSketch(parameter);
    }

    void add(final int cell, final int laneCode) {
        sets.add(cell, laneCode);
    }

    void addChunk(final int cell, final int number, final long[] bits, final int from) {
        sets.addChunk(cell, number, bits, from);
    }

    /** Cells are below this. */
    int cellLimit() {
        return sets.cellLimit();
    }

    @Override
    public void clear() {
        sets.clear();
        isTooLarge(false);
        forgetRegisters();
    }

    @Override
    public boolean merge(final SketchCells other, final int[] targets, final int count) {
        sets.addAll(((DistinctCells) other).sets, targets, count);
        forgetRegisters();
        isTooLarge(isTooLarge() || other.isTooLarge() || sets.byteSize() > MAX_RESULT_BYTES);
        return !isTooLarge();
    }

    @Override
    public long byteSize() {
        return 64 + sets.byteSize() + registers.length * 4L + registerBytes;
    }

    @Override
    public SketchCells copy() {
        final DistinctCells copy = new DistinctCells(sets.copy(), sketch.parameter(), values);
        copy.isTooLarge(isTooLarge());
        return copy;
    }

    /** The exact count. */
    @Override
    public Sketch sketch(final int cell) {
        sketch.count(sets.count(cell));
        return sketch;
    }

    /** Adds a cell's values to a sketch. */
    void addTo(final DistinctSketch target, final int cell, final LaneValues laneValues) {
        final int length = 1 << target.parameter();
        if (cell < registers.length && registers[cell] != null && registers[cell].length == length) {
            target.update(registers[cell], 0);
            return;
        }
        final long count = sets.count(cell);
        if (count <= target.maxHashes()) {
            sets.forEach(cell, code -> target.update(laneValues.hash(code)));
            return;
        }
        final byte[] made = new byte[length];
        laneValues.useRegisters(target.parameter());
        sets.raise(cell, laneValues, made);
        if (registers.length <= cell) {
            registers = Arrays.copyOf(registers, sets.cellLimit());
        }
        registerBytes += length;
        registers[cell] = made;
        target.update(made, 0);
    }

    private void forgetRegisters() {
        if (registerBytes > 0) {
            registers = new byte[0][];
            registerBytes = 0;
        }
    }
}
