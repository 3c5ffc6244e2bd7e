package io.truenow.perf.engine;

import io.truenow.codecs.query.CompareOp;
import io.truenow.codecs.query.PredicateKind;
import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.scan.kernel.MetricState;
import io.truenow.engine.scan.predicate.Predicate;
import io.truenow.engine.scan.predicate.ResolvedLeaves;
import io.truenow.engine.scan.predicate.SegmentPredicate;
import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.shard.Spans;
import io.truenow.engine.store.value.SegmentDictionary;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.RegionSource;
import org.agrona.concurrent.UnsafeBuffer;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/** The query kernels over a span of {@link SyntheticBlock}s, 2^21 rows that no cache holds, on the calling thread. */
public final class KernelRun implements AutoCloseable {
    /** Rows of a pass. */
    public static final int ROWS = 1 << 21;

    private static final int BLOCKS = ROWS / Block.MAX_ROWS;
    /** Blocks that a query agent takes at a step. */
    private static final int RUN_BLOCKS = 16;
    private static final long SPAN_START_US = Spans.floor(1_790_000_000_000_000L);
    private static final long MINUTE_US = 60_000_000L;
    private static final int COUNTRY = 0;
    private static final int DEVICE = 1;
    private static final int PAGE = 2;

    private final Arena arena = Arena.ofConfined();
    private final SyntheticBlock[] blocks = new SyntheticBlock[BLOCKS];
    private final LaneMemory memory;
    private final Predicate predicate = new Predicate();
    private final SegmentPredicate resolved = new SegmentPredicate();
    private final BlockKernel kernel = new BlockKernel();
    private final long rowsAddress = arena.allocate(8L * 2_048, 64).address();
    private final long statesAddress = arena.allocate((long) MetricState.BYTES * 2_048, 64).address();

    /** What a pass computes of every row. */
    public enum Work {
        /** Rows and sum of amount where device is one value. */
        FILTER_SUM,
        /** The same with least and greatest amount. */
        FILTER_AGGREGATES,
        /** Rows and sum of amount by country. */
        GROUP_50,
        /** The same with least and greatest amount. */
        GROUP_50_AGGREGATES,
        /** Rows and compensated sum of price by country. */
        GROUP_50_FRACTIONS,
        /** Rows and sum of amount by page. */
        GROUP_1000,
        /** The same with least and greatest amount. */
        GROUP_1000_AGGREGATES,
        /** Rows, sum, least, greatest amount and deviations by country and device. */
        GROUP_2_MOMENTS,
        /** Rows and sum of amount where device is one value, by minute. */
        FILTER_MINUTES,
        /** Prices and amounts into arrays by device, as sketches want them. */
        DECODE
    }

