package io.truenow.engine.scan.loop;

import io.truenow.codecs.query.CompareOp;
import io.truenow.engine.store.segment.Block;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Random rows, ranges and bits for any of the loops, and what one made of them. One thread makes, uses and closes it. */
final class LoopTrial implements AutoCloseable {
    private static final CompareOp[] OPS = {
        CompareOp.EQUAL, CompareOp.NOT_EQUAL, CompareOp.LESS, CompareOp.LESS_OR_EQUAL, CompareOp.GREATER, CompareOp.GREATER_OR_EQUAL};
    private static final double BASE = -17;
    private static final int FEW = 4;

    private final Arena arena = Arena.ofConfined();
    private final RandomGenerator random;
    private final int maxRows;
    private final long column;
    private final byte[] bytes;
    private final short[] shorts;
    private final int[] ints;
    private final double[] doubles;
    private final long[] words;
    private final ValueSource values = new ValueSource();
    private int fromRow;
    private int toRow;
    private int number;
    private int length;
    private CompareOp op;

    /** The loops of {@link BlockLoops}; those that compare codes by their widths. */
    enum Loop {
        WIDEN_BYTES, DECODE_BYTES, KEEP_BYTES, WIDEN_SHORTS, DECODE_SHORTS, KEEP_SHORTS, DECODE_INTS, KEEP_INTS, KEEP_TIMES, LIST_BEYOND,
        WHOLES, KEEP_COMPARING, LIST, SUM, SUM_PAIRS, DEVIATIONS, EXTREMES
    }

    /** What a loop gave. */
    static final class Outcome {
        private final long[] words = new long[Block.MAX_ROWS / Long.SIZE];
        private final int[] ints = new int[Block.MAX_ROWS + BlockLoops.LIST_ROOM];
        private final double[] doubles = new double[Block.MAX_ROWS];
        private final double[] others = new double[BlockLoops.LANES];
        private int intCount;
        private int doubleCount;

        /** Whether it is the same to the bit. */
        boolean isSame(final Outcome other) {
            return intCount == other.intCount && doubleCount == other.doubleCount && Arrays.equals(words, other.words)
                && Arrays.equals(ints, 0, intCount, other.ints, 0, intCount)
                && Arrays.equals(doubles, 0, doubleCount, other.doubles, 0, doubleCount) && Arrays.equals(others, other.others);
        }
    }

    /** A trial with up to so many rows. */
    LoopTrial(final RandomGenerator random, final int maxRows) {
        this.random = random;
        this.maxRows = maxRows;
        column = arena.allocate((long) maxRows * Double.BYTES, Long.SIZE).address();
        bytes = new byte[maxRows];
        shorts = new short[maxRows];
        ints = new int[maxRows];
        doubles = new double[maxRows];
        words = new long[maxRows / Long.SIZE];
    }

    /** Makes other rows for a loop: of codes mostly few, of doubles some that are whole, and few that are odd. */
    void fill(final Loop loop) {
        final boolean isWhole = loop == Loop.SUM || random.nextBoolean();
        for (int i = 0; i < maxRows; i++) {
            final int some = random.nextInt(1 << 10);
            ints[i] = some < 8 ? random.nextInt() : some % FEW;
            shorts[i] = (short) ints[i];
            bytes[i] = (byte) ints[i];
            doubles[i] = isWhole ? some : some * 0.1;
            if (some == 0 && !isWhole) {
                doubles[i] = random.nextBoolean() ? -0.0 : Math.scalb(random.nextDouble() - 0.5, random.nextInt(1_000));
            }
        }
        switch (loop) {
            case WIDEN_BYTES, DECODE_BYTES, KEEP_BYTES ->
                MemorySegment.copy(bytes, 0, NativeMemory.ALL, ValueLayout.JAVA_BYTE, column, maxRows);
            case WIDEN_SHORTS, DECODE_SHORTS, KEEP_SHORTS ->
                MemorySegment.copy(shorts, 0, NativeMemory.ALL, ValueLayout.JAVA_SHORT, column, maxRows);
            case DECODE_INTS, KEEP_INTS, KEEP_TIMES, LIST_BEYOND ->
                MemorySegment.copy(ints, 0, NativeMemory.ALL, ValueLayout.JAVA_INT, column, maxRows);
            default -> MemorySegment.copy(doubles, 0, NativeMemory.ALL, ValueLayout.JAVA_DOUBLE, column, maxRows);
        }
    }

