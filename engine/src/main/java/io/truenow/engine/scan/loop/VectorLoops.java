package io.truenow.engine.scan.loop;

import io.truenow.codecs.query.CompareOp;
import io.truenow.fabric.memory.NativeMemory;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The loops by vectors, the only place that uses the Vector API. Without state. Where sums are kept apart and vectors are narrower than
 * 64 bytes, a loop is done for some of the lanes first and then for the others.
 */
final class VectorLoops implements BlockLoops {
    /** The only one. */
    static final VectorLoops INSTANCE = new VectorLoops();

    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE;
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Double> DOUBLES = DoubleVector.SPECIES_PREFERRED;
    private static final IntVector FIRST_ROWS = IntVector.zero(INTS).addIndex(1);
    /** Whether the machine has vectors as wide as those that decode; others are emulated, much slower than a plain loop. */
    private static final boolean WIDE = DOUBLES.vectorBitSize() == Long.SIZE * Byte.SIZE;

    private VectorLoops() {
    }

    @Override
    public void widenBytes(final long address, final int[] target, final int count) {
        int i = 0;
        for (; WIDE && i <= count - 16; i += 16) {
            ByteVector.fromMemorySegment(ByteVector.SPECIES_128, MEMORY, address + i, ORDER)
                .convertShape(VectorOperators.ZERO_EXTEND_B2I, IntVector.SPECIES_512, 0)
                .reinterpretAsInts().intoArray(target, i);
        }
        for (; i < count; i++) {
            target[i] = MEMORY.get(BYTE, address + i) & 0xFF;
        }
    }

    @Override
    public void widenShorts(final long address, final int[] target, final int count) {
        int i = 0;
        for (; WIDE && i <= count - 16; i += 16) {
            ShortVector.fromMemorySegment(ShortVector.SPECIES_256, MEMORY, address + (long) i * Short.BYTES, ORDER)
                .convertShape(VectorOperators.ZERO_EXTEND_S2I, IntVector.SPECIES_512, 0)
                .reinterpretAsInts().intoArray(target, i);
        }
        for (; i < count; i++) {
            target[i] = MEMORY.get(SHORT, address + (long) i * Short.BYTES) & 0xFFFF;
        }
    }

    @Override
    public void decodeBytes(final long address, final double base, final double[] target, final int count) {
        int i = 0;
        for (; WIDE && i <= count - 8; i += 8) {
            final var ints = ByteVector.fromMemorySegment(ByteVector.SPECIES_64, MEMORY, address + i, ORDER)
                .convertShape(VectorOperators.ZERO_EXTEND_B2I, IntVector.SPECIES_256, 0);
            ((DoubleVector) ints.convertShape(VectorOperators.I2D, DoubleVector.SPECIES_512, 0)).add(base).intoArray(target, i);
        }
        for (; i < count; i++) {
            target[i] = base + (MEMORY.get(BYTE, address + i) & 0xFF);
        }
    }

    @Override
    public void decodeShorts(final long address, final double base, final double[] target, final int count) {
        int i = 0;
        for (; WIDE && i <= count - 8; i += 8) {
            final var ints = ShortVector.fromMemorySegment(ShortVector.SPECIES_128, MEMORY, address + (long) i * Short.BYTES, ORDER)
                .convertShape(VectorOperators.ZERO_EXTEND_S2I, IntVector.SPECIES_256, 0);
            ((DoubleVector) ints.convertShape(VectorOperators.I2D, DoubleVector.SPECIES_512, 0)).add(base).intoArray(target, i);
        }
        for (; i < count; i++) {
            target[i] = base + (MEMORY.get(SHORT, address + (long) i * Short.BYTES) & 0xFFFF);
        }
    }

    @Override
    public void decodeInts(final long address, final double base, final double[] target, final int count) {
        int i = 0;
        for (; WIDE && i <= count - 8; i += 8) {
            final var longs = IntVector.fromMemorySegment(IntVector.SPECIES_256, MEMORY, address + (long) i * Integer.BYTES, ORDER)
                .convertShape(VectorOperators.ZERO_EXTEND_I2L, LongVector.SPECIES_512, 0);
            ((DoubleVector) longs.convertShape(VectorOperators.L2D, DoubleVector.SPECIES_512, 0)).add(base).intoArray(target, i);
        }
        for (; i < count; i++) {
            target[i] = base + (MEMORY.get(INT, address + (long) i * Integer.BYTES) & 0xFFFF_FFFFL);
        }
    }