    /** Rows by a seed, as open or as sealed segments hold them. */
    public KernelRun(final long seed, final boolean sealed) {
        final SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < BLOCKS; i++) {
            blocks[i] = new SyntheticBlock(arena, random, i, BLOCKS, sealed);
        }
        final RegionSource source = RegionSource.inline(new MemoryAccountant(Long.MAX_VALUE).tag("regions", Long.MAX_VALUE), 1 << 20);
        memory = new LaneMemory(new BlockPool(source, 1 << 20, 16), seed);
        predicate.begin();
        predicate.node(PredicateKind.IN, CompareOp.NONE, DEVICE, 0, false, 0);
        final UnsafeBuffer value = value(DEVICE, 3);
        predicate.value(value, 0, value.capacity(), memory.values().hash(value, 0, value.capacity()));
        if (!predicate.end()) {
            throw new IllegalStateException("malformed predicate");
        }
        resolved.resolve(predicate, new SyntheticSegment(), new ResolvedLeaves(memory.values(), 1 << 20));
    }

    /** Warms up and measures on the calling thread: rows a second of the median of some passes. */
    public static double rowsPerSecond(final long seed, final Work work, final boolean sealed, final int warmUpPasses, final int passes) {
        try (KernelRun run = new KernelRun(seed, sealed)) {
            for (int i = 0; i < warmUpPasses; i++) {
                run.pass(work);
            }
            final long[] nanos = new long[passes];
            for (int i = 0; i < passes; i++) {
                final long start = System.nanoTime();
                run.pass(work);
                nanos[i] = System.nanoTime() - start;
            }
            Arrays.sort(nanos);
            return ROWS * 1e9 / nanos[passes / 2];
        }
    }

    /** Does the work over all rows; answers something that depends on them. */
    public double pass(final Work work) {
        MetricState.init(statesAddress, 2_048, work == Work.GROUP_2_MOMENTS);
        double result = 0;
        for (int first = 0; first < BLOCKS; first += RUN_BLOCKS) {
            kernel.beginRun(rowsAddress);
            for (int i = first; i < first + RUN_BLOCKS; i++) {
                kernel.begin(blocks[i], 0, Block.MAX_ROWS);
                kernel.selectTimes(0, Spans.SPAN_US);
                result += work == Work.DECODE ? decode() : aggregate(work);
            }
            kernel.endRun();
        }
        return result + MetricState.roundedSum(statesAddress) + MetricState.roundedSum(statesAddress + 3L * MetricState.BYTES);
    }

    @Override
    public void close() {
        memory.close();
        arena.close();
    }

    private double aggregate(final Work work) {
        switch (work) {
            case FILTER_SUM, FILTER_AGGREGATES -> {
                kernel.select(resolved);
                kernel.startKeys();
                kernel.numberDense(1);
            }
            case FILTER_MINUTES -> {
                kernel.select(resolved);
                kernel.startKeys(SPAN_START_US, MINUTE_US, SPAN_START_US / MINUTE_US);
                kernel.numberDense(11);
            }
            case GROUP_1000, GROUP_1000_AGGREGATES -> {
                kernel.startKeys();
                kernel.mixCodes(PAGE, 1_001);
                kernel.numberDense(1_001);
            }
            case GROUP_2_MOMENTS -> {
                kernel.startKeys();
                kernel.mixCodes(COUNTRY, 51);
                kernel.mixCodes(DEVICE, 6);
                kernel.numberDense(306);
            }
            default -> {
                kernel.startKeys();
                kernel.mixCodes(COUNTRY, 51);
                kernel.numberDense(51);
            }
        }
        final int wanted = switch (work) {
            case FILTER_AGGREGATES, GROUP_50_AGGREGATES, GROUP_1000_AGGREGATES -> BlockKernel.EXTREMES;
            case GROUP_2_MOMENTS -> BlockKernel.EXTREMES | BlockKernel.MOMENTS;
            default -> BlockKernel.SUMS;
        };
        kernel.aggregate(work == Work.GROUP_50_FRACTIONS ? SyntheticBlock.PRICE : SyntheticBlock.AMOUNT, statesAddress, wanted);
        kernel.countRows(rowsAddress);
        return kernel.selectedCount();
    }

    private double decode() {
        kernel.startKeys();
        kernel.mixCodes(DEVICE, 6);
        kernel.numberDense(6);
        final int prices = kernel.values(SyntheticBlock.PRICE);
        final double last = kernel.values()[prices - 1];
        final int amounts = kernel.values(SyntheticBlock.AMOUNT);
        return last + kernel.values()[amounts - 1] + kernel.valueGroups()[amounts - 1];
    }

    private static UnsafeBuffer value(final int dimension, final int number) {
        return new UnsafeBuffer(("d" + dimension + "-" + number).getBytes(StandardCharsets.US_ASCII));
    }

    /** Dictionaries whose local codes are the numbers of the values. */
    private final class SyntheticSegment extends Segment {
        private final SegmentDictionary[] dictionaries = new SegmentDictionary[SyntheticBlock.DISTINCT.length];

        SyntheticSegment() {
            super(1, SPAN_START_US);
            for (int dimension = 0; dimension < dictionaries.length; dimension++) {
                dictionaries[dimension] = new SegmentDictionary(memory.pool(), memory.pool().use("kernel-run"));
                for (int number = 1; number <= SyntheticBlock.DISTINCT[dimension]; number++) {
                    add(dictionaries[dimension], value(dimension, number));
                }
            }
        }

        private void add(final SegmentDictionary dictionary, final UnsafeBuffer value) {
            final int hash = memory.values().hash(value, 0, value.capacity());
            do {
                memory.values().beginReserve();
                memory.values().reserve(hash, value.capacity());
            }
            while (memory.values().endReserve() == 0);
            final int laneCode = memory.values().findOrAdd(hash, value, 0, value.capacity());
            do {
                dictionary.beginReserve();
                dictionary.reserve(laneCode);
            }
            while (dictionary.endReserve() == 0);
            dictionary.findOrAdd(laneCode, hash, memory.values());
        }

        @Override
        public int blockCount() {
            return blocks.length;
        }

        @Override
        public Block block(final int index) {
            return blocks[index];
        }

        @Override
        public SegmentDictionary dictionary(final int ordinal) {
            return dictionaries[ordinal];
        }

        @Override
        public boolean isOpen() {
            return false;
        }

        @Override
        public long rowCount() {
            return ROWS;
        }

        @Override
        public boolean freeSome(final int limit) {
            return true;
        }
    }
}
