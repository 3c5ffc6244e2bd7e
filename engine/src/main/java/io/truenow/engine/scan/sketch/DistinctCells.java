package io.truenow.engine.scan.sketch;

import io.truenow.format.sketch.DistinctSketch;
import io.truenow.format.sketch.Sketch;

import java.util.Arrays;

/**
 * Distinct values as sets of lane codes, exact. Registers that were made of a cell of a cube stay with it until cells change, so that they
 * are made once and not for each query.
 */
final class DistinctCells extends SketchCells {
    private static final long MAX_TRIMMED_BYTES = 1 << 22;

    private final CodeSets sets = new CodeSets();
    private final DistinctSketch sketch;
    private final boolean keepsRegisters;
    /** By cell, null where they were not asked for or the set is small. */
    private byte[][] registers = new byte[0][];
    private long registerBytes;

    DistinctCells(final int parameter, final boolean keepsRegisters) {
        this.sketch = new DistinctSketch(parameter);
        this.keepsRegisters = keepsRegisters;
    }

    void add(final int cell, final int laneCode) {
        sets.add(cell, laneCode);
    }

    void addChunk(final int cell, final int number, final long[] bits, final int from) {
        sets.addChunk(cell, number, bits, from);
    }

    CodeSets sets() {
        return sets;
    }

    /** Registers of a cell, if so many are known. */
    byte[] registers(final int cell, final int length) {
        final byte[] known = cell < registers.length ? registers[cell] : null;
        return known != null && known.length == length ? known : null;
    }

    /** Registers were made of a cell. */
    void keepRegisters(final int cell, final byte[] made) {
        if (!keepsRegisters) {
            return;
        }
        if (registers.length <= cell) {
            registers = Arrays.copyOf(registers, sets.cellLimit());
        }
        registerBytes += made.length - (registers[cell] == null ? 0 : registers[cell].length);
        registers[cell] = made;
    }

    @Override
    public void clear() {
        sets.clear();
        isTooLarge(false);
        forgetRegisters();
    }

    @Override
    int merge(final SketchCells other, final int from, final int[] targets, final int firstTarget, final int targetCount) {
        final int next = sets.addSome(((DistinctCells) other).sets, from, targets, firstTarget, targetCount);
        mergeCost(sets.addCost());
        forgetRegisters();
        isTooLarge(isTooLarge() || other.isTooLarge());
        return isTooLarge() ? -1 : next;
    }

    @Override
    public long byteSize() {
        return 64 + sets.byteSize() + registers.length * 4L + registerBytes;
    }

    @Override
    public void trim() {
        if (byteSize() <= MAX_TRIMMED_BYTES) {
            sets.trim();
        }
    }

    /** The exact count. */
    @Override
    public Sketch sketch(final int cell) {
        sketch.count(sets.count(cell));
        return sketch;
    }

    private void forgetRegisters() {
        if (registerBytes > 0) {
            registers = new byte[0][];
            registerBytes = 0;
        }
    }
}
