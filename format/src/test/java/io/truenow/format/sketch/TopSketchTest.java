package io.truenow.format.sketch;

import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TopSketchTest {
    private final RandomGenerator random = Seeds.random("TopSketchTest");

    @Test
    void everyCountLiesWithinItsBounds() {
        for (int round = 0; round < 60; round++) {
            final int values = 1 + random.nextInt(1 << random.nextInt(1, 14));
            final double skew = random.nextDouble() * 3;
            final int wanted = 1 + random.nextInt(20);
            final Sketch[] parts = new Sketch[1 + random.nextInt(20)];
            final Map<String, Long> exact = new HashMap<>();
            for (int i = 0; i < parts.length; i++) {
                final Map<String, Long> counts = new HashMap<>();
                for (int row = 0; row < 3_000; row++) {
                    counts.merge("value-" + (int) (values * Math.pow(random.nextDouble(), 1 + skew)), 1L, Long::sum);
                }
                counts.forEach((value, count) -> exact.merge(value, count, Long::sum));
                parts[i] = sketch(wanted, counts);
            }
            final TopSketch merged = (TopSketch) SketchBytesFuzz.mergedInAnyOrder(parts, random);
            check(merged, exact, parts.length == 1);
            if (exact.size() <= merged.capacity()) {
                assertEquals(0, merged.omittedBound());
                assertEquals(exact.values().stream().max(Comparator.naturalOrder()).orElseThrow(), merged.estimate(0));
            }
        }
    }

    private static void check(final TopSketch merged, final Map<String, Long> exact, final boolean isSole) {
        final Map<String, Long> unlisted = new HashMap<>(exact);
        final int size = merged.rank();
        long last = Long.MAX_VALUE;
        for (int place = 0; place < size; place++) {
            final String value = value(merged, place);
            final long count = unlisted.remove(value);
            assertTrue(merged.lowerBound(place) <= count && count <= merged.upperBound(place), value);
            assertTrue(merged.estimate(place) <= last);
            last = merged.estimate(place);
            if (isSole) {
                assertEquals(count, last);
            }
        }
        unlisted.forEach((value, count) -> assertTrue(count <= merged.omittedBound(), value));
    }

    @Test
    void keepsLongValuesWithinAMessage() {
        final Map<String, Long> counts = new HashMap<>();
        for (int i = 0; i < 200; i++) {
            counts.put(i + "x".repeat(1_000), 1_000L - i);
        }
        final TopSketch source = sketch(10, counts);
        final byte[] bytes = SketchBytesFuzz.serialized(source);
        assertTrue(bytes.length <= TopSketch.MAX_WIRE_BYTES + 64, bytes.length + " bytes");
        final TopSketch target = new TopSketch(10);
        assertEquals(SketchMerge.MERGED, SketchBytesFuzz.merge(target, bytes));
        check(target, counts, true);
        assertTrue(target.rank() >= 20);
    }

    @Test
    void ordersTiesByTheirBytes() {
        final TopSketch sketch = sketch(3, Map.of("b", 5L, "a", 5L, "ab", 5L, "c", 6L));
        final List<String> values = IntStream.range(0, sketch.rank())
            .mapToObj(place -> value(sketch, place)).toList();
        assertEquals(List.of("c", "a", "ab", "b"), values);
    }

    @Test
    void refusesDamagedBytes() {
        for (final int values : new int[] {0, 1, 100, 3_000}) {
            final Map<String, Long> counts = new HashMap<>();
            for (int i = 0; i < values; i++) {
                counts.put("value-" + i, random.nextLong(1, 1_000));
            }
            SketchBytesFuzz.refusesDamage(sketch(10, counts), sketch(10, Map.of("value-1", 3L, "other", 4L)), random);
            SketchBytesFuzz.survivesForgery(sketch(10, counts), sketch(10, Map.of("value-1", 3L, "other", 4L)), random);
        }
    }

    private static String value(final TopSketch sketch, final int place) {
        return sketch.valueBuffer().getStringWithoutLengthUtf8(sketch.valueOffset(place), sketch.valueLength(place));
    }

    private static TopSketch sketch(final int wanted, final Map<String, Long> counts) {
        final TopSketch sketch = new TopSketch(wanted);
        final List<Map.Entry<String, Long>> sorted = counts.entrySet().stream()
            .sorted(Map.Entry.<String, Long>comparingByValue().reversed()).toList();
        final int listed = Math.min(sketch.capacity(), sorted.size());
        for (final Map.Entry<String, Long> entry : sorted.subList(0, listed)) {
            final byte[] bytes = entry.getKey().getBytes(StandardCharsets.UTF_8);
            sketch.add(new UnsafeBuffer(bytes), 0, bytes.length, entry.getValue());
        }
        sketch.omit(listed < sorted.size() ? sorted.get(listed).getValue() : 0);
        return sketch;
    }
}
