package io.truenow.format.sketch;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.apache.datasketches.hll.HllSketch;

import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * How many different values there are, by their {@link ValueHash}. Up to {@code 2^parameter / 8} values it keeps the hashes themselves and
 * counts exactly (but for two values with one hash, once in 2^64 / n^2 / 2). With more it is HyperLogLog: a byte for each of
 * {@code 2^parameter} registers, the greatest number of leading zeros seen (docs/adr/0009). The estimate and its bounds are those of Apache
 * DataSketches' HLL, which reads the registers in its own published form. The same hashes give the same registers in any order.
 *
 * <p>Forms on the wire: 1 a count, exact, from the only one who was asked; 2 hashes, sorted; 3 registers in four bits, less the least
 * (detail), 15 standing for a byte in the list behind.
 */
public final class DistinctSketch implements Sketch {
    private static final int FORM_COUNT = 1;
    private static final int FORM_HASHES = 2;
    private static final int FORM_REGISTERS = 3;
    private static final int ESCAPE = 15;
    private static final int BOUND_DEVIATIONS = 3;
    private static final int HASHES_PER_REGISTER_SHIFT = 3;

    private final int registersShift;
    private final int maxHashes;
    /** Open addressing, 0 is free. */
    private long[] hashes = new long[8];
    private int hashCount;
    /** Null until there are too many values. */
    private byte[] registers;
    private boolean hasRegisters;
    private long exactCount;
    private boolean isCounted;
    private HllSketch estimator;

    /** Empty, with {@code 2^parameter} registers; 0 for the usual number. */
    public DistinctSketch(final int parameter) {
        if (!SketchKind.DISTINCT.accepts(parameter)) {
            throw new IllegalArgumentException("a distinct count has 2^10 to 2^14 registers, not 2^" + parameter);
        }
        registersShift = SketchKind.DISTINCT.orUsual(parameter);
        maxHashes = 1 << registersShift - HASHES_PER_REGISTER_SHIFT;
    }

    @Override
    public SketchKind kind() {
        return SketchKind.DISTINCT;
    }

    @Override
    public int parameter() {
        return registersShift;
    }

    @Override
    public boolean isEmpty() {
        return hashCount == 0 && !hasRegisters && exactCount == 0;
    }

    @Override
    public void reset() {
        Arrays.fill(hashes, 0);
        hashCount = 0;
        hasRegisters = false;
        exactCount = 0;
        isCounted = false;
        estimator = null;
    }

    /** So many values are kept as hashes and counted exactly. */
    public int maxHashes() {
        return maxHashes;
    }

    /** Adds a value by its {@link ValueHash}. Not after {@link #count}. */
    public void update(final long valueHash) {
        estimator = null;
        if (hasRegisters) {
            final int index = HashRegisters.index(valueHash, registersShift);
            registers[index] = (byte) Math.max(registers[index], HashRegisters.value(valueHash, registersShift));
        } else {
            add(valueHash == 0 ? 1 : valueHash);
        }
    }

    /** Adds another's registers, as many as this has. */
    public void update(final byte[] otherRegisters, final int offset) {
        estimator = null;
        useRegisters();
        HashRegisters.merge(registers, 0, otherRegisters, offset, 1 << registersShift);
    }

    /** Adds another with as many registers; it stays as it is. Neither is an exact count. */
    public void merge(final DistinctSketch other) {
        if (other.hasRegisters) {
            update(other.registers, 0);
            return;
        }
        for (final long hash : other.hashes) {
            if (hash != 0) {
                update(hash);
            }
        }
    }

    /** Makes it an exact count, which merges with nothing: for the only one who is asked. */
    public void count(final long valueCount) {
        reset();
        isCounted = true;
        exactCount = valueCount;
    }

    /** Whether the estimate is the count. */
    public boolean isExact() {
        return !hasRegisters;
    }

    /** The count, or the best guess at it. */
    public double estimate() {
        return hasRegisters ? atLeastSeen(estimator().getEstimate()) : hashCount + exactCount;
    }

    /** The count is hardly below this. */
    public double lowerBound() {
        return hasRegisters ? atLeastSeen(estimator().getLowerBound(BOUND_DEVIATIONS)) : hashCount + exactCount;
    }

