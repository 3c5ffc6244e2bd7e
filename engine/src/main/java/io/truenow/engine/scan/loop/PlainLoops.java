package io.truenow.engine.scan.loop;

import io.truenow.codecs.query.CompareOp;
import io.truenow.engine.store.segment.Block;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The loops without vectors. Columns are copied to arrays of its own first, in one call: a loop over an array is fast as soon as the first
 * compiler has seen it, while each access to native memory takes some 30 ns until the second has. One thread.
 */
final class PlainLoops implements BlockLoops {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE;

    private byte[] bytes = {};
    private short[] shorts = {};
    private int[] ints = {};
    private double[] doubles = {};

    PlainLoops() {
    }

    @Override
    public void widenBytes(final long address, final int[] target, final int count) {
        final byte[] from = bytes(address, count);
        for (int i = 0; i < count; i++) {
            target[i] = from[i] & 0xFF;
        }
    }

    @Override
    public void widenShorts(final long address, final int[] target, final int count) {
        final short[] from = shorts(address, count);
        for (int i = 0; i < count; i++) {
            target[i] = from[i] & 0xFFFF;
        }
    }

    @Override
    public void decodeBytes(final long address, final double base, final double[] target, final int count) {
        final byte[] from = bytes(address, count);
        for (int i = 0; i < count; i++) {
            target[i] = base + (from[i] & 0xFF);
        }
    }

    @Override
    public void decodeShorts(final long address, final double base, final double[] target, final int count) {
        final short[] from = shorts(address, count);
        for (int i = 0; i < count; i++) {
            target[i] = base + (from[i] & 0xFFFF);
        }
    }

    @Override
    public void decodeInts(final long address, final double base, final double[] target, final int count) {
        final int[] from = ints(address, count);
        for (int i = 0; i < count; i++) {
            target[i] = base + (from[i] & 0xFFFF_FFFFL);
        }
    }

    @Override
    public void wholes(final long address, final double base, final int[] target, final int count) {
        final double[] from = doubles(address, count);
        for (int i = 0; i < count; i++) {
            target[i] = (int) (from[i] - base);
        }
    }

    @Override
    public void keepTimes(final long address, final int first, final int length, final int fromRow, final int toRow, final long[] words) {
        final int start = fromRow & -Long.SIZE;
        final int[] from = ints(address + (long) start * Integer.BYTES, toRow - start);
        final int limit = length + Integer.MIN_VALUE;
        for (int row = start; row < toRow; row += Long.SIZE) {
            final int end = Math.min(toRow - start, row - start + Long.SIZE);
            long found = 0;
            for (int i = row - start; i < end; i++) {
                if (from[i] - first + Integer.MIN_VALUE < limit) {
                    found |= 1L << i;
                }
            }
            words[row >>> 6] &= found;
        }
    }

    @Override
    public void keepEqual(
        final long address, final int widthBytes, final int code, final int fromRow, final int toRow, final long[] words) {
        final int start = fromRow & -Long.SIZE;
        final int count = toRow - start;
        final long at = address + (long) start * widthBytes;
        final int[] from;
        if (widthBytes == Integer.BYTES) {
            from = ints(at, count);
        } else {
            ints = sized(ints, count);
            from = ints;
            if (widthBytes == Byte.BYTES) {
                widenBytes(at, from, count);
            } else {
                widenShorts(at, from, count);
            }
        }
        for (int row = start; row < toRow; row += Long.SIZE) {
            final int end = Math.min(count, row - start + Long.SIZE);
            long found = 0;
            for (int i = row - start; i < end; i++) {
                if (from[i] == code) {
                    found |= 1L << i;
                }
            }
            words[row >>> 6] &= found;
        }
    }

    @Override
    public void keepComparing(
        final long address, final CompareOp op, final double constant, final int fromRow, final int toRow, final long[] words) {
        final int start = fromRow & -Long.SIZE;
        final double[] from = doubles(address + (long) start * Double.BYTES, toRow - start);
        for (int row = start; row < toRow; row += Long.SIZE) {
            words[row >>> 6] &= Comparing.bits(from, row - start, Math.min(toRow - row, Long.SIZE), op, constant);
        }
    }

    @Override
    public int list(final long[] words, final int fromRow, final int toRow, final int[] rows) {
        int count = 0;
        for (int word = fromRow >>> 6, end = toRow + Long.SIZE - 1 >>> 6; word < end; word++) {
            for (long bits = words[word]; bits != 0; bits &= bits - 1) {
                rows[count++] = (word << 6) + Long.numberOfTrailingZeros(bits);
            }
        }
        return count;
    }

    @Override
    public int listBeyond(final int[] values, final int count, final int lowest, final int length, final int[] target) {
        final int limit = length + Integer.MIN_VALUE;
        int found = 0;
        for (int i = 0; i < count; i++) {
            if (values[i] - lowest + Integer.MIN_VALUE > limit) {
                target[found++] = i;
            }
        }
        return found;
    }

