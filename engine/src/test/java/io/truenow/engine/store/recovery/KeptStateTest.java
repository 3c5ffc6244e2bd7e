package io.truenow.engine.store.recovery;

import io.truenow.engine.model.RandomRows;
import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.seal.StateFile;
import io.truenow.engine.store.sealed.SealedDirectory;
import io.truenow.engine.store.sealed.SealedSegment;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.MissingRanges;
import io.truenow.engine.store.shard.ShardState;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.testing.Seeds;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What is kept of shards beside their files, over reboots and starts while a shard is fed again. */
final class KeptStateTest {
    private static final long FROM_US = 1_795_000_200_000_000L;
    private static final int SHARD_ID = 7;
    private static final int TABLE_ID = 3;
    private static final int BATCHES = 30;

    @TempDir
    private Path directory;
    private final RandomRows rows = new RandomRows(
        Seeds.random("KeptStateTest"), 300, FROM_US, FROM_US + Spans.SPAN_US);
    private final MemoryAccountant accountant = new MemoryAccountant(1L << 30);
    private final MemoryTag tag = accountant.tag("sealed", 1L << 30);
    private final List<UnsafeBuffer> sent = new ArrayList<>();
    private SealedFiles found;

    @Test
    void shardWithoutFilesStillKnowsWhatItLetGo() throws IOException {
        final MissingRanges missing = MissingRanges.NONE.with(FROM_US, FROM_US + Spans.SPAN_US);
        keep(11, 12, FROM_US, missing);
        try (LaneLife lane = begin()) {
            assertEquals(11, lane.memory.meta().catalogIdHigh());
            assertEquals(12, lane.memory.meta().catalogIdLow());
            final ShardStore shard = lane.memory.recovered().get(SHARD_ID);
            assertEquals(TABLE_ID, shard.tableId());
            assertEquals(FROM_US, shard.availableFromUs());
            assertEquals(missing, shard.missing());
        }
    }

    @Test
    void whatAnotherCatalogKeptIsNotTaken() throws IOException {
        try (LaneLife lane = begin()) {
            lane.memory.meta().catalogId(11, 12);
            send(lane, lane.shard(SHARD_ID, TABLE_ID));
        }
        keep(91, 92, FROM_US + Spans.SPAN_US, MissingRanges.NONE);
        try (LaneLife lane = begin()) {
            assertEquals(Long.MIN_VALUE, lane.memory.recovered().get(SHARD_ID).availableFromUs());
            assertNull(found.state().of(SHARD_ID));
        }
        assertTrue(Files.exists(lane().resolve("state.0.foreign")));
        assertFalse(Files.exists(lane().resolve("state.0")));
    }

    @Test
    void catalogIsThatOfWhatWasWrittenLast() throws IOException {
        try (LaneLife lane = begin()) {
            lane.memory.meta().catalogId(11, 12);
            final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
            send(lane, shard);
            seal(lane, shard).close();
        }
        reboot();
        StateFile.open(DiskFiles.INSTANCE, lane()).keep(1L << 62,
            List.of(new ShardState(91, 92, SHARD_ID, TABLE_ID, FROM_US, MissingRanges.NONE, Map.of())));
        try (LaneLife lane = begin()) {
            assertEquals(91, lane.memory.meta().catalogIdHigh());
            assertEquals(0, lane.memory.recovered().get(SHARD_ID).rowsHeld());
        }
    }

    @Test
    void startWhileRowsComeBackRemembersHowManyThereWere() throws IOException {
        try (LaneLife lane = begin()) {
            lane.memory.meta().catalogId(11, 12);
            final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
            send(lane, shard);
            seal(lane, shard).close();
        }
        damage();
        try (LaneLife lane = begin()) {
            final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
            assertEquals(0, shard.vector().size());
            feed(lane, shard, BATCHES / 2);
        }
        // killed in the midst of it, with regions; then rebooted, without
        try (LaneLife lane = begin()) {
            final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
            assertEquals(0, shard.vector().size(), "fed from the beginning again");
            feed(lane, shard, BATCHES);
            assertTrue(shard.settleDoubts());
            assertEquals(MissingRanges.NONE, shard.missing());
        }
        reboot();
        try (LaneLife lane = begin()) {
            final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
            feed(lane, shard, BATCHES - 1);
            assertTrue(shard.settleDoubts());
            assertEquals(1, shard.missing().size(), "the last batch is lost");
            found.state().keep(1, List.of(shard.state()));
        }
        // killed before the damaged file was renamed: it says no more than is known
        try (LaneLife lane = begin()) {
            final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
            assertTrue(shard.vector().size() > 0, "fed from where it was");
            assertFalse(shard.settleDoubts());
            assertEquals(1, shard.missing().size());
        }
        assertEquals(1, DiskFiles.INSTANCE.list(lane().resolve(Integer.toString(SHARD_ID))).stream()
            .filter(file -> file.toString().endsWith(".settled")).count());
    }