    /** Another range, other bits in it (all, none, few, half of them), other operands. */
    void vary() {
        toRow = random.nextInt(4) == 0 ? maxRows : 1 + random.nextInt(maxRows);
        fromRow = random.nextBoolean() ? 0 : random.nextInt(toRow);
        number = random.nextInt(FEW);
        length = random.nextInt(FEW);
        op = OPS[random.nextInt(OPS.length)];
        Arrays.fill(words, 0);
        final int first = fromRow >>> 6;
        final int last = toRow - 1 >>> 6;
        for (int word = first; word <= last; word++) {
            words[word] = switch (random.nextInt(4)) {
                case 0 -> 0;
                case 1 -> -1;
                case 2 -> random.nextLong() & random.nextLong() & random.nextLong();
                default -> random.nextLong();
            };
        }
        words[first] &= -1L << fromRow;
        words[last] &= -1L >>> -toRow;
        if (random.nextBoolean()) {
            values.column(fromRow, toRow, column);
        } else {
            values.decoded(fromRow, toRow, doubles);
        }
    }

    /** Has the rows gone over. */
    void call(final Loop loop, final BlockLoops loops, final Outcome to) {
        System.arraycopy(words, 0, to.words, 0, words.length);
        final int rows = toRow - fromRow;
        to.intCount = 0;
        to.doubleCount = 0;
        switch (loop) {
            case WIDEN_BYTES, WIDEN_SHORTS, WHOLES -> callForInts(loop, loops, to, rows);
            case DECODE_BYTES, DECODE_SHORTS, DECODE_INTS -> callForDoubles(loop, loops, to, rows);
            case KEEP_TIMES -> loops.keepTimes(column, number, length, fromRow, toRow, to.words);
            case KEEP_BYTES -> loops.keepEqual(column, Byte.BYTES, number, fromRow, toRow, to.words);
            case KEEP_SHORTS -> loops.keepEqual(column, Short.BYTES, number, fromRow, toRow, to.words);
            case KEEP_INTS -> loops.keepEqual(column, Integer.BYTES, number, fromRow, toRow, to.words);
            case KEEP_COMPARING -> loops.keepComparing(column, op, doubles[fromRow], fromRow, toRow, to.words);
            case LIST -> to.intCount = loops.list(words, fromRow, toRow, to.ints);
            case LIST_BEYOND -> to.intCount = loops.listBeyond(ints, rows, number, length, to.ints);
            case SUM -> loops.sum(values, words, to.others);
            case SUM_PAIRS -> {
                to.doubleCount = BlockLoops.LANES;
                loops.sumPairs(values, words, to.others, to.doubles);
            }
            case DEVIATIONS -> loops.deviations(values, words, doubles[fromRow], to.others);
            default -> {
                to.doubleCount = BlockLoops.LANES;
                loops.extremes(values, words, to.others, to.doubles);
            }
        }
    }

    private void callForInts(final Loop loop, final BlockLoops loops, final Outcome to, final int rows) {
        to.intCount = rows;
        switch (loop) {
            case WIDEN_BYTES -> loops.widenBytes(column + fromRow, to.ints, rows);
            case WIDEN_SHORTS -> loops.widenShorts(column + (long) fromRow * Short.BYTES, to.ints, rows);
            default -> loops.wholes(column + (long) fromRow * Double.BYTES, BASE, to.ints, rows);
        }
    }

    private void callForDoubles(final Loop loop, final BlockLoops loops, final Outcome to, final int rows) {
        to.doubleCount = rows;
        switch (loop) {
            case DECODE_BYTES -> loops.decodeBytes(column + fromRow, BASE, to.doubles, rows);
            case DECODE_SHORTS -> loops.decodeShorts(column + (long) fromRow * Short.BYTES, BASE, to.doubles, rows);
            default -> loops.decodeInts(column + (long) fromRow * Integer.BYTES, BASE, to.doubles, rows);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
