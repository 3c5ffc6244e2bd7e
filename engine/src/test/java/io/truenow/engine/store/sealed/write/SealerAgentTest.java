package io.truenow.engine.store.sealed.write;

import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.seal.SealDone;
import io.truenow.engine.store.seal.SealExchange;
import io.truenow.engine.store.seal.SealTask;
import io.truenow.engine.store.seal.StateFile;
import io.truenow.engine.store.sealed.SealedDirectory;
import io.truenow.engine.store.sealed.SealedFixture;
import io.truenow.engine.store.sealed.SealedSegment;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.shard.MissingRanges;
import io.truenow.engine.store.shard.ShardState;
import io.truenow.engine.store.shard.ShardVector;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The agent's answers to a lane's tasks. */
final class SealerAgentTest {
    private static final int SHARD = 7;

    @TempDir
    private Path directory;

    @Test
    void answersEveryTaskOnceAndInOrder() throws IOException {
        final List<Throwable> errors = new ArrayList<>();
        try (SealedFixture fixture = new SealedFixture()) {
            final SealedFixture.Filled filled = fixture.fill(Seeds.random("SealerAgentTest"), 40, 20);
            final SealExchange seals = new SealExchange();
            final SealerCounters counters = SealerCounters.register(ProcessMetrics.local());
            final Path laneDirectory = SealedDirectory.laneDirectory(directory, 0);
            final StateFile state = StateFile.open(DiskFiles.INSTANCE, laneDirectory);
            final SealerAgent agent = new SealerAgent(new SealerContext(DiskFiles.INSTANCE, directory, fixture.tag,
                List.of(new SealerContext.Lane(0, seals, fixture.memory, state)), counters, SystemNanoClock.INSTANCE, errors::add));
            final SealTask write = task(filled.segment(), 1);
            final SealTask nothing = new SealTask.Write(
                shard(Long.MIN_VALUE), SealedFixture.SPAN_START_US, List.of(), SealedFixture.uid(2), ShardVector.EMPTY, 0);
            final SealTask keep = new SealTask.Keep(5, List.of(shard(5)));
            seals.offer(write);
            seals.offer(nothing);
            seals.offer(keep);
            while (agent.doWork() > 0) {
                assertTrue(errors.isEmpty());
            }
            final SealDone written = seals.pollDone();
            assertEquals(write, written.task());
            assertTrue(written.isDone());
            final SealedSegment sealed = (SealedSegment) written.segment();
            assertTrue(sealed.retainValues(Integer.MAX_VALUE));
            fixture.check(sealed, filled.rows(), filled.dimensions(), filled.metrics());
            final SealDone refused = seals.pollDone();
            assertEquals(nothing, refused.task());
            assertFalse(refused.isDone());
            assertTrue(seals.pollDone().isDone());
            assertNull(seals.pollDone());
            final Path shardDirectory = SealedDirectory.shardDirectory(directory, 0, SHARD);
            assertEquals(5, StateFile.open(DiskFiles.INSTANCE, laneDirectory).of(SHARD).availableFromUs());
            sealed.free();
            final SealTask delete = new SealTask.Delete(sealed);
            seals.offer(delete);
            agent.doWork();
            assertTrue(seals.pollDone().isDone());
            assertFalse(Files.exists(sealed.file()));
            assertEquals(1, counters.filesWritten().get());
            assertEquals(1, counters.filesDeleted().get());
            assertEquals(1, counters.failures().get());
            seals.offer(task(filled.segment(), 3));
            seals.offer(new SealTask.Forget(SHARD, SealedFixture.uid(9)));
            while (agent.doWork() > 0) {
                assertTrue(errors.isEmpty());
            }
            seals.pollDone().segment().close();
            assertTrue(seals.pollDone().isDone());
            assertEquals(List.of(), DiskFiles.INSTANCE.list(shardDirectory));
            agent.onClose();
        }
        assertEquals(List.of(), errors);
    }

    @Test
    void fileThatPassesOverRowsLetGoIsWrittenOnlyBehindTheShardsState() throws IOException {
        try (SealedFixture fixture = new SealedFixture()) {
            final SealedFixture.Filled filled = fixture.fill(Seeds.random("SealerAgentTest.state"), 40, 20);
            final SealExchange seals = new SealExchange();
            final Path laneDirectory = SealedDirectory.laneDirectory(directory, 0);
            final SealerAgent agent = new SealerAgent(new SealerContext(DiskFiles.INSTANCE, directory, fixture.tag,
                List.of(new SealerContext.Lane(0, seals, fixture.memory, StateFile.open(DiskFiles.INSTANCE, laneDirectory))),
                SealerCounters.register(ProcessMetrics.local()), SystemNanoClock.INSTANCE, _ -> { }));
            final Path inTheWay = Files.createDirectories(laneDirectory.resolve("state.1.tmp"));
            final SealTask write = new SealTask.Write(shard(5), SealedFixture.SPAN_START_US, List.of(filled.segment()),
                SealedFixture.uid(1), ShardVector.EMPTY, filled.segment().rowCount());
            seals.offer(write);
            agent.doWork();
            assertFalse(seals.pollDone().isDone());
            assertEquals(List.of(), DiskFiles.INSTANCE.list(SealedDirectory.shardDirectory(directory, 0, SHARD)));
            Files.deleteIfExists(inTheWay);
            seals.offer(write);
            agent.doWork();
            final SealDone done = seals.pollDone();
            assertTrue(done.isDone());
            assertEquals(5, StateFile.open(DiskFiles.INSTANCE, laneDirectory).of(SHARD).availableFromUs());
            done.segment().close();
            agent.onClose();
        }
    }

    private static ShardState shard(final long availableFromUs) {
        return new ShardState(11, 12, SHARD, 3, availableFromUs, MissingRanges.NONE, Map.of());
    }

    private SealTask.Write task(final Segment source, final int number) {
        return new SealTask.Write(shard(Long.MIN_VALUE), SealedFixture.SPAN_START_US, List.of(source), SealedFixture.uid(number),
            ShardVector.EMPTY, source.rowCount());
    }
}
