package io.truenow.format.sketch;

import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.apache.datasketches.hash.XxHash64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class DistinctSketchTest {
    private final RandomGenerator random = Seeds.random("DistinctSketchTest");

    @Test
    void hashesAsTheReferenceDoes() {
        for (int length = 0; length < 100; length++) {
            final byte[] bytes = new byte[length + 3];
            random.nextBytes(bytes);
            final long expected = XxHash64.hashBytes(bytes, 3, length, 0);
            assertEquals(expected, ValueHash.of(new UnsafeBuffer(bytes), 3, length));
            assertEquals(expected, ValueHash.of(MemorySegment.ofArray(bytes), 3, length));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 12, 14})
    void staysWithinItsBoundsHoweverRowsAreDivided(final int parameter) {
        int outside = 0;
        int estimated = 0;
        for (int round = 0; round < 60; round++) {
            final int values = 1 + random.nextInt(1 << random.nextInt(1, 18));
            final Sketch[] parts = new Sketch[1 + random.nextInt(6)];
            for (int i = 0; i < parts.length; i++) {
                parts[i] = new DistinctSketch(parameter);
            }
            final DistinctSketch whole = new DistinctSketch(parameter);
            final Set<Long> exact = new HashSet<>();
            final long seed = random.nextLong();
            for (int i = 0; i < values * 2; i++) {
                final long hash = hash(seed + random.nextInt(values));
                exact.add(hash);
                whole.update(hash);
                ((DistinctSketch) parts[random.nextInt(parts.length)]).update(hash);
            }
            final DistinctSketch merged = (DistinctSketch) SketchBytesFuzz.mergedInAnyOrder(parts, random);
            assertArrayEquals(SketchBytesFuzz.serialized(whole), SketchBytesFuzz.serialized(merged), "division matters");
            assertEquals(exact.size() <= 1 << parameter - 3, merged.isExact());
            if (merged.isExact()) {
                assertEquals(exact.size(), merged.estimate());
            } else {
                estimated++;
            }
            assertTrue(merged.lowerBound() <= merged.estimate() && merged.estimate() <= merged.upperBound());
            outside += exact.size() < merged.lowerBound() || exact.size() > merged.upperBound() ? 1 : 0;
            assertEquals(exact.size(), merged.estimate(), exact.size() * 6 * 1.04 / Math.sqrt(1 << parameter));
        }
        // three deviations: expected 0.3 % of them; two of some forty are once in hundreds of runs, four never
        assertTrue(outside < 4, outside + " of " + estimated + " outside");
    }

    @Test
    void refusesDamagedBytes() {
        for (final int values : new int[] {0, 1, 100, 512, 513, 100_000}) {
            final DistinctSketch source = sketch(values);
            SketchBytesFuzz.refusesDamage(source, sketch(10), random);
            SketchBytesFuzz.survivesForgery(source, sketch(10), random);
            SketchBytesFuzz.survivesForgery(source, sketch(1_000), random);
        }
        final DistinctSketch counted = new DistinctSketch(0);
        counted.count(77);
        SketchBytesFuzz.refusesDamage(counted, sketch(10), random);
        SketchBytesFuzz.survivesForgery(counted, sketch(10), random);
    }

    @Test
    void anExactCountStandsAlone() {
        final DistinctSketch counted = new DistinctSketch(0);
        counted.count(1_000_000);
        final DistinctSketch target = new DistinctSketch(0);
        assertEquals(SketchMerge.MERGED, SketchBytesFuzz.merge(target, SketchBytesFuzz.serialized(new DistinctSketch(0))));
        assertEquals(SketchMerge.MERGED, SketchBytesFuzz.merge(target, SketchBytesFuzz.serialized(counted)));
        assertEquals(1_000_000, target.estimate());
        assertTrue(target.isExact());
        assertEquals(SketchMerge.MISMATCH, SketchBytesFuzz.merge(target, SketchBytesFuzz.serialized(counted)));
        assertEquals(SketchMerge.MISMATCH, SketchBytesFuzz.merge(target, SketchBytesFuzz.serialized(sketch(5))));
        assertEquals(SketchMerge.MISMATCH, SketchBytesFuzz.merge(target, SketchBytesFuzz.serialized(sketch(5_000))));
        assertEquals(SketchMerge.MISMATCH, SketchBytesFuzz.merge(new DistinctSketch(11), SketchBytesFuzz.serialized(counted)));
        assertEquals(SketchMerge.MISMATCH, SketchBytesFuzz.merge(new TopSketch(0), SketchBytesFuzz.serialized(counted)));
        assertEquals(1_000_000, target.estimate());
    }

    @Test
    void startsOver() {
        final DistinctSketch sketch = sketch(100_000);
        sketch.reset();
        assertTrue(sketch.isEmpty());
        for (int i = 0; i < 3; i++) {
            sketch.update(hash(i));
        }
        assertEquals(3, sketch.estimate());
        for (int i = 0; i < 600; i++) {
            sketch.update(hash(i));
        }
        assertFalse(sketch.isExact());
        assertEquals(600, sketch.estimate(), 60);
    }

    @Test
    void knowsThatThereAreMoreThanItCountsExactly() {
        for (int values = 129; values < 200; values++) {
            final DistinctSketch sketch = new DistinctSketch(10);
            final long seed = random.nextLong();
            for (int i = 0; i < values; i++) {
                sketch.update(hash(seed + i));
            }
            assertTrue(129 <= sketch.lowerBound() && sketch.lowerBound() <= sketch.estimate() && sketch.estimate() <= sketch.upperBound());
        }
    }

    private DistinctSketch sketch(final int values) {
        final DistinctSketch sketch = new DistinctSketch(0);
        for (int i = 0; i < values; i++) {
            sketch.update(hash(i));
        }
        return sketch;
    }

    private static long hash(final long value) {
        return XxHash64.hash(value, 0);
    }
}