    /** The count is hardly above this. */
    public double upperBound() {
        return hasRegisters ? atLeastSeen(estimator().getUpperBound(BOUND_DEVIATIONS)) : hashCount + exactCount;
    }

    @Override
    public SketchMerge merge(final DirectBuffer buffer, final int offset, final int length) {
        final SketchMerge check = SketchBytes.check(buffer, offset, length, this);
        if (check != SketchMerge.MERGED) {
            return check;
        }
        return switch (SketchBytes.form(buffer, offset)) {
            case FORM_COUNT -> mergeCount(buffer, offset + SketchBytes.HEAD_BYTES, length - SketchBytes.HEAD_BYTES);
            case FORM_HASHES -> mergeHashes(buffer, offset + SketchBytes.HEAD_BYTES, length - SketchBytes.HEAD_BYTES);
            case FORM_REGISTERS -> mergeRegisters(buffer, offset, length);
            default -> SketchMerge.MALFORMED;
        };
    }

    @Override
    public int maxLengthBytes() {
        return SketchBytes.HEAD_BYTES + (hasRegisters ? 1 << registersShift : Math.max(1, hashCount) * Long.BYTES);
    }

    @Override
    public int serialize(final MutableDirectBuffer target, final int offset) {
        final int length;
        if (hasRegisters) {
            length = putRegisters(target, offset);
        } else if (isCounted) {
            target.putLong(offset + SketchBytes.HEAD_BYTES, exactCount, ByteOrder.LITTLE_ENDIAN);
            length = SketchBytes.HEAD_BYTES + Long.BYTES;
            SketchBytes.seal(target, offset, length, this, FORM_COUNT, 0);
        } else {
            length = putHashes(target, offset);
        }
        return length;
    }

    @Override
    public long heapBytes() {
        return 80L + (long) hashes.length * Long.BYTES + (registers == null ? 0 : registers.length);
    }

    /** Registers are used from one value more on than are kept as hashes; the estimator does not know that. */
    private double atLeastSeen(final double estimated) {
        return Math.max(maxHashes + 1, estimated);
    }

    private SketchMerge mergeCount(final DirectBuffer buffer, final int at, final int length) {
        final long other = length == Long.BYTES ? buffer.getLong(at, ByteOrder.LITTLE_ENDIAN) : -1;
        if (other < 0) {
            return SketchMerge.MALFORMED;
        }
        if (!isEmpty() && other != 0) {
            return SketchMerge.MISMATCH;
        }
        if (isEmpty()) {
            count(other);
        }
        return SketchMerge.MERGED;
    }

    private SketchMerge mergeHashes(final DirectBuffer buffer, final int at, final int length) {
        final int count = length / Long.BYTES;
        if (length % Long.BYTES != 0 || count > maxHashes) {
            return SketchMerge.MALFORMED;
        }
        long last = 0;
        for (int i = 0; i < count; i++) {
            final long hash = buffer.getLong(at + i * Long.BYTES, ByteOrder.LITTLE_ENDIAN);
            if (hash == 0 || i > 0 && hash <= last) {
                return SketchMerge.MALFORMED;
            }
            last = hash;
        }
        if (exactCount != 0 && count > 0) {
            return SketchMerge.MISMATCH;
        }
        isCounted &= count == 0;
        for (int i = 0; i < count; i++) {
            update(buffer.getLong(at + i * Long.BYTES, ByteOrder.LITTLE_ENDIAN));
        }
        return SketchMerge.MERGED;
    }

