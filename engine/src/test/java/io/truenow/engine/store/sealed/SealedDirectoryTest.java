package io.truenow.engine.store.sealed;

import io.truenow.engine.model.Row;
import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.sealed.write.SegmentWriter;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.shard.ShardVector;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a node finds at its start, after all that can happen to files. */
final class SealedDirectoryTest {
    private static final int LANE = 1;
    private static final int SHARD = 7;

    @TempDir
    private Path directory;

    @Test
    void findsSegmentsWithTheirValuesAfterARestart() throws IOException {
        final RandomGenerator random = Seeds.random("SealedDirectoryTest.restart");
        final List<Row> rows;
        final int dimensions;
        final int metrics;
        try (SealedFixture fixture = new SealedFixture()) {
            final SealedFixture.Filled filled = fixture.fill(random, 3_000, 120);
            let(write(fixture, 5, List.of(filled.segment())));
            rows = filled.rows();
            dimensions = filled.dimensions();
            metrics = filled.metrics();
        }
        Files.write(shardDirectory().resolve("0-0000000000000009-4.tns.tmp"), new byte[100]);
        try (SealedFixture fixture = new SealedFixture()) {
            final List<ShardFiles> found = scan(fixture);
            assertEquals(1, found.size());
            final ShardFiles shard = found.getFirst();
            assertEquals(new SegmentOwner(11, 12, LANE, 3, SHARD), shard.owner());
            assertEquals(List.of(), shard.lost());
            assertEquals(new ShardVector(new int[]{4, 9}, new long[]{2, 1}, new long[]{5, 17}, 2), shard.durable());
            assertEquals(1, shard.segments().size());
            final SealedSegment sealed = shard.segments().getFirst();
            assertFalse(sealed.dimensionCount() > 0 && sealed.retainValues(1));
            assertTrue(sealed.retainValues(Integer.MAX_VALUE));
            fixture.check(sealed, rows, dimensions, metrics);
            assertEquals(1, files().size(), "unfinished files go");
            sealed.free();
            sealed.close();
        }
    }

    @Test
    void dropsWhatIsReplacedEvenIfItIsDamaged() throws IOException {
        final RandomGenerator random = Seeds.random("SealedDirectoryTest.replaced");
        try (SealedFixture fixture = new SealedFixture()) {
            final SealedFixture.Filled first = fixture.fill(random, 30, 10);
            final SealedFixture.Filled second = fixture.fill(random, 30, 10);
            final SealedSegment one = write(fixture, 1, List.of(first.segment()));
            assertTrue(one.retainValues(Integer.MAX_VALUE));
            final SealedSegment both = write(fixture, 2, List.of(one, second.segment()));
            final byte[] damaged = Files.readAllBytes(one.file());
            damaged[damaged.length - 1]++;
            Files.write(one.file().resolveSibling("copy"), damaged);
            Files.move(one.file().resolveSibling("copy"), one.file(), StandardCopyOption.REPLACE_EXISTING);
            let(one);
            let(both);
            final ShardFiles shard = scan(fixture).getFirst();
            assertEquals(List.of(SealedFixture.uid(2)), shard.segments().stream().map(Segment::uid).toList());
            assertTrue(shard.replacedUids().contains(SealedFixture.uid(1)));
            assertEquals(List.of(), shard.lost());
            assertEquals(1, files().size());
            shard.segments().forEach(SealedDirectoryTest::let);
        }
    }

