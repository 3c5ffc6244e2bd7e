package io.truenow.engine.scan.sketch;

import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.value.ValueTable;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.format.sketch.DistinctSketch;
import io.truenow.format.sketch.QuantileSketch;
import io.truenow.format.sketch.Sketch;
import io.truenow.format.sketch.SketchKind;
import io.truenow.format.sketch.SketchMerge;
import io.truenow.format.sketch.TopSketch;
import io.truenow.testing.Seeds;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Feeds random rows of several segments, some through copies as a cube keeps them, and compares with a plain model. */
final class SegmentSketchTest {
    /** Of the query agent, in rows. */
    private static final int MORSEL = 1 << 16;

    private final RandomGenerator random = Seeds.random("SegmentSketchTest");
    private final Map<Integer, Map<String, Long>> countsByGroup = new HashMap<>();
    private final Map<Integer, List<Double>> valuesByGroup = new HashMap<>();
    private int resultGroups;
    private int[] codes;

    @RepeatedTest(40)
    void answersAreThoseOfThePlainModel() {
        try (LaneMemory memory = ShardUnderTest.memory(new MemoryAccountant(Long.MAX_VALUE))) {
            codes = intern(memory.values(), 1 + random.nextInt(1 << random.nextInt(1, 15)));
            resultGroups = 1 + random.nextInt(1 << random.nextInt(1, 9));
            final LaneValues values = new LaneValues(memory.values());
            values.begin();
            final int wanted = 1 + random.nextInt(5);
            final SketchWish distinct = new SketchWish(SketchKind.DISTINCT, 0, 0, random.nextBoolean());
            final SketchWish quantiles = new SketchWish(SketchKind.QUANTILES, 0, 0, false);
            final SketchWish top = new SketchWish(SketchKind.TOP, 0, wanted, false);
            final Gatherer[] gatherers = {new Gatherer(distinct, values), new Gatherer(quantiles, values), new Gatherer(top, values)};
            final int segments = 1 + random.nextInt(5);
            for (int i = 0; i < segments; i++) {
                feedSegment(gatherers, memory.values());
            }
            for (int group = 0; group < resultGroups; group++) {
                final Map<String, Long> counts = countsByGroup.getOrDefault(group, Map.of());
                checkDistinct((DistinctSketch) gatherers[0].travelled(group), counts.size(), distinct.sole());
                checkQuantiles((QuantileSketch) gatherers[1].travelled(group), valuesByGroup.getOrDefault(group, List.of()));
                checkTop((TopSketch) gatherers[2].travelled(group), counts);
            }
        }
    }

    private void feedSegment(final Gatherer[] gatherers, final ValueTable values) {
        final int size = 1 + random.nextInt(codes.length);
        final int[] laneCodes = Arrays.copyOf(shuffled(codes), size);
        final int[] targets = new int[1 + random.nextInt(resultGroups * 2)];
        Arrays.setAll(targets, i -> random.nextInt(-1, resultGroups));
        final int knownGroups = random.nextBoolean() ? targets.length : 1 + random.nextInt(targets.length);
        final int shape = random.nextInt(4);
        final boolean isInteger = shape < 2;
        final double least = isInteger ? -random.nextInt(1_000) : random.nextGaussian() * 500;
        final double[] range = {random.nextBoolean() ? 0 : least, shape == 0 ? 1_000 : shape == 1 ? 1L << 40 : shape == 2 ? 1e-9 : 1e12};
        for (final Gatherer gatherer : gatherers) {
            gatherer.begin(size + 1, laneCodes, range[0], range[0] + range[1], isInteger, knownGroups);
        }
        final int folds = 1 + random.nextInt(3);
        for (int fold = 0; fold < folds; fold++) {
            final int blocks = random.nextInt(6);
            for (int block = 0; block < blocks; block++) {
                final int count = random.nextInt(4_097);
                final int[] groups = random.ints(count, 0, targets.length).toArray();
                final int[] local = new int[4_096];
                final double[] metric = new double[count];
                for (int i = 0; i < count; i++) {
                    local[i] = Math.min(random.nextInt(size + 1), random.nextInt(size + 1));
                    final double value = range[0] + Math.pow(random.nextDouble(), 4) * range[1];
                    metric[i] = isInteger ? Math.rint(value) : value;
                    if (targets[groups[i]] >= 0) {
                        valuesByGroup.computeIfAbsent(targets[groups[i]], _ -> new ArrayList<>()).add(metric[i]);
                        if (local[i] > 0) {
                            countsByGroup.computeIfAbsent(targets[groups[i]], _ -> new HashMap<>())
                                .merge(text(values, laneCodes[local[i] - 1]), 1L, Long::sum);
                        }
                    }
                }
                for (final Gatherer gatherer : gatherers) {
                    gatherer.take(groups, local, metric, targets.length);
                }
            }
            for (final Gatherer gatherer : gatherers) {
                gatherer.fold(fold + 1 < folds, targets);
                if (fold + 1 < folds) {
                    gatherer.begin(size + 1, laneCodes, range[0], range[0] + range[1], isInteger, knownGroups);
                }
            }
        }
    }

