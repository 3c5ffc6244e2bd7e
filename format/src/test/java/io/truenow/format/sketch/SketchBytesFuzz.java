package io.truenow.format.sketch;

import org.agrona.concurrent.UnsafeBuffer;

import java.util.Arrays;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** What every sketch must do with bytes. */
final class SketchBytesFuzz {
    private SketchBytesFuzz() {
    }

    static byte[] serialized(final Sketch sketch) {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[sketch.maxLengthBytes()]);
        return Arrays.copyOf(buffer.byteArray(), sketch.serialize(buffer, 0));
    }

    static SketchMerge merge(final Sketch sketch, final byte[] bytes) {
        return sketch.merge(new UnsafeBuffer(bytes), 0, bytes.length);
    }

    /** Merges parts in a random order and by random pairs. */
    static Sketch mergedInAnyOrder(final Sketch[] parts, final RandomGenerator random) {
        final Sketch[] left = parts.clone();
        int count = left.length;
        while (count > 1) {
            final int into = random.nextInt(count);
            final int from = (into + 1 + random.nextInt(count - 1)) % count;
            assertEquals(SketchMerge.MERGED, merge(left[into], serialized(left[from])));
            left[from] = left[--count];
        }
        return left[0];
    }

    /** Shorter, longer and altered bytes are refused, and leave the sketch as it was. */
    static void refusesDamage(final Sketch source, final Sketch target, final RandomGenerator random) {
        final byte[] bytes = serialized(source);
        final byte[] before = serialized(target);
        for (int i = 0; i < 200; i++) {
            final byte[] damaged = bytes.clone();
            final int bit = random.nextInt(bytes.length * Byte.SIZE);
            damaged[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
            assertEquals(SketchMerge.MALFORMED, merge(target, damaged), "bit " + bit);
            assertEquals(SketchMerge.MALFORMED, merge(target, Arrays.copyOf(bytes, random.nextInt(bytes.length))));
        }
        assertEquals(SketchMerge.MALFORMED, merge(target, Arrays.copyOf(bytes, bytes.length + 1)));
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        assertEquals(SketchMerge.MALFORMED, target.merge(buffer, 0, bytes.length + 1));
        assertEquals(SketchMerge.MALFORMED, target.merge(buffer, -1, bytes.length));
        assertEquals(SketchMerge.MALFORMED, target.merge(buffer, 0, -1));
        assertArrayEquals(before, serialized(target));
    }

    /** What a stranger made up behind a right checksum does no harm: it is refused or merged, and the sketch goes on answering. */
    static void survivesForgery(final Sketch source, final Sketch target, final RandomGenerator random) {
        final byte[] bytes = serialized(source);
        for (int i = 0; i < 2_000; i++) {
            final int length = random.nextBoolean() ? bytes.length : SketchBytes.HEAD_BYTES + random.nextInt(bytes.length);
            final byte[] forged = Arrays.copyOf(bytes, length);
            final int changes = 1 + random.nextInt(4);
            for (int change = 0; change < changes; change++) {
                // often where the counts and limits stand
                final int range = random.nextBoolean() ? Math.min(forged.length, 48) : forged.length;
                forged[random.nextInt(range)] = (byte) (random.nextBoolean() ? random.nextInt() : -1);
            }
            final UnsafeBuffer buffer = new UnsafeBuffer(forged);
            SketchBytes.seal(buffer, 0, forged.length, source, SketchBytes.form(buffer, 0), SketchBytes.detail(buffer, 0));
            merge(target, forged);
            serialized(target);
        }
    }
}
