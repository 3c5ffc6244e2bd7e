package io.truenow.engine.scan.predicate;

import io.truenow.codecs.query.CompareOp;
import io.truenow.codecs.query.PredicateKind;
import io.truenow.engine.model.Row;
import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.sealed.SealedBlock;
import io.truenow.engine.store.sealed.SealedFixture;
import io.truenow.engine.store.sealed.SealedRows;
import io.truenow.engine.store.sealed.SealedSegment;
import io.truenow.engine.store.sealed.write.SegmentWriter;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.shard.Spans;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Values of dimensions with many, whose rows sealed segments list, looked for in real files. */
final class SealedPredicateTest {
    @TempDir
    private Path directory;

    @RepeatedTest(3)
    void rowsAreThoseThatHaveTheValues() throws IOException {
        final RandomGenerator random = Seeds.random("SealedPredicateTest");
        try (SealedFixture fixture = new SealedFixture(); SegmentWriter writer = new SegmentWriter(DiskFiles.INSTANCE, fixture.tag)) {
            final SealedFixture.Filled filled = fixture.fill(random, 3_000, 150);
            final List<Segment> sources = List.of(filled.segment());
            final SealedSegment sealed = writer.write(SealedFixture.identity(1, sources), sources, fixture.memory, directory);
            assertTrue(sealed.retainValues(Integer.MAX_VALUE));
            final List<Row> rows = SealedRows.read(sealed, fixture.memory.values(), filled.dimensions(), filled.metrics());
            for (int i = 0; i < 40; i++) {
                final Set<String> values = new HashSet<>();
                final int dimension = random.nextInt(filled.dimensions() + 1);
                for (int j = random.nextInt(4); j >= 0; j--) {
                    final Row row = rows.get(random.nextInt(rows.size()));
                    final String value = dimension < filled.dimensions() ? row.dimensions().get(dimension) : "unknown";
                    values.add(value == null ? "absent" : value);
                }
                check(fixture, sealed, rows, dimension, values);
            }
            sealed.free();
            sealed.close();
        }
    }

    private static void check(
        final SealedFixture fixture, final SealedSegment sealed, final List<Row> rows, final int dimension, final Set<String> values) {
        final Predicate predicate = new Predicate();
        predicate.begin();
        predicate.node(PredicateKind.IN, CompareOp.NONE, dimension, 0, false, 0);
        for (final String value : values) {
            final UnsafeBuffer bytes = new UnsafeBuffer(value.getBytes(StandardCharsets.UTF_8));
            predicate.value(bytes, 0, bytes.capacity(), fixture.memory.values().hash(bytes, 0, bytes.capacity()));
        }
        assertTrue(predicate.end());
        final SegmentPredicate resolved = new SegmentPredicate();
        resolved.resolve(predicate, sealed, new ResolvedLeaves(fixture.memory.values(), 1 << 16));
        final BlockKernel kernel = new BlockKernel();
        final List<Integer> found = new ArrayList<>();
        for (int index = 0; index < sealed.blockCount(); index++) {
            final SealedBlock block = sealed.block(index);
            kernel.begin(block, 0, block.rowCount());
            kernel.selectTimes(0, Spans.SPAN_US);
            kernel.select(resolved);
            for (int i = 0; i < kernel.selectedCount(); i++) {
                found.add((int) block.firstRow() + kernel.selected()[i]);
            }
            assertTrue(kernel.selectedCount() == 0 || !resolved.isFalseIn(block));
        }
        final List<Integer> expected = new ArrayList<>();
        for (int row = 0; row < rows.size(); row++) {
            if (dimension < rows.get(row).dimensions().size() && values.contains(rows.get(row).dimensions().get(dimension))) {
                expected.add(row);
            }
        }
        assertEquals(expected, found);
    }
}