    private SketchMerge mergeRegisters(final DirectBuffer buffer, final int offset, final int length) {
        final int count = 1 << registersShift;
        final int base = SketchBytes.detail(buffer, offset);
        final int nibbles = offset + SketchBytes.HEAD_BYTES;
        final int max = HashRegisters.maxValue(registersShift);
        if (length < SketchBytes.HEAD_BYTES + count / 2 || base > max) {
            return SketchMerge.MALFORMED;
        }
        int escapes = 0;
        int greatest = 0;
        for (int i = 0; i < count / 2; i++) {
            final int pair = buffer.getByte(nibbles + i) & 0xFF;
            escapes += ((pair & ESCAPE) == ESCAPE ? 1 : 0) + (pair >>> 4 == ESCAPE ? 1 : 0);
            greatest = Math.max(greatest, Math.max((pair & ESCAPE) % ESCAPE, (pair >>> 4) % ESCAPE));
        }
        final int escapesAt = nibbles + count / 2;
        if (length != SketchBytes.HEAD_BYTES + count / 2 + escapes || base + greatest > max) {
            return SketchMerge.MALFORMED;
        }
        for (int i = 0; i < escapes; i++) {
            final int value = buffer.getByte(escapesAt + i) & 0xFF;
            if (value < base + ESCAPE || value > max) {
                return SketchMerge.MALFORMED;
            }
        }
        if (exactCount != 0) {
            return SketchMerge.MISMATCH;
        }
        isCounted = false;
        estimator = null;
        useRegisters();
        int escape = escapesAt;
        for (int i = 0; i < count; i++) {
            final int nibble = buffer.getByte(nibbles + (i >>> 1)) >>> ((i & 1) << 2) & ESCAPE;
            final int value = nibble == ESCAPE ? buffer.getByte(escape++) : base + nibble;
            registers[i] = (byte) Math.max(registers[i], value);
        }
        return SketchMerge.MERGED;
    }

    private int putRegisters(final MutableDirectBuffer target, final int offset) {
        final int count = 1 << registersShift;
        int base = registers[0];
        for (final byte register : registers) {
            base = Math.min(base, register);
        }
        final int nibbles = offset + SketchBytes.HEAD_BYTES;
        int escape = nibbles + count / 2;
        for (int i = 0; i < count; i += 2) {
            final int low = Math.min(registers[i] - base, ESCAPE);
            final int high = Math.min(registers[i + 1] - base, ESCAPE);
            target.putByte(nibbles + i / 2, (byte) (low | high << 4));
            if (low == ESCAPE) {
                target.putByte(escape++, registers[i]);
            }
            if (high == ESCAPE) {
                target.putByte(escape++, registers[i + 1]);
            }
        }
        SketchBytes.seal(target, offset, escape - offset, this, FORM_REGISTERS, base);
        return escape - offset;
    }

    private int putHashes(final MutableDirectBuffer target, final int offset) {
        final long[] sorted = new long[hashCount];
        int count = 0;
        for (final long hash : hashes) {
            if (hash != 0) {
                sorted[count++] = hash;
            }
        }
        Arrays.sort(sorted);
        for (int i = 0; i < count; i++) {
            target.putLong(offset + SketchBytes.HEAD_BYTES + i * Long.BYTES, sorted[i], ByteOrder.LITTLE_ENDIAN);
        }
        final int length = SketchBytes.HEAD_BYTES + count * Long.BYTES;
        SketchBytes.seal(target, offset, length, this, FORM_HASHES, 0);
        return length;
    }

    private void add(final long hash) {
        int slot = (int) (hash >>> 32) & hashes.length - 1;
        while (hashes[slot] != 0) {
            if (hashes[slot] == hash) {
                return;
            }
            slot = slot + 1 & hashes.length - 1;
        }
        if (hashCount == maxHashes) {
            useRegisters();
            update(hash);
            return;
        }
        hashes[slot] = hash;
        hashCount++;
        if (hashCount * 2 > hashes.length) {
            grow();
        }
    }

    private void grow() {
        final long[] old = hashes;
        hashes = new long[old.length * 2];
        hashCount = 0;
        for (final long hash : old) {
            if (hash != 0) {
                add(hash);
            }
        }
    }

    private void useRegisters() {
        if (hasRegisters) {
            return;
        }
        hasRegisters = true;
        if (registers == null) {
            registers = new byte[1 << registersShift];
        } else {
            Arrays.fill(registers, (byte) 0);
        }
        for (int i = 0; i < hashes.length; i++) {
            if (hashes[i] != 0) {
                update(hashes[i]);
                hashes[i] = 0;
            }
        }
        hashCount = 0;
    }

    private HllSketch estimator() {
        if (estimator == null) {
            estimator = HashRegisters.estimator(registers, registersShift);
        }
        return estimator;
    }
}