    private static void checkDistinct(final DistinctSketch sketch, final int expected, final boolean isSole) {
        assertEquals(isSole || expected <= sketch.maxHashes(), sketch.isExact());
        if (sketch.isExact()) {
            assertEquals(expected, sketch.estimate());
        } else {
            assertEquals(expected, sketch.estimate(), expected * 0.1);
        }
    }

    private static void checkQuantiles(final QuantileSketch sketch, final List<Double> expected) {
        assertEquals(expected.size(), sketch.count());
        final double[] sorted = expected.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        for (int twentieth = 0; twentieth <= 20 && sorted.length > 0; twentieth++) {
            final double rank = twentieth / 20.0;
            final double exact = sorted[Math.max(0, (twentieth * sorted.length + 19) / 20 - 1)];
            assertTrue(sketch.lowerBound(rank) <= exact && exact <= sketch.upperBound(rank),
                exact + " not in " + sketch.lowerBound(rank) + " .. " + sketch.upperBound(rank));
        }
    }

    private static void checkTop(final TopSketch sketch, final Map<String, Long> expected) {
        final int size = sketch.rank();
        assertEquals(Math.min(expected.size(), sketch.capacity()), size);
        final long[] sorted = expected.values().stream().mapToLong(Long::longValue).sorted().toArray();
        for (int place = 0; place < size; place++) {
            final String value = sketch.valueBuffer().getStringWithoutLengthUtf8(sketch.valueOffset(place), sketch.valueLength(place));
            assertEquals(expected.get(value), sketch.estimate(place));
            assertEquals(sorted[sorted.length - 1 - place], sketch.estimate(place));
        }
        assertEquals(size < sorted.length ? sorted[sorted.length - 1 - size] : 0, sketch.omittedBound());
    }

    private static int[] intern(final ValueTable values, final int count) {
        final int[] codes = new int[count];
        for (int i = 0; i < count; i++) {
            final byte[] text = ("value-" + i).getBytes(StandardCharsets.UTF_8);
            final UnsafeBuffer bytes = new UnsafeBuffer(text);
            final int hash = values.hash(bytes, 0, text.length);
            int state = 0;
            while (state == 0) {
                values.beginReserve();
                values.reserve(hash, text.length);
                state = values.endReserve();
            }
            codes[i] = values.findOrAdd(hash, bytes, 0, text.length);
        }
        return codes;
    }

    @Test
    void saysSoWhereASegmentHasMorePairsThanAreKept() {
        try (LaneMemory memory = ShardUnderTest.memory(new MemoryAccountant(Long.MAX_VALUE))) {
            final int codeLimit = (1 << 21) + 2;
            final LaneValues values = new LaneValues(memory.values());
            final TopScan scan = new TopScan(0, 0);
            scan.begin(codeLimit, code -> code, 1);
            final int[] local = new int[1 << 12];
            for (int first = 1; first < codeLimit; first += local.length) {
                for (int i = 0; i < local.length; i++) {
                    // the last code again and again: the most frequent one, and the first to find no room
                    local[i] = Math.min(first + i, codeLimit - 1);
                }
                scan.take(new int[local.length], local, local.length, 1);
            }
            final SketchWish wish = new SketchWish(SketchKind.TOP, 0, 0, false);
            final SketchCells kept = SketchCells.kept(wish);
            assertTrue(hasFailed(scan, kept), "in a cube");
            final SketchTransfer transfer = new SketchTransfer();
            transfer.begin(kept, SketchCells.result(wish, values), new int[1], 1);
            transfer.step();
            assertTrue(transfer.hasFailed(), "of a cube");
            assertTrue(hasFailed(scan, SketchCells.result(wish, values)));
        }
    }

    private static boolean hasFailed(final SegmentSketch scan, final SketchCells target) {
        final SketchTransfer transfer = new SketchTransfer();
        transfer.begin(scan, target, new int[1], 1);
        while (!transfer.isOver()) {
            transfer.step();
        }
        return transfer.hasFailed();
    }

