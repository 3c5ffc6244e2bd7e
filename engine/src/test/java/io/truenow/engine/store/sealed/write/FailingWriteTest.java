package io.truenow.engine.store.sealed.write;

import io.truenow.engine.model.Row;
import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.sealed.FailingFiles;
import io.truenow.engine.store.sealed.SealedDirectory;
import io.truenow.engine.store.sealed.SealedFixture;
import io.truenow.engine.store.sealed.SealedSegment;
import io.truenow.engine.store.sealed.ShardFiles;
import io.truenow.engine.store.segment.Segment;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.testing.Mounts;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Whatever fails while a file is written, there is the old state or the new one. */
final class FailingWriteTest {
    private static final int LANE = 1;
    private static final int SHARD = 7;

    @TempDir
    private Path directory;

    @Test
    void anyFailureLeavesTheOldStateOrTheNew() throws IOException {
        final RandomGenerator random = Seeds.random("FailingWriteTest");
        try (SealedFixture fixture = new SealedFixture()) {
            final SealedFixture.Filled first = fixture.fill(random, 600, 30);
            final SealedFixture.Filled second = fixture.fill(random, 600, 30);
            final FailingFiles faultless = new FailingFiles(request -> false);
            merge(fixture, first, second, faultless, directory.resolve("faultless"));
            for (int request = 0; request < faultless.requests(); request++) {
                for (final boolean isLasting : new boolean[]{false, true}) {
                    final FailingFiles files = new FailingFiles(request, isLasting);
                    merge(fixture, first, second, files, directory.resolve(request + "-" + isLasting));
                    assertTrue(files.failures() > 0, "request " + request + " was not made");
                }
            }
        }
    }

    private void merge(
        final SealedFixture fixture, final SealedFixture.Filled first, final SealedFixture.Filled second, final FailingFiles files,
        final Path place) throws IOException {
        final Path shardDirectory = SealedDirectory.shardDirectory(place, LANE, SHARD);
        final SealedSegment old;
        try (SegmentWriter writer = new SegmentWriter(DiskFiles.INSTANCE, fixture.tag)) {
            old = writer.write(
                SealedFixture.identity(1, List.of(first.segment())), List.of(first.segment()), fixture.memory, shardDirectory);
        }
        assertTrue(old.retainValues(Integer.MAX_VALUE));
        final long heldBytes = fixture.accountant.usedBytes();
        boolean isDone = false;
        final List<Segment> sources = List.of(old, second.segment());
        try (SegmentWriter writer = new SegmentWriter(files, fixture.tag)) {
            final SealedSegment merged = writer.write(SealedFixture.identity(2, sources), sources, fixture.memory, shardDirectory);
            isDone = true;
            merged.close();
        } catch (final IOException expected) {
            assertTrue(expected.getMessage().endsWith("as asked"), expected.getMessage());
        }
        assertEquals(heldBytes, fixture.accountant.usedBytes());
        old.free();
        old.close();
        final List<ShardFiles> found = new SealedDirectory(DiskFiles.INSTANCE, place, fixture.tag).scan(LANE, fixture.memory);
        assertEquals(1, found.size());
        assertEquals(1, found.getFirst().segments().size());
        assertEquals(List.of(), found.getFirst().lost());
        final SealedSegment left = found.getFirst().segments().getFirst();
        assertTrue(!isDone || left.uid() == SealedFixture.uid(2));
        assertTrue(left.retainValues(Integer.MAX_VALUE));
        final List<Row> rows = new ArrayList<>(first.rows());
        if (left.uid() == SealedFixture.uid(2)) {
            rows.addAll(second.rows());
        }
        assertEquals(rows.size(), left.rowCount());
        left.free();
        left.close();
    }

    @Test
    void fileWhoseNameMayBeOnDiskIsNamedByTheNext() throws IOException {
        final RandomGenerator random = Seeds.random("FailingWriteTest.leftover");
        try (SealedFixture fixture = new SealedFixture()) {
            final SealedFixture.Filled filled = fixture.fill(random, 30, 5);
            final List<Segment> sources = List.of(filled.segment());
            int request = 0;
            boolean isNamed = false;
            while (!isNamed) {
                try (SegmentWriter writer = new SegmentWriter(new FailingFiles(request++, false), fixture.tag)) {
                    assertThrows(IOException.class,
                        () -> writer.write(SealedFixture.identity(1, sources), sources, fixture.memory, directory));
                    final SealedSegment second = writer.write(SealedFixture.identity(2, sources), sources, fixture.memory, directory);
                    isNamed = second.header().identity().replacedUids().contains(SealedFixture.uid(1));
                    second.close();
                    final SealedSegment third = writer.write(SealedFixture.identity(3, sources), sources, fixture.memory, directory);
                    assertEquals(sources.stream().map(Segment::uid).toList(), third.header().identity().replacedUids());
                    third.close();
                }
            }
        }
    }

    @Test
    void sealingMayPassTheLimitForItGivesMemoryBack() throws IOException {
        final RandomGenerator random = Seeds.random("FailingWriteTest.memory");
        try (SealedFixture fixture = new SealedFixture()) {
            final List<Segment> sources = List.of(fixture.fill(random, 30, 5).segment());
            final MemoryTag tag = new MemoryAccountant(0).tag("sealed", 0);
            try (SegmentWriter writer = new SegmentWriter(DiskFiles.INSTANCE, tag)) {
                final SealedSegment sealed = writer.write(SealedFixture.identity(1, sources), sources, fixture.memory, directory);
                assertTrue(tag.usedBytes() >= sealed.fileBytes());
                assertFalse(tag.tryReserve(1), "nothing else is granted");
                sealed.close();
            }
            assertEquals(0, tag.usedBytes());
        }
    }

    @Test
    void fullDiskIsAFailureLikeAnother() throws IOException, InterruptedException {
        final Path disk = Files.createDirectory(directory.resolve("disk"));
        Mounts.tmpfs(disk, "64k");
        try (SealedFixture fixture = new SealedFixture(); SegmentWriter writer = new SegmentWriter(DiskFiles.INSTANCE, fixture.tag)) {
            final RandomGenerator random = Seeds.random("FailingWriteTest.disk");
            final List<Segment> large = List.of(fixture.fill(random, 3_000, 200).segment());
            assertThrows(IOException.class, () -> writer.write(SealedFixture.identity(1, large), large, fixture.memory, disk));
            assertEquals(List.of(), DiskFiles.INSTANCE.list(disk));
            final List<Segment> small = List.of(fixture.fill(random, 10, 3).segment());
            writer.write(SealedFixture.identity(2, small), small, fixture.memory, disk).close();
        } finally {
            Mounts.remove(disk);
        }
    }
}
