package io.truenow.engine.store.sealed.write;

import io.truenow.engine.model.Row;
import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.sealed.SealedFixture;
import io.truenow.engine.store.sealed.SealedSegment;
import io.truenow.engine.store.segment.Segment;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

/** Seals and merges random segments and reads every row back. */
final class SegmentWriterTest {
    @TempDir
    private Path directory;

    @RepeatedTest(12)
    void sealedRowsAreThoseThatCameInOrderOfTime() throws IOException {
        final RandomGenerator random = Seeds.random("SegmentWriterTest.seal");
        try (SealedFixture fixture = new SealedFixture();
            SegmentWriter writer = new SegmentWriter(DiskFiles.INSTANCE, fixture.tag)) {
            final int distinct = 1 + random.nextInt(random.nextBoolean() ? 300 : 5_000);
            final SealedFixture.Filled filled = fixture.fill(random, distinct, 1 + random.nextInt(200));
            final List<Segment> sources = List.of(filled.segment());
            final SealedSegment sealed = writer.write(SealedFixture.identity(1, sources), sources, fixture.memory, directory);
            retain(sealed);
            fixture.check(sealed, filled.rows(), filled.dimensions(), filled.metrics());
            for (int i = 0; i < 1_000; i++) {
                final Row other = filled.rows().get(random.nextInt(filled.rows().size()));
                assertFalse(sealed.containsId(other.idHigh() + 1, other.idLow()));
                assertFalse(sealed.containsId(random.nextLong(), random.nextLong()));
            }
            let(sealed);
        }
    }

    @RepeatedTest(6)
    void mergeHoldsTheRowsOfAll() throws IOException {
        final RandomGenerator random = Seeds.random("SegmentWriterTest.merge");
        try (SealedFixture fixture = new SealedFixture();
            SegmentWriter writer = new SegmentWriter(DiskFiles.INSTANCE, fixture.tag)) {
            final int distinct = 1 + random.nextInt(800);
            final SealedFixture.Filled first = fixture.fill(random, distinct, 1 + random.nextInt(150));
            final SealedFixture.Filled second = fixture.fill(random, distinct * 2, 1 + random.nextInt(150));
            final SealedFixture.Filled third = fixture.fill(random, distinct, 1 + random.nextInt(10));
            final SealedSegment one = writer.write(
                SealedFixture.identity(1, List.of(first.segment())), List.of(first.segment()), fixture.memory, directory);
            retain(one);
            final SealedSegment two = writer.write(
                SealedFixture.identity(2, List.of(second.segment())), List.of(second.segment()), fixture.memory, directory);
            retain(two);
            final List<Segment> sources = List.of(one, two, third.segment());
            final SealedSegment merged = writer.write(SealedFixture.identity(3, sources), sources, fixture.memory, directory);
            retain(merged);
            final List<Row> rows = new ArrayList<>(first.rows());
            rows.addAll(second.rows());
            rows.addAll(third.rows());
            final int dimensions = Math.max(first.dimensions(), Math.max(second.dimensions(), third.dimensions()));
            final int metrics = Math.max(first.metrics(), Math.max(second.metrics(), third.metrics()));
            fixture.check(merged, rows, dimensions, metrics);
            final Set<Long> replaced = Set.of(SealedFixture.uid(1), SealedFixture.uid(2), first.segment().uid(), second.segment().uid(),
                third.segment().uid());
            assertEquals(replaced, Set.copyOf(merged.header().identity().replacedUids()));
            let(one);
            let(two);
            let(merged);
        }
    }

    private static void retain(final SealedSegment sealed) {
        boolean isOver = false;
        while (!isOver) {
            isOver = sealed.retainValues(100);
        }
    }

    private static void let(final SealedSegment sealed) {
        sealed.free();
        sealed.close();
        sealed.close();
    }
}