    @Override
    public void sum(final ValueSource values, final long[] words, final double[] sums) {
        final double[] from = array(values);
        final int firstWord = values.firstWord();
        Arrays.fill(sums, 0, LANES, 0);
        for (int word = firstWord, end = values.endWord(); word < end; word++) {
            final int first = word - firstWord << 6;
            final long bits = words[word];
            for (int i = 0; i < Long.SIZE && bits >>> i != 0; i++) {
                if ((bits >>> i & 1) != 0) {
                    sums[i % LANES] += from[first + i];
                }
            }
        }
    }

    @Override
    public void sumPairs(final ValueSource values, final long[] words, final double[] sums, final double[] lost) {
        final double[] from = array(values);
        final int firstWord = values.firstWord();
        Arrays.fill(sums, 0, LANES, 0);
        Arrays.fill(lost, 0, LANES, 0);
        for (int word = firstWord, end = values.endWord(); word < end; word++) {
            final int first = word - firstWord << 6;
            final long bits = words[word];
            for (int step = 0; step < Long.SIZE && bits >>> step != 0; step += LANES) {
                for (int lane = 0; lane < LANES; lane++) {
                    // what vectors do in a lane without a row, too: zero changes nothing unless a sum is infinite
                    final double value = (bits >>> step + lane & 1) != 0 ? from[first + step + lane] : 0;
                    final double sum = sums[lane];
                    final double next = sum + value;
                    final double virtual = next - sum;
                    lost[lane] += sum - (next - virtual) + (value - virtual);
                    sums[lane] = next;
                }
            }
        }
    }

    @Override
    public void deviations(final ValueSource values, final long[] words, final double mean, final double[] sums) {
        final double[] from = array(values);
        final int firstWord = values.firstWord();
        Arrays.fill(sums, 0, LANES, 0);
        for (int word = firstWord, end = values.endWord(); word < end; word++) {
            final int first = word - firstWord << 6;
            final long bits = words[word];
            for (int i = 0; i < Long.SIZE && bits >>> i != 0; i++) {
                if ((bits >>> i & 1) != 0) {
                    final double distance = from[first + i] - mean;
                    sums[i % LANES] = Math.fma(distance, distance, sums[i % LANES]);
                }
            }
        }
    }

    @Override
    public void extremes(final ValueSource values, final long[] words, final double[] mins, final double[] maxs) {
        final double[] from = array(values);
        final int firstWord = values.firstWord();
        Arrays.fill(mins, 0, LANES, Double.POSITIVE_INFINITY);
        Arrays.fill(maxs, 0, LANES, Double.NEGATIVE_INFINITY);
        for (int word = firstWord, end = values.endWord(); word < end; word++) {
            final int first = word - firstWord << 6;
            final long bits = words[word];
            for (int i = 0; i < Long.SIZE && bits >>> i != 0; i++) {
                if ((bits >>> i & 1) != 0) {
                    final double value = from[first + i];
                    final int lane = i % LANES;
                    if (value < mins[lane]) {
                        mins[lane] = value;
                    }
                    if (value > maxs[lane]) {
                        maxs[lane] = value;
                    }
                }
            }
        }
    }

    /** The values from the first row of the first word on. */
    private double[] array(final ValueSource values) {
        if (!values.isColumn()) {
            return values.decoded();
        }
        final int start = values.firstWord() << 6;
        return doubles(values.address() + (long) start * Double.BYTES, values.toRow() - start);
    }

    private byte[] bytes(final long address, final int count) {
        if (bytes.length < count) {
            bytes = new byte[room(count)];
        }
        MemorySegment.copy(MEMORY, ValueLayout.JAVA_BYTE, address, bytes, 0, count);
        return bytes;
    }

    private short[] shorts(final long address, final int count) {
        if (shorts.length < count) {
            shorts = new short[room(count)];
        }
        MemorySegment.copy(MEMORY, ValueLayout.JAVA_SHORT, address, shorts, 0, count);
        return shorts;
    }

    private int[] ints(final long address, final int count) {
        ints = sized(ints, count);
        MemorySegment.copy(MEMORY, ValueLayout.JAVA_INT, address, ints, 0, count);
        return ints;
    }

    private double[] doubles(final long address, final int count) {
        if (doubles.length < count) {
            doubles = new double[room(count)];
        }
        MemorySegment.copy(MEMORY, DOUBLE, address, doubles, 0, count);
        return doubles;
    }

    private static int[] sized(final int[] array, final int count) {
        return array.length < count ? new int[room(count)] : array;
    }

    private static int room(final int count) {
        return count <= Long.SIZE ? Long.SIZE : Block.MAX_ROWS;
    }
}