    /** Many groups, many values: whatever way they are gathered, no step costs more than a morsel, and little is held twice. */
    @Test
    void transfersInSmallSteps() {
        try (LaneMemory memory = ShardUnderTest.memory(new MemoryAccountant(Long.MAX_VALUE))) {
            codes = intern(memory.values(), 60_000);
            final LaneValues values = new LaneValues(memory.values());
            for (final int groupLimit : new int[]{1, 64, 300, 20_000}) {
                for (final SketchKind kind : SketchKind.values()) {
                    for (final boolean isSole : new boolean[]{false, true}) {
                        checkSteps(new SketchWish(kind, 0, 0, isSole), values, groupLimit);
                    }
                }
            }
        }
    }

    private void checkSteps(final SketchWish wish, final LaneValues values, final int groupLimit) {
        values.begin();
        final Gatherer gatherer = new Gatherer(wish, values);
        gatherer.begin(codes.length + 1, codes, 0, 1 << 30, false, groupLimit);
        for (int block = 0; block < 100; block++) {
            gatherer.take(random.ints(4_096, 0, groupLimit).toArray(), random.ints(4_096, 0, codes.length + 1).toArray(),
                random.doubles(4_096, 0, 1 << 30).toArray(), groupLimit);
        }
        final long gathered = gatherer.segment.heapBytes();
        final int[] targets = new int[groupLimit];
        Arrays.setAll(targets, i -> i);
        final SketchTransfer transfer = new SketchTransfer();
        transfer.begin(gatherer.segment, gatherer.result, targets, groupLimit);
        long greatestCost = 0;
        long heldTwice = 0;
        while (!transfer.isOver()) {
            greatestCost = Math.max(greatestCost, transfer.step());
            heldTwice = Math.max(heldTwice, gatherer.segment.heapBytes() - gathered);
        }
        assertFalse(transfer.hasFailed());
        assertTrue(greatestCost <= MORSEL, wish + ", " + groupLimit + " groups: a step costs " + greatestCost);
        assertTrue(heldTwice < 24 << 20, wish + ", " + groupLimit + " groups: " + heldTwice + " bytes beside what was gathered");
    }

    private static String text(final ValueTable values, final int code) {
        final byte[] bytes = new byte[values.length(code)];
        values.copy(code, bytes, 0);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private int[] shuffled(final int[] source) {
        final int[] result = source.clone();
        for (int i = result.length - 1; i > 0; i--) {
            final int other = random.nextInt(i + 1);
            final int kept = result[i];
            result[i] = result[other];
            result[other] = kept;
        }
        return result;
    }

    /** One sketch's way from rows to a result. */
    private static final class Gatherer {
        private final SketchWish wish;
        private final SegmentSketch segment;
        private final SketchCells result;
        private final ExpandableArrayBuffer message = new ExpandableArrayBuffer();
        private final SketchTransfer transfer = new SketchTransfer();
        private SketchCells kept;

        Gatherer(final SketchWish wish, final LaneValues values) {
            this.wish = wish;
            this.segment = SegmentSketch.create(wish);
            this.result = SketchCells.result(wish, values);
        }

        void begin(
            final int codeLimit, final int[] laneCodes, final double min, final double max, final boolean isInteger, final int groupLimit) {
            switch (segment) {
                case DistinctScan scan -> scan.begin(codeLimit, code -> laneCodes[code - 1], groupLimit);
                case TopScan scan -> scan.begin(codeLimit, code -> laneCodes[code - 1], groupLimit);
                case QuantileScan scan -> scan.begin(min, max, isInteger, groupLimit);
            }
        }

        void take(final int[] groups, final int[] codes, final double[] values, final int groupLimit) {
            switch (segment) {
                case DistinctScan scan -> scan.take(groups, codes, groups.length, groupLimit);
                case TopScan scan -> scan.take(groups, codes, groups.length, groupLimit);
                case QuantileScan scan -> scan.take(groups, values, groups.length, groupLimit);
            }
        }

        /** What was gathered goes into cells that a cube would keep, or into the result, in the end with what was kept. */
        void fold(final boolean isKept, final int[] targets) {
            if (isKept || kept != null) {
                final int[] same = new int[targets.length];
                Arrays.setAll(same, i -> i);
                kept = kept == null ? SketchCells.kept(wish) : kept;
                transfer.begin(segment, kept, same, same.length);
                run();
                kept.trim();
            }
            if (!isKept) {
                if (kept == null) {
                    transfer.begin(segment, result, targets, targets.length);
                } else {
                    transfer.begin(kept, result, targets, targets.length);
                }
                run();
                kept = null;
            }
        }

        private void run() {
            while (!transfer.isOver()) {
                transfer.step();
            }
            assertFalse(transfer.hasFailed());
        }

        Sketch travelled(final int group) {
            final int length = result.sketch(group).serialize(message, 0);
            final Sketch received = Sketch.create(wish.kind(), wish.parameter());
            assertEquals(SketchMerge.MERGED, received.merge(message, 0, length));
            return received;
        }
    }
}