    @Override
    public void wholes(final long address, final double base, final int[] target, final int count) {
        int i = 0;
        for (; WIDE && i <= count - 8; i += 8) {
            DoubleVector.fromMemorySegment(DoubleVector.SPECIES_512, MEMORY, address + (long) i * Double.BYTES, ORDER).sub(base)
                .convertShape(VectorOperators.D2I, IntVector.SPECIES_256, 0).reinterpretAsInts().intoArray(target, i);
        }
        for (; i < count; i++) {
            target[i] = (int) (MEMORY.get(DOUBLE, address + (long) i * Double.BYTES) - base);
        }
    }

    @Override
    public void keepTimes(final long address, final int first, final int length, final int fromRow, final int toRow, final long[] words) {
        for (int word = fromRow >>> 6, end = toRow + Long.SIZE - 1 >>> 6; word < end; word++) {
            final long at = address + ((long) word << 6) * Integer.BYTES;
            final int rows = Math.min(toRow - (word << 6), Long.SIZE);
            long found = 0;
            for (int i = 0; i < rows; i += INTS.length()) {
                found |= IntVector.fromMemorySegment(INTS, MEMORY, at + (long) i * Integer.BYTES, ORDER)
                    .sub(first).compare(VectorOperators.ULT, length).toLong() << i;
            }
            words[word] &= found;
        }
    }

    @Override
    public void keepEqual(
        final long address, final int widthBytes, final int code, final int fromRow, final int toRow, final long[] words) {
        for (int word = fromRow >>> 6, end = toRow + Long.SIZE - 1 >>> 6; word < end; word++) {
            final int first = word << 6;
            final int rows = Math.min(toRow - first, Long.SIZE);
            final long at = address + (long) first * widthBytes;
            words[word] &= switch (widthBytes) {
                case Byte.BYTES -> equalBytes(at, (byte) code, rows);
                case Short.BYTES -> equalShorts(at, (short) code, rows);
                default -> equalInts(at, code, rows);
            };
        }
    }

    @Override
    public void keepComparing(
        final long address, final CompareOp op, final double constant, final int fromRow, final int toRow, final long[] words) {
        for (int word = fromRow >>> 6, end = toRow + Long.SIZE - 1 >>> 6; word < end; word++) {
            if (words[word] != 0) {
                final int first = word << 6;
                final long found = compare(op, address + (long) first * Double.BYTES, Math.min(toRow - first, Long.SIZE), constant);
                words[word] &= Comparing.isComplement(op) ? ~found : found;
            }
        }
    }

    @Override
    public int list(final long[] words, final int fromRow, final int toRow, final int[] rows) {
        int count = 0;
        for (int word = fromRow >>> 6, end = toRow + Long.SIZE - 1 >>> 6; word < end; word++) {
            final long bits = words[word];
            for (int i = 0; i < Long.SIZE && bits >>> i != 0; i += INTS.length()) {
                final VectorMask<Integer> mask = VectorMask.fromLong(INTS, bits >>> i);
                FIRST_ROWS.add((word << 6) + i).compress(mask).intoArray(rows, count);
                count += mask.trueCount();
            }
        }
        return count;
    }

    @Override
    public int listBeyond(final int[] values, final int count, final int lowest, final int length, final int[] target) {
        int found = 0;
        int i = 0;
        for (; i <= count - INTS.length(); i += INTS.length()) {
            long bits = IntVector.fromArray(INTS, values, i).sub(lowest).compare(VectorOperators.UGT, length).toLong();
            for (; bits != 0; bits &= bits - 1) {
                target[found++] = i + Long.numberOfTrailingZeros(bits);
            }
        }
        for (; i < count; i++) {
            if (Integer.compareUnsigned(values[i] - lowest, length) > 0) {
                target[found++] = i;
            }
        }
        return found;
    }

    @Override
    public void sum(final ValueSource values, final long[] words, final double[] sums) {
        for (int part = 0; part < LANES; part += DOUBLES.length()) {
            DoubleVector sum = DoubleVector.zero(DOUBLES);
            for (int word = values.firstWord(), end = values.endWord(); word < end; word++) {
                final long bits = words[word];
                for (int i = 0; i < Long.SIZE && bits >>> i != 0; i += LANES) {
                    sum = sum.add(load(values, word, i + part), mask(bits, i + part));
                }
            }
            sum.intoArray(sums, part);
        }
    }

    @Override
    public void sumPairs(final ValueSource values, final long[] words, final double[] sums, final double[] lost) {
        final DoubleVector zero = DoubleVector.zero(DOUBLES);
        for (int part = 0; part < LANES; part += DOUBLES.length()) {
            DoubleVector sum = zero;
            DoubleVector rest = zero;
            for (int word = values.firstWord(), end = values.endWord(); word < end; word++) {
                final long bits = words[word];
                for (int i = 0; i < Long.SIZE && bits >>> i != 0; i += LANES) {
                    final DoubleVector some = zero.blend(load(values, word, i + part), mask(bits, i + part));
                    final DoubleVector next = sum.add(some);
                    final DoubleVector virtual = next.sub(sum);
                    rest = rest.add(sum.sub(next.sub(virtual)).add(some.sub(virtual)));
                    sum = next;
                }
            }
            sum.intoArray(sums, part);
            rest.intoArray(lost, part);
        }
    }

