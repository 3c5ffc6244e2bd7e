package io.truenow.engine.scan.kernel;

import io.truenow.engine.model.RandomBlock;
import io.truenow.engine.scan.loop.EitherLoops;
import io.truenow.fabric.memory.NativeMemory;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.RepeatedTest;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Random blocks, ranges, times, keys and metrics; every group is compared with exact sums over plain rows. */
final class BlockKernelTest {
    private static final int SPAN_US = 600_000_000;
    private static final long SPAN_START_US = 1_795_000_200_000_000L;
    private static final int[] ROWS = {0, 1, 2, 63, 64, 65, 127, 1_000, 4_095, 4_096};
    private static final int METRICS = 4;
    private static final int BLOCKS = 6;

    private final RandomGenerator random = Seeds.random("BlockKernelTest");
    private final BlockKernel kernel = new BlockKernel();

    @RepeatedTest(40)
    void groupsHoldWhatTheirRowsHold() {
        final int[] codeLimits = {random.nextInt(1, 4), random.nextInt(1, 60), random.nextInt(1, 300), random.nextInt(1, 70_000)};
        final List<Integer> groupBy = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            groupBy.add(random.nextInt(codeLimits.length + 1));
        }
        final long[] intervals = {0, 0, 1, 1_000, 1_000_000, 60_000_000, SPAN_US, 86_400_000_000L, 1L << 62};
        final long intervalUs = intervals[random.nextInt(intervals.length)];
        final int wanted = random.nextInt((BlockKernel.EXTREMES | BlockKernel.MOMENTS) + 1);
        final SegmentGroups groups = groups(groupBy, codeLimits, intervalUs);
        final Map<List<Integer>, Expected> expected = new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
        try (Arena arena = Arena.ofConfined()) {
            States states = new States(arena, groups.groupLimit(), wanted);
            for (int i = 0; i < BLOCKS; i++) {
                EitherLoops.useVectors(random.nextBoolean());
                final RandomBlock block =
                    new RandomBlock(arena, random, ROWS[random.nextInt(ROWS.length)], SPAN_US, codeLimits, METRICS);
                final int fromRow = random.nextBoolean() ? 0 : random.nextInt(block.rows() + 1);
                final int toRow = random.nextBoolean() ? block.rows() : fromRow + random.nextInt(block.rows() - fromRow + 1);
                final int[] range = times(block);
                final List<Integer> selected = new ArrayList<>();
                for (int row = fromRow; row < toRow; row++) {
                    if (block.time(row) >= range[0] && block.time(row) < range[1]) {
                        selected.add(row);
                        expected.computeIfAbsent(key(block, row, groupBy, intervalUs), key -> new Expected()).add(block, row);
                    }
                }
                kernel.begin(block, fromRow, toRow);
                kernel.selectTimes(range[0], range[1]);
                assertEquals(selected.size(), kernel.selectedCount());
                if (selected.isEmpty()) {
                    continue;
                }
                group(groups, groupBy, intervalUs);
                if (groups.groupLimit() > states.limit || random.nextInt(3) == 0) {
                    kernel.endRun();
                    states = states.extended(arena, groups.groupLimit());
                    if (random.nextInt(3) > 0) {
                        kernel.beginRun(states.rows);
                    }
                }
                final boolean countFirst = random.nextBoolean();
                if (countFirst) {
                    kernel.countRows(states.rows);
                }
                for (int metric = 0; metric <= METRICS; metric++) {
                    kernel.aggregate(metric, states.of(metric), wanted);
                }
                if (!countFirst) {
                    kernel.countRows(states.rows);
                }
                checkColumns(block, selected, groupBy, groups, intervalUs);
            }
            kernel.endRun();
            checkGroups(states, groups, expected, wanted);
        }
    }

    private SegmentGroups groups(final List<Integer> groupBy, final int[] codeLimits, final long intervalUs) {
        final SegmentGroups groups = new SegmentGroups();
        groups.begin();
        groups.component(intervalUs == 0 ? 1 : (int) Math.min(SPAN_US, SPAN_US / intervalUs + 2));
        groupBy.forEach(dimension -> groups.component(dimension < codeLimits.length ? codeLimits[dimension] + 1 : 1));
        groups.ready();
        return groups;
    }

    private void group(final SegmentGroups groups, final List<Integer> groupBy, final long intervalUs) {
        if (intervalUs == 0) {
            kernel.startKeys();
        } else {
            kernel.startKeys(SPAN_START_US, intervalUs, SPAN_START_US / intervalUs);
        }
        for (int i = 0; i < groupBy.size(); i++) {
            kernel.enter(groups, i + 1);
            kernel.mixCodes(groupBy.get(i), groups.radix(i + 1));
        }
        kernel.number(groups);
    }

    private int[] times(final RandomBlock block) {
        final int low = Math.min(block.minOffsetUs(), SPAN_US - 1);
        final int high = Math.max(low, block.maxOffsetUs());
        return switch (random.nextInt(4)) {
            case 0 -> new int[]{0, SPAN_US};
            case 1 -> new int[]{low, high};
            case 2 -> new int[]{low + random.nextInt(high - low + 1), SPAN_US};
            default -> {
                final int from = low + random.nextInt(high - low + 1);
                yield new int[]{from, from + random.nextInt(high - from + 2)};
            }
        };
    }

    private static List<Integer> key(final RandomBlock block, final int row, final List<Integer> groupBy, final long intervalUs) {
        final List<Integer> key = new ArrayList<>();
        key.add(intervalUs == 0 ? 0 : (int) ((SPAN_START_US + block.time(row)) / intervalUs - SPAN_START_US / intervalUs));
        groupBy.forEach(dimension -> key.add(block.code(dimension, row)));
        return key;
    }

    private void checkColumns(
        final RandomBlock block, final List<Integer> selected, final List<Integer> groupBy, final SegmentGroups groups,
        final long intervalUs) {
        final int[] rows = selected.stream().mapToInt(Integer::intValue).toArray();
        final int[] numbers = Arrays.copyOf(kernel.selected(), rows.length);
        assertArrayEquals(rows, numbers);
        final int[] components = new int[groupBy.size() + 1];
        final int[] codes = new int[4_096];
        for (int i = 0; i < rows.length; i++) {
            groups.decode(kernel.groups()[i], components);
            assertEquals(key(block, rows[i], groupBy, intervalUs), Arrays.stream(components).boxed().toList());
        }
        for (int dimension = 0; dimension <= block.dimensionCount(); dimension++) {
            kernel.codes(dimension, codes);
            for (int i = 0; i < rows.length; i++) {
                assertEquals(block.code(dimension, rows[i]), codes[i]);
            }
        }
        for (int metric = 0; metric <= METRICS; metric++) {
            final int count = kernel.values(metric);
            int at = 0;
            for (int i = 0; i < rows.length; i++) {
                final Double value = block.metric(metric, rows[i]);
                if (value != null) {
                    assertEquals(value.doubleValue(), kernel.values()[at]);
                    assertEquals(kernel.groups()[i], kernel.valueGroups()[at]);
                    at++;
                }
            }
            assertEquals(at, count);
        }
    }

    private static void checkGroups(
        final States states, final SegmentGroups groups, final Map<List<Integer>, Expected> expected, final int wanted) {
        final int[] components = new int[16];
        int found = 0;
        for (int group = 0; group < groups.groupLimit(); group++) {
            final long rows = NativeMemory.ALL.get(ValueLayout.JAVA_LONG, states.rows + group * 8L);
            if (rows == 0) {
                continue;
            }
            found++;
            groups.decode(group, components);
            final Expected of = expected.entrySet().stream().filter(entry -> {
                for (int i = 0; i < entry.getKey().size(); i++) {
                    if (entry.getKey().get(i) != components[i]) {
                        return false;
                    }
                }
                return true;
            }).findFirst().orElseThrow().getValue();
            assertEquals(of.rows, rows);
            for (int metric = 0; metric <= METRICS; metric++) {
                of.check(metric, states.of(metric) + (long) group * MetricState.BYTES, wanted);
            }
        }
        assertEquals(expected.size(), found);
    }

    private static final class States {
        private final long rows;
        private final long[] metrics = new long[METRICS + 1];
        private final int limit;
        private final int wanted;

        States(final Arena arena, final int limit, final int wanted) {
            this.limit = limit;
            this.wanted = wanted;
            rows = arena.allocate(8L * limit + 8, 64).address();
            for (int metric = 0; metric <= METRICS; metric++) {
                metrics[metric] = arena.allocate((long) MetricState.BYTES * limit + 8, 64).address();
                MetricState.init(metrics[metric], limit, (wanted & BlockKernel.MOMENTS) != 0);
            }
        }

        long of(final int metric) {
            return metrics[metric];
        }

        States extended(final Arena arena, final int newLimit) {
            if (newLimit <= limit) {
                return this;
            }
            final States longer = new States(arena, newLimit * 2, wanted);
            MemorySegment.copy(NativeMemory.ALL, rows, NativeMemory.ALL, longer.rows, 8L * limit);
            for (int metric = 0; metric <= METRICS; metric++) {
                for (int group = 0; group < limit; group++) {
                    MetricState.merge(
                        longer.of(metric) + (long) group * MetricState.BYTES, of(metric) + (long) group * MetricState.BYTES, wanted);
                }
            }
            return longer;
        }
    }

    private static final class Expected {
        private int rows;
        private final List<List<Double>> values = new ArrayList<>();

        Expected() {
            for (int i = 0; i <= METRICS; i++) {
                values.add(new ArrayList<>());
            }
        }

        void add(final RandomBlock block, final int row) {
            rows++;
            for (int metric = 0; metric <= METRICS; metric++) {
                if (block.metric(metric, row) != null) {
                    values.get(metric).add(block.metric(metric, row));
                }
            }
        }

        void check(final int metric, final long address, final int wanted) {
            final List<Double> list = values.get(metric);
            assertEquals(list.size(), MetricState.count(address));
            BigDecimal sum = BigDecimal.ZERO;
            double magnitude = 0;
            double min = Double.POSITIVE_INFINITY;
            double max = Double.NEGATIVE_INFINITY;
            boolean whole = true;
            for (final double value : list) {
                sum = sum.add(new BigDecimal(value));
                magnitude += Math.abs(value);
                min = Math.min(min, value);
                max = Math.max(max, value);
                whole &= value == Math.rint(value);
            }
            final BigDecimal pair = new BigDecimal(MetricState.roundedSum(address)).add(new BigDecimal(MetricState.compensation(address)));
            final double error = pair.subtract(sum).abs().doubleValue();
            assertTrue(error <= (whole ? 0 : magnitude * 0x1p-80), () -> error + " off, of " + list.size() + " values");
            final boolean extremes = (wanted & BlockKernel.EXTREMES) != 0;
            assertEquals(extremes ? min : Double.POSITIVE_INFINITY, MetricState.min(address));
            assertEquals(extremes ? max : Double.NEGATIVE_INFINITY, MetricState.max(address));
            if ((wanted & BlockKernel.MOMENTS) == 0) {
                assertTrue(Double.isNaN(MetricState.m2(address)));
            } else {
                checkMoments(list, sum, MetricState.m2(address));
            }
        }

        private static void checkMoments(final List<Double> list, final BigDecimal sum, final double m2) {
            if (list.isEmpty()) {
                assertEquals(0.0, m2);
                return;
            }
            final BigDecimal mean = sum.divide(BigDecimal.valueOf(list.size()), MathContext.DECIMAL128);
            BigDecimal exact = BigDecimal.ZERO;
            double scale = 0;
            for (final double value : list) {
                final BigDecimal distance = new BigDecimal(value).subtract(mean);
                exact = exact.add(distance.multiply(distance, MathContext.DECIMAL128), MathContext.DECIMAL128);
                scale += value * value;
            }
            // one pass with updating errs by count * epsilon * sqrt(scale / exact) of the value: Chan, Golub, LeVeque 1983, table 2
            final double bound = (list.size() + 16) * 0x1p-52 * Math.sqrt(scale * exact.doubleValue());
            assertEquals(exact.doubleValue(), m2, bound + scale * 1e-24);
        }
    }
}