    @Test
    void setsDamagedFilesAsideAndForgetsWhatTheyClaimed() throws IOException {
        final RandomGenerator random = Seeds.random("SealedDirectoryTest.damaged");
        try (SealedFixture fixture = new SealedFixture()) {
            final SealedFixture.Filled first = fixture.fill(random, 30, 10);
            final SealedFixture.Filled second = fixture.fill(random, 30, 10);
            final SealedSegment one = write(fixture, 1, List.of(first.segment()));
            final SealedSegment two = write(fixture, 2, List.of(second.segment()));
            let(one);
            let(two);
            final byte[] bytes = Files.readAllBytes(one.file());
            bytes[random.nextInt(bytes.length)] ^= 4;
            Files.write(one.file(), bytes);
            for (int start = 0; start < 2; start++) {
                final ShardFiles shard = scan(fixture).getFirst();
                assertEquals(List.of(SealedFixture.uid(2)), shard.segments().stream().map(Segment::uid).toList());
                final Path aside = one.file().resolveSibling(one.file().getFileName() + ".damaged");
                assertEquals(1, shard.lost().size());
                assertEquals(aside, shard.lost().getFirst().file());
                assertEquals(SegmentNames.parse(one.file()), shard.lost().getFirst().name());
                assertEquals(start == 0, shard.lost().getFirst().isNew());
                assertTrue(Files.exists(aside));
                shard.segments().forEach(SealedDirectoryTest::let);
            }
        }
    }

    @Test
    void tellsCatalogsApart() throws IOException {
        final RandomGenerator random = Seeds.random("SealedDirectoryTest.foreign");
        try (SealedFixture fixture = new SealedFixture(); SegmentWriter writer = new SegmentWriter(DiskFiles.INSTANCE, fixture.tag)) {
            final SealedFixture.Filled filled = fixture.fill(random, 30, 10);
            let(write(fixture, 1, List.of(filled.segment())));
            final SegmentIdentity identity = SealedFixture.identity(2, List.of(filled.segment()));
            final SegmentIdentity foreign = new SegmentIdentity(
                new SegmentOwner(99, 98, LANE, 3, SHARD), identity.spanStartUs(), identity.uid(), List.of(), ShardVector.EMPTY);
            let(writer.write(foreign, List.of(filled.segment()), fixture.memory, shardDirectory()));
            final List<ShardFiles> found = scan(fixture);
            assertEquals(2, found.size());
            final List<SealedSegment> segments = new ArrayList<>();
            found.forEach(shard -> segments.addAll(shard.segments()));
            new SealedDirectory(DiskFiles.INSTANCE, directory, fixture.tag).setAsForeign(segments.getLast());
            let(segments.getFirst());
            final List<ShardFiles> left = scan(fixture);
            assertEquals(1, left.size());
            let(left.getFirst().segments().getFirst());
        }
    }

    @Test
    void failedScanHoldsNothing() throws IOException {
        final RandomGenerator random = Seeds.random("SealedDirectoryTest.failed");
        try (SealedFixture fixture = new SealedFixture()) {
            let(write(fixture, 1, List.of(fixture.fill(random, 30, 4).segment())));
            let(write(fixture, 2, List.of(fixture.fill(random, 30, 4).segment())));
            final long before = fixture.tag.usedBytes();
            boolean hasFailed = true;
            for (int request = 0; hasFailed; request++) {
                final FailingFiles files = new FailingFiles(request, false);
                try {
                    new SealedDirectory(files, directory, fixture.tag).scan(LANE, fixture.memory)
                        .forEach(shard -> shard.segments().forEach(SealedDirectoryTest::let));
                } catch (final IOException expected) {
                    assertTrue(expected.getMessage().endsWith("as asked"));
                }
                hasFailed = files.failures() > 0;
                assertEquals(before, fixture.tag.usedBytes());
                assertEquals(2, files().size());
            }
        }
    }

    private SealedSegment write(final SealedFixture fixture, final int number, final List<Segment> sources) throws IOException {
        try (SegmentWriter writer = new SegmentWriter(DiskFiles.INSTANCE, fixture.tag)) {
            return writer.write(SealedFixture.identity(number, sources), sources, fixture.memory, shardDirectory());
        }
    }

    private List<ShardFiles> scan(final SealedFixture fixture) throws IOException {
        return new SealedDirectory(DiskFiles.INSTANCE, directory, fixture.tag).scan(LANE, fixture.memory);
    }

    private Path shardDirectory() {
        return SealedDirectory.shardDirectory(directory, LANE, SHARD);
    }

    private List<Path> files() throws IOException {
        return DiskFiles.INSTANCE.list(shardDirectory());
    }

    private static void let(final SealedSegment sealed) {
        sealed.free();
        sealed.close();
    }
}