    @Test
    void catalogIsKnownThoughNothingButADamagedFileIsLeft() throws IOException {
        try (LaneLife lane = begin()) {
            lane.memory.meta().catalogId(11, 12);
            final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
            send(lane, shard);
            // as the sealer agent does before it writes
            found.state().keep(1, List.of(shard.state()));
            seal(lane, shard).close();
        }
        damage();
        reboot();
        try (LaneLife lane = begin()) {
            assertEquals(11, lane.memory.meta().catalogIdHigh(), "or the doubted shard would be let go as another catalog's");
            assertEquals(12, lane.memory.meta().catalogIdLow());
            assertTrue(lane.memory.recovered().get(SHARD_ID).isDoubted());
        }
    }

    @Test
    void spanThatLosesAnotherFileWhileRowsComeBackHadNoMoreRows() throws IOException {
        try (LaneLife lane = begin()) {
            lane.memory.meta().catalogId(11, 12);
            final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
            send(lane, shard);
            seal(lane, shard).close();
        }
        damage();
        try (LaneLife lane = begin()) {
            final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
            feed(lane, shard, BATCHES / 2);
            seal(lane, shard).close();
        }
        damage();
        try (LaneLife lane = begin()) {
            final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
            feed(lane, shard, BATCHES);
            assertTrue(shard.settleDoubts());
            assertEquals(MissingRanges.NONE, shard.missing());
        }
    }

    @Test
    void fileThatIsDamagedBeforeItsSourcesWentHasLostNothing() throws IOException {
        final List<Segment> sources = new ArrayList<>();
        try (LaneLife lane = begin()) {
            lane.memory.meta().catalogId(11, 12);
            final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
            send(lane, shard);
            seal(lane, shard).close();
        }
        long held = 0;
        for (int life = 0; life < 4; life++) {
            try (LaneLife lane = begin()) {
                final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
                assertFalse(shard.isDoubted(), "killed before the lane heard of the file, whose sources are there");
                if (life > 0) {
                    assertEquals(held, shard.rowsHeld());
                } else {
                    final UnsafeBuffer more = more();
                    assertTrue(lane.apply(shard, more, Long.MIN_VALUE) > 0);
                    shard.freeze(shard.spanAt(0));
                    held = shard.rowsHeld();
                }
                sources.clear();
                for (int i = 0; i < shard.spanAt(0).segmentCount(); i++) {
                    sources.add(shard.spanAt(0).segment(i));
                }
                assertEquals(2, sources.size(), "a file and a frozen segment");
                final SealedSegment unheard = lane.write(shard, sources, tag, directory.resolve(SealedDirectory.NAME));
                damage(unheard.file(), life % 2 == 0);
                if (life > 1) {
                    // what a start that is killed soon after that leaves
                    Files.move(unheard.file(), unheard.file().resolveSibling(unheard.file().getFileName() + ".damaged"));
                }
                unheard.close();
                shard.closeFiles();
            }
        }
        reboot();
        try (LaneLife lane = begin()) {
            final ShardStore shard = lane.memory.recovered().get(SHARD_ID);
            assertEquals(held, shard.doubted(FROM_US), "of one source nothing is left");
            assertTrue(shard.rowsHeld() > 0 && shard.rowsHeld() < held);
            shard.closeFiles();
        }
    }

    private LaneLife begin() {
        final Path path = directory.resolve(SealedDirectory.NAME);
        found = new SealedFiles(DiskFiles.INSTANCE, new SealedDirectory(DiskFiles.INSTANCE, path, tag), path, 0);
        return LaneLife.begin(directory, found);
    }

    private Path lane() {
        return SealedDirectory.laneDirectory(directory.resolve(SealedDirectory.NAME), 0);
    }

    private void reboot() {
        IoUtil.delete(directory.resolve("regions").toFile(), false);
    }

    private void keep(final long catalogHigh, final long catalogLow, final long availableFromUs, final MissingRanges missing)
        throws IOException {
        StateFile.open(DiskFiles.INSTANCE, lane()).keep(
            5, List.of(new ShardState(catalogHigh, catalogLow, SHARD_ID, TABLE_ID, availableFromUs, missing, Map.of())));
    }

    private void send(final LaneLife lane, final ShardStore shard) {
        while (sent.size() < BATCHES) {
            sent.add(more());
        }
        feed(lane, shard, BATCHES);
    }

    private UnsafeBuffer more() {
        UnsafeBuffer encoded = null;
        while (encoded == null) {
            encoded = rows.encode(rows.batch(), sent.size() + 1, FROM_US);
        }
        return encoded;
    }

    private void feed(final LaneLife lane, final ShardStore shard, final int batches) {
        for (int i = 0; i < batches; i++) {
            lane.apply(shard, sent.get(i), Long.MIN_VALUE);
        }
    }

    private SealedSegment seal(final LaneLife lane, final ShardStore shard) throws IOException {
        return lane.seal(shard, List.of(shard.freeze(shard.spanAt(0))), tag, directory.resolve(SealedDirectory.NAME));
    }

    private void damage() throws IOException {
        for (final Path file : DiskFiles.INSTANCE.list(lane().resolve(Integer.toString(SHARD_ID)))) {
            if (file.toString().endsWith(".tns")) {
                damage(file, false);
            }
        }
    }

    private static void damage(final Path file, final boolean isCut) throws IOException {
        final byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1]++;
        Files.write(file, isCut ? Arrays.copyOf(bytes, bytes.length - 64) : bytes);
    }
}
