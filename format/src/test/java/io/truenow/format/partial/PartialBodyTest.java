package io.truenow.format.partial;

import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Writer to reader against a plain list of groups, in parts; and the reader on damaged bytes. */
class PartialBodyTest {
    private static final long SEED = Long.getLong("truenow.test.seed", 20_261_123L);

    private record Group(
        long bucketUs, long rowCount, List<String> dimensions, List<List<Double>> metrics, List<List<Byte>> sketches) {
    }

    private final UnsafeBuffer buffer = new UnsafeBuffer(ByteBuffer.allocateDirect(128 * 1024));
    private final PartialBodyReader reader = new PartialBodyReader();
    private final PartialBodyWriter writer = new PartialBodyWriter();

    @Test
    void whatIsWrittenInPartsIsRead() {
        final Random random = new Random(SEED);
        for (int round = 0; round < 200; round++) {
            final int dimensionCount = random.nextInt(5);
            final int metricCount = random.nextInt(4);
            final int sketchCount = random.nextInt(3);
            final int groupCount = random.nextInt(round % 20 == 0 ? 3_000 : 50);
            final List<Group> expected = new ArrayList<>();
            final List<Group> actual = new ArrayList<>();
            writer.begin(dimensionCount, metricCount, sketchCount);
            if (random.nextInt(5) == 0) {
                fill(group(random, dimensionCount, metricCount, sketchCount));
                assertTrue(writer.endGroup());
                writer.begin(dimensionCount, metricCount, sketchCount);
            }
            for (int i = 0; i < groupCount; i++) {
                final Group group = group(random, dimensionCount, metricCount, sketchCount);
                expected.add(group);
                fill(group);
                if (!writer.endGroup()) {
                    readPart(actual, new int[]{dimensionCount, metricCount, sketchCount}, 8 * random.nextInt(3));
                    fill(group);
                    assertTrue(writer.endGroup());
                }
            }
            readPart(actual, new int[]{dimensionCount, metricCount, sketchCount}, 0);
            assertEquals(expected, actual, "seed " + SEED + " round " + round);
        }
    }

    @Test
    void damagedBodiesAreRefusedOrReadWithinBounds() {
        final Random random = new Random(SEED);
        for (int round = 0; round < 20_000; round++) {
            writer.begin(2, 1, 1);
            final int groups = 1 + random.nextInt(3);
            for (int i = 0; i < groups; i++) {
                fill(group(random, 2, 1, 1));
                writer.endGroup();
            }
            final int length = writer.encode(buffer, 0);
            final byte[] damaged = new byte[random.nextInt(4) == 0 ? random.nextInt(length) : length];
            buffer.getBytes(0, damaged);
            for (int i = 0; i < 2 && damaged.length > 0; i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            if (reader.wrap(new UnsafeBuffer(damaged), 0, damaged.length, groups, 2, 1, 1)) {
                read(new ArrayList<>(), 2, 1, 1);
            }
        }
    }

    @Test
    void aGroupTooLargeForAnyPartIsToldByAnEmptyWriter() {
        final PartialBodyWriter small = new PartialBodyWriter(128);
        small.begin(1, 0, 0);
        small.startGroup(1, 1);
        small.dimension(0, new UnsafeBuffer(new byte[200]), 0, 200);
        assertFalse(small.endGroup());
        assertEquals(0, small.groupCount());
    }

    private void readPart(final List<Group> actual, final int[] shape, final int offset) {
        final int groups = writer.groupCount();
        final int length = writer.encode(buffer, offset);
        assertTrue(length <= PartialBodyWriter.MAX_BODY_BYTES);
        assertTrue(reader.wrap(buffer, offset, length, groups, shape[0], shape[1], shape[2]));
        read(actual, shape[0], shape[1], shape[2]);
    }

    private void read(final List<Group> groups, final int dimensionCount, final int metricCount, final int sketchCount) {
        for (int group = 0; group < reader.groupCount(); group++) {
            final String[] dimensions = new String[dimensionCount];
            for (int i = 0; i < dimensionCount; i++) {
                final int code = reader.code(i, group);
                final byte[] value = new byte[code == 0 ? 0 : reader.valueLength(i, code)];
                if (code != 0) {
                    reader.buffer().getBytes(reader.valueOffset(i, code), value);
                }
                dimensions[i] = code == 0 ? "" : new String(value, StandardCharsets.UTF_8);
            }
            final List<List<Double>> metrics = new ArrayList<>();
            for (int i = 0; i < metricCount; i++) {
                metrics.add(List.of((double) reader.valueCount(i, group), reader.sum(i, group), reader.compensation(i, group),
                    reader.min(i, group), reader.max(i, group), reader.m2(i, group)));
            }
            final List<List<Byte>> sketches = new ArrayList<>();
            for (int i = 0; i < sketchCount; i++) {
                final List<Byte> bytes = new ArrayList<>();
                for (int at = 0; at < reader.sketchLength(i, group); at++) {
                    bytes.add(reader.buffer().getByte(reader.sketchOffset(i, group) + at));
                }
                sketches.add(bytes);
            }
            groups.add(new Group(reader.bucketUs(group), reader.rowCount(group), Arrays.asList(dimensions), metrics, sketches));
        }
    }

    private void fill(final Group group) {
        writer.startGroup(group.bucketUs, group.rowCount);
        for (int i = 0; i < group.dimensions.size(); i++) {
            if (!group.dimensions.get(i).isEmpty()) {
                final byte[] value = group.dimensions.get(i).getBytes(StandardCharsets.UTF_8);
                writer.dimension(i, new UnsafeBuffer(value), 0, value.length);
            }
        }
        for (int i = 0; i < group.metrics.size(); i++) {
            final List<Double> state = group.metrics.get(i);
            writer.metric(i, state.get(0).longValue(), state.get(1), state.get(2), state.get(3), state.get(4), state.get(5));
        }
        for (int i = 0; i < group.sketches.size(); i++) {
            final List<Byte> bytes = group.sketches.get(i);
            if (!bytes.isEmpty()) {
                final UnsafeBuffer sketch = new UnsafeBuffer(new byte[bytes.size()]);
                for (int at = 0; at < bytes.size(); at++) {
                    sketch.putByte(at, bytes.get(at));
                }
                writer.sketch(i, sketch, 0, bytes.size());
            }
        }
    }

    private static Group group(final Random random, final int dimensionCount, final int metricCount, final int sketchCount) {
        final List<String> dimensions = new ArrayList<>();
        for (int i = 0; i < dimensionCount; i++) {
            dimensions.add(random.nextInt(5) == 0 ? "" : "ü".repeat(random.nextInt(40)) + random.nextInt(1_000));
        }
        final List<List<Double>> metrics = new ArrayList<>();
        for (int i = 0; i < metricCount; i++) {
            metrics.add(List.of(
                (double) random.nextInt(9), random.nextGaussian(), random.nextGaussian(), -1.5, 1e300, random.nextDouble()));
        }
        final List<List<Byte>> sketches = new ArrayList<>();
        for (int i = 0; i < sketchCount; i++) {
            sketches.add(random.ints(random.nextInt(60), 0, 256).mapToObj(value -> (byte) value).toList());
        }
        return new Group(random.nextLong(), random.nextInt(), dimensions, metrics, sketches);
    }
}