    @Override
    public void deviations(final ValueSource values, final long[] words, final double mean, final double[] sums) {
        final DoubleVector zero = DoubleVector.zero(DOUBLES);
        for (int part = 0; part < LANES; part += DOUBLES.length()) {
            DoubleVector sum = zero;
            for (int word = values.firstWord(), end = values.endWord(); word < end; word++) {
                final long bits = words[word];
                for (int i = 0; i < Long.SIZE && bits >>> i != 0; i += LANES) {
                    final DoubleVector distances = zero.blend(load(values, word, i + part).sub(mean), mask(bits, i + part));
                    sum = distances.fma(distances, sum);
                }
            }
            sum.intoArray(sums, part);
        }
    }

    @Override
    public void extremes(final ValueSource values, final long[] words, final double[] mins, final double[] maxs) {
        for (int part = 0; part < LANES; part += DOUBLES.length()) {
            DoubleVector min = DoubleVector.broadcast(DOUBLES, Double.POSITIVE_INFINITY);
            DoubleVector max = DoubleVector.broadcast(DOUBLES, Double.NEGATIVE_INFINITY);
            for (int word = values.firstWord(), end = values.endWord(); word < end; word++) {
                final long bits = words[word];
                for (int i = 0; i < Long.SIZE && bits >>> i != 0; i += LANES) {
                    final DoubleVector some = load(values, word, i + part);
                    final VectorMask<Double> mask = mask(bits, i + part);
                    min = min.blend(some, some.lt(min).and(mask));
                    max = max.blend(some, max.lt(some).and(mask));
                }
            }
            min.intoArray(mins, part);
            max.intoArray(maxs, part);
        }
    }

    private static DoubleVector load(final ValueSource values, final int word, final int lane) {
        final int row = (word << 6) + lane;
        return values.isColumn()
            ? DoubleVector.fromMemorySegment(DOUBLES, MEMORY, values.address() + (long) row * Double.BYTES, ORDER)
            : DoubleVector.fromArray(DOUBLES, values.decoded(), row - (values.firstWord() << 6));
    }

    private static VectorMask<Double> mask(final long bits, final int lane) {
        return VectorMask.fromLong(DOUBLES, bits >>> lane);
    }

    private static long equalBytes(final long address, final byte code, final int count) {
        long found = 0;
        for (int i = 0; i < count; i += BYTES.length()) {
            found |= ByteVector.fromMemorySegment(BYTES, MEMORY, address + i, ORDER).compare(VectorOperators.EQ, code).toLong() << i;
        }
        return found;
    }

    private static long equalShorts(final long address, final short code, final int count) {
        long found = 0;
        for (int i = 0; i < count; i += SHORTS.length()) {
            found |= ShortVector.fromMemorySegment(SHORTS, MEMORY, address + (long) i * Short.BYTES, ORDER)
                .compare(VectorOperators.EQ, code).toLong() << i;
        }
        return found;
    }

    private static long equalInts(final long address, final int code, final int count) {
        long found = 0;
        for (int i = 0; i < count; i += INTS.length()) {
            found |= IntVector.fromMemorySegment(INTS, MEMORY, address + (long) i * Integer.BYTES, ORDER)
                .compare(VectorOperators.EQ, code).toLong() << i;
        }
        return found;
    }

    /** Bits of equal, less, or less or equal: the operator or its opposite. */
    private static long compare(final CompareOp op, final long address, final int count, final double constant) {
        long found = 0;
        switch (op) {
            case EQUAL, NOT_EQUAL -> {
                for (int i = 0; i < count; i += DOUBLES.length()) {
                    found |= DoubleVector.fromMemorySegment(DOUBLES, MEMORY, address + (long) i * Double.BYTES, ORDER)
                        .compare(VectorOperators.EQ, constant).toLong() << i;
                }
            }
            case LESS, GREATER_OR_EQUAL -> {
                for (int i = 0; i < count; i += DOUBLES.length()) {
                    found |= DoubleVector.fromMemorySegment(DOUBLES, MEMORY, address + (long) i * Double.BYTES, ORDER)
                        .compare(VectorOperators.LT, constant).toLong() << i;
                }
            }
            default -> {
                for (int i = 0; i < count; i += DOUBLES.length()) {
                    found |= DoubleVector.fromMemorySegment(DOUBLES, MEMORY, address + (long) i * Double.BYTES, ORDER)
                        .compare(VectorOperators.LE, constant).toLong() << i;
                }
            }
        }
        return found;
    }
}
