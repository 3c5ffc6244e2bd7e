package io.truenow.format.sketch;

import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class QuantileSketchTest {
    private static final double[] RANKS = {0.07, 0.55, 0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1};

    private final RandomGenerator random = Seeds.random("QuantileSketchTest");

    enum Shape {
        CONSTANT, SMALL_INTEGERS, LARGE_INTEGERS, UNIFORM, LOG_NORMAL, SIGNED, NARROW_BAND_AND_ZEROS, EXTREMES;

        double next(final RandomGenerator random) {
            return switch (this) {
                case CONSTANT -> 17.25;
                case SMALL_INTEGERS -> random.nextInt(1_000) - 300;
                case LARGE_INTEGERS -> random.nextLong(1L << 40);
                case UNIFORM -> random.nextDouble();
                case LOG_NORMAL -> Math.exp(random.nextGaussian() * 2);
                case SIGNED -> random.nextGaussian() * 1_000;
                case NARROW_BAND_AND_ZEROS -> random.nextInt(10) == 0 ? -0.0 : 1e9 + random.nextDouble();
                case EXTREMES -> Double.longBitsToDouble(random.nextLong() & ~(1L << 62));
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void quantilesLieWithinTheirBoundsHoweverRowsAreDivided(final Shape shape) {
        for (int round = 0; round < 25; round++) {
            final double[] values = new double[1 + random.nextInt(1 << random.nextInt(1, 17))];
            final int parameter = random.nextBoolean() ? 0 : 64 + random.nextInt(500);
            final Sketch[] parts = new Sketch[1 + random.nextInt(6)];
            for (int i = 0; i < parts.length; i++) {
                parts[i] = new QuantileSketch(parameter);
            }
            final QuantileSketch whole = new QuantileSketch(parameter);
            for (int i = 0; i < values.length; i++) {
                values[i] = shape.next(random);
                whole.update(values[i]);
                ((QuantileSketch) parts[random.nextInt(parts.length)]).update(values[i]);
            }
            Arrays.sort(values);
            final QuantileSketch joined = new QuantileSketch(parameter);
            for (final Sketch part : parts) {
                joined.merge((QuantileSketch) part);
            }
            assertArrayEquals(SketchBytesFuzz.serialized(whole), SketchBytesFuzz.serialized(joined), "division matters in memory");
            final QuantileSketch merged = (QuantileSketch) SketchBytesFuzz.mergedInAnyOrder(parts, random);
            assertArrayEquals(SketchBytesFuzz.serialized(whole), SketchBytesFuzz.serialized(merged), "division matters");
            check(merged, values);
            if (shape == Shape.LOG_NORMAL && parameter == 0) {
                final double p99 = merged.quantile(0.99);
                assertTrue(merged.upperBound(0.99) - merged.lowerBound(0.99) <= p99 / 64, "too wide");
            }
            if (shape == Shape.CONSTANT || shape == Shape.SMALL_INTEGERS && parameter == 0) {
                assertTrue(merged.isExact());
            }
        }
    }

    private static void check(final QuantileSketch sketch, final double[] sorted) {
        assertEquals(sorted.length, sketch.count());
        assertEquals(sorted[0] + 0.0, sketch.min());
        assertEquals(sorted[sorted.length - 1] + 0.0, sketch.max());
        for (final double rank : RANKS) {
            final int place = BigDecimal.valueOf(rank).multiply(BigDecimal.valueOf(sorted.length))
                .setScale(0, RoundingMode.CEILING).intValueExact();
            final double exact = sorted[Math.clamp(place - 1, 0, sorted.length - 1)] + 0.0;
            final double answer = sketch.quantile(rank);
            assertTrue(sketch.lowerBound(rank) <= exact && exact <= sketch.upperBound(rank), "rank " + rank + " of " + sorted.length);
            assertTrue(sketch.lowerBound(rank) <= answer && answer <= sketch.upperBound(rank), "rank " + rank + " of " + sorted.length);
            if (sketch.isExact()) {
                assertEquals(exact, answer);
            }
        }
    }

    @Test
    void takesBucketsCountedElsewhere() {
        final QuantileSketch sketch = new QuantileSketch(0);
        final QuantileSketch expected = new QuantileSketch(0);
        sketch.beginBuckets(3, 0, false, 5, 9);
        for (int value = 5; value <= 9; value += 2) {
            sketch.takeBucket(DoubleOrder.place(value), value);
            for (int i = 0; i < value; i++) {
                expected.update(value);
            }
        }
        sketch.endBuckets();
        assertArrayEquals(SketchBytesFuzz.serialized(expected), SketchBytesFuzz.serialized(sketch));
        assertEquals(7, sketch.quantile(0.5));
        assertEquals(21, sketch.count());
    }

    @Test
    void refusesDamagedBytes() {
        for (final int values : new int[] {0, 1, 100, 100_000}) {
            final QuantileSketch source = new QuantileSketch(256);
            for (int i = 0; i < values; i++) {
                source.update(Shape.LOG_NORMAL.next(random));
            }
            final QuantileSketch target = new QuantileSketch(256);
            target.update(3);
            SketchBytesFuzz.refusesDamage(source, target, random);
            SketchBytesFuzz.survivesForgery(source, target, random);
            assertTrue(target.quantile(0.5) <= target.max());
        }
        final byte[] coarser = SketchBytesFuzz.serialized(new QuantileSketch(256));
        assertEquals(SketchMerge.MISMATCH, SketchBytesFuzz.merge(new QuantileSketch(0), coarser));
    }

    @Test
    void answersNothingWithoutValues() {
        final QuantileSketch sketch = new QuantileSketch(0);
        sketch.update(Double.NaN);
        assertTrue(sketch.isEmpty());
        assertTrue(Double.isNaN(sketch.quantile(0.5)) && Double.isNaN(sketch.lowerBound(0.5)) && Double.isNaN(sketch.upperBound(0.5)));
        sketch.update(2);
        sketch.reset();
        assertTrue(sketch.isEmpty());
        sketch.update(1);
        assertEquals(1, sketch.max());
    }
}
