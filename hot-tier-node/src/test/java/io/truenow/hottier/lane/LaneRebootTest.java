package io.truenow.hottier.lane;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.meta.LaneMeta;
import io.truenow.engine.store.recovery.SealedFiles;
import io.truenow.engine.store.seal.SealExchange;
import io.truenow.engine.store.seal.StateFile;
import io.truenow.engine.store.sealed.FailingFiles;
import io.truenow.engine.store.sealed.SealedDirectory;
import io.truenow.engine.store.sealed.write.SealerAgent;
import io.truenow.engine.store.sealed.write.SealerContext;
import io.truenow.engine.store.sealed.write.SealerCounters;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.MissingRanges;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.MemoryPressure;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.fabric.memory.RegionSource;
import io.truenow.fabric.metrics.Metrics;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.fabric.time.RetentionClock;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A lane with a small memory on a disk that often fails, rebooted again and again: spans are sealed, merged and let go in whatever order
 * comes, and what may be asked for is always whole.
 */
final class LaneRebootTest {
    private static final long T = Spans.floor(1_795_000_200_000_000L);
    private static final long HOUR_US = 3_600_000_000L;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final int BATCH_ROWS = 1_000;
    private static final long BUDGET_BYTES = 8L << 20;
    private static final int REGION_BYTES = 1 << 18;
    private static final long REGIONS_BYTES = 6L << 20;
    private static final int STEPS = 700;
    private static final int STEPS_PER_SPAN = 12;

    @TempDir
    private Path directory;
    private final RandomGenerator random = Seeds.random("LaneRebootTest");
    private final FailingFiles disk = new FailingFiles((_, path) -> failsState() && isState(path) || random.nextDouble() < failing());
    private final FakeGateway gateway = new FakeGateway();
    /** Where the time is a part of it, all batches have the same ids. */
    private final EventIdentity identity = random.nextBoolean() ? EventIdentity.ID : EventIdentity.ID_AND_TIME;
    private final Set<Long> timesSent = new HashSet<>();
    private final List<Batch> journal = new ArrayList<>();
    private final Map<Long, Long> rowsBySpan = new HashMap<>();
    private double failing;
    /** Whether what is kept of shards can be read and not written. */
    private boolean failsState;
    private int resumesSeen;
    private long nowNs = 1;
    private long nowUs = T;
    private int lives;
    private Life life;
    private long dropped;
    private long merges;
    private int checks;
    /** By how much the wall clock is wrong. */
    private long offUs;
    /** Null where the wall clock is always right. */
    private RetentionClock ageClock;
    private int stepsTaken;

    private record Batch(int firstId, long timeUs) {
    }

    /** From a start to the reboot that ends it. */
    private final class Life {
        private final MemoryAccountant accountant = new MemoryAccountant(BUDGET_BYTES);
        private final MemoryTag regions = accountant.tag("regions", REGIONS_BYTES);
        private final MemoryTag sealed = accountant.tag("sealed", BUDGET_BYTES);
        private final LaneMemory memory = new LaneMemory(
            new BlockPool(RegionSource.inline(regions, REGION_BYTES), REGION_BYTES, (int) (REGIONS_BYTES / REGION_BYTES)),
            LaneMeta.anonymous(42), (long) lives << Integer.SIZE);
        private final MemoryPressure pressure = new MemoryPressure(
            accountant, regions, () -> memory.pool().uses().stream().mapToLong(BlockUse::usedBytes).sum());
        private final LaneExchange exchange = new LaneExchange();
        private final SealExchange seals = new SealExchange();
        private final Metrics metrics = ProcessMetrics.local();
        private final LifeCounters counters = LifeCounters.register(metrics, 0);
        private final SegmentPolicy policy = new SegmentPolicy(
            120_000_000L, 5 * SECOND_NS, 4_000, 100, 4 * SECOND_NS, 6 * SECOND_NS, BUDGET_BYTES / 8);
        private final LaneAgent lane;
        private final SealerAgent sealer;

        Life() throws IOException {
            final SealedFiles files = new SealedFiles(
                DiskFiles.INSTANCE, new SealedDirectory(DiskFiles.INSTANCE, directory, sealed), directory, 0);
            files.find(memory);
            files.attach(memory, () -> false);
            sealer = new SealerAgent(new SealerContext(disk, directory, sealed, List.of(
                new SealerContext.Lane(0, seals, memory, StateFile.open(disk, SealedDirectory.laneDirectory(directory, 0)))),
                SealerCounters.register(metrics), () -> nowNs, _ -> { }));
            final Catalog catalog = catalog(lives);
            lane = new LaneAgent(new LaneContext(0, lives, () -> gateway, () -> catalog, (_, _) -> true, memory, exchange,
                new LifeContext(seals, policy, pressure, counters), LaneCounters.register(metrics, 0), () -> nowNs, () -> wallUs(),
                () -> ageClock == null ? nowUs : ageClock.microTime(), _ -> { }));
        }

        /** Every agent has some duty cycles. */
        void work() {
            for (int i = 0; i < 6; i++) {
                lane.doWork();
                pressure.update();
                sealer.doWork();
                exchange.flushReleased();
                for (Segment segment = exchange.pollRetired(); segment != null; segment = exchange.pollRetired()) {
                    assertTrue(segment.retire());
                    exchange.release(segment);
                }
            }
        }

        void end() {
            dropped += counters.spansDropped().get();
            merges += counters.merges().get();
            exchange.shardList().forEach(ShardStore::closeFiles);
            memory.recovered().values().forEach(ShardStore::closeFiles);
            sealer.onClose();
            lane.onClose();
            memory.close();
        }
    }

    @RepeatedTest(4)
    void whatMayBeAskedForIsWhole() throws IOException {
        begin();
        for (int step = 0; step < STEPS; step++) {
            nowUs += Spans.SPAN_US / STEPS_PER_SPAN;
            if (gateway.unread() == 0) {
                send();
            }
            if (random.nextInt(30) == 0) {
                failsState = !failsState;
            }
            if (random.nextInt(15) == 0) {
                failing = random.nextInt(3) == 0 ? 0 : random.nextInt(3) == 0 ? 1 : random.nextDouble() / 2;
            }
            pass(1 + random.nextInt(3));
            if (random.nextInt(40) == 0) {
                life.end();
                begin();
            }
            check();
        }
        failing = 0;
        failsState = false;
        pass(200);
        check();
        life.end();
        // merges give way to pressure, which is there or not as the seed has it
        assertTrue(dropped > 0 && lives > 5 && checks > STEPS / 4,
            dropped + " dropped, " + merges + " merges, " + lives + " lives, " + checks + " checks");
        begin();
        pass(300);
        check();
        assertEquals(filesOf(life), filesFound(), "nothing is left on the disk of what was let go");
        life.end();
    }

    @RepeatedTest(2)
    void stateThatCannotBeWrittenHoldsUpNeitherIngestNorMemory() throws IOException {
        begin();
        for (int step = 0; step < STEPS; step++) {
            failsState = step >= STEPS / 4;
            nowUs += Spans.SPAN_US / STEPS_PER_SPAN;
            send();
            pass(2);
            assertEquals(0, gateway.unread(), "a batch waits in step " + step);
            check();
            if (step == STEPS / 2) {
                assertTrue(life.counters.spansDropped().get() > STEPS / STEPS_PER_SPAN / 4);
                life.end();
                begin();
                for (int i = 0; gateway.unread() > 0 && i < 1_000 || i < 5; i++) {
                    pass(1);
                }
            }
        }
        assertEquals(1, life.sealer.statesUnwritten());
        assertTrue(filesFound() > filesOf(life), "as long as that is not durable nothing is deleted");
        failsState = false;
        pass(200);
        check();
        assertEquals(0, life.sealer.statesUnwritten());
        assertEquals(filesOf(life), filesFound());
        assertTrue(filesOf(life) > 0);
        life.end();
    }

    /** Clock, reboots, disk and memory as they come: what is not whole is not available, or told missing; what is refused was told so. */
    @RepeatedTest(3)
    void whatMayBeAskedForIsWholeWhileTheClockSteps() throws IOException {
        begin();
        openAgeClock();
        for (int step = 0; step < STEPS; step++) {
            nowUs += Spans.SPAN_US / STEPS_PER_SPAN;
            nowNs += Spans.SPAN_US / STEPS_PER_SPAN * 1_000L;
            if (random.nextInt(12) == 0) {
                offUs = switch (random.nextInt(4)) {
                    case 0 -> random.nextLong(-30 * HOUR_US, 30 * HOUR_US);
                    case 1 -> random.nextLong(-2 * HOUR_US, 2 * HOUR_US);
                    case 2 -> random.nextLong(-5_000_000, 5_000_000);
                    default -> 0;
                };
                stepsTaken++;
            }
            if (gateway.unread() == 0) {
                send();
            }
            failing = random.nextInt(10) == 0 ? random.nextDouble() / 2 : random.nextInt(4) == 0 ? 0 : failing;
            pass(1 + random.nextInt(3));
            if (random.nextInt(40) == 0) {
                life.end();
                begin();
                openAgeClock();
            }
            check();
        }
        failing = 0;
        offUs = 0;
        pass(100);
        check();
        assertTrue(checks > STEPS / 4 && stepsTaken > STEPS / 40 && lives > 5,
            checks + " checks, " + stepsTaken + " steps, " + lives + " lives");
        assertTrue(gateway.keptFromUs <= nowUs, "the clock is right again, and events of now are kept");
        // an event of its own where the time is a part of what an event is: the last ones may have been of this microsecond
        nowUs += BATCH_ROWS;
        final long spanUs = Spans.floor(nowUs);
        final long rows = held(spanUs);
        send(nowUs);
        // ids of what is there are gathered first
        for (int i = 0; gateway.unread() > 0 && i < 100; i++) {
            pass(1);
        }
        pass(2);
        assertTrue(held(spanUs) == rows + BATCH_ROWS || isMissing(spanUs), "kept, or gone for want of memory and told so");
        life.end();
        ageClock.close();
    }

    /** Rows of a span: others may leave to make room. */
    private long held(final long spanStartUs) {
        final ShardCut cut = new ShardCut();
        assertTrue(cut.take(life.exchange.shards().get(FakeGateway.SHARD_ID)));
        long rows = 0;
        for (int i = 0; i < cut.segmentCount(); i++) {
            rows += cut.segment(i).spanStartUs() == spanStartUs ? cut.rowCount(i) : 0;
        }
        return rows;
    }

    /** Whether a span is told missing: where rows of a clock that was ahead are held, that of now is the oldest, and the first to go. */
    private boolean isMissing(final long spanStartUs) {
        return life.exchange.shards().get(FakeGateway.SHARD_ID).missing().touches(spanStartUs, spanStartUs + Spans.SPAN_US);
    }

    private void openAgeClock() {
        if (ageClock != null) {
            ageClock.close();
        }
        ageClock = RetentionClock.open("lane", directory, this::wallUs, () -> nowNs, Duration.ofHours(random.nextInt(4)));
    }

    private long wallUs() {
        return nowUs + offUs;
    }

    private double failing() {
        return failing;
    }

    private boolean failsState() {
        return failsState;
    }

    private static boolean isState(final Path path) {
        return path.getFileName().toString().startsWith("state.");
    }

    private void begin() throws IOException {
        final double before = failing;
        final boolean stateBefore = failsState;
        failing = 0;
        failsState = false;
        lives++;
        gateway.forget();
        gateway.connected = true;
        gateway.resumes.clear();
        resumesSeen = 0;
        life = new Life();
        failing = before;
        failsState = stateBefore;
    }

    /** New events, mostly of the last spans. */
    private void send() {
        final long lateUs = random.nextInt(4) == 0 ? (1 + random.nextInt(6)) * (long) Spans.SPAN_US : 0;
        send(Math.max(T, wallUs() - lateUs));
    }

    /** As a gateway takes them by its clock and by what the lane has told. */
    private void send(final long timeUs) {
        if (timeUs > wallUs() + Spans.AHEAD_US || timeUs < gateway.keptFromUs) {
            return;
        }
        journal.add(new Batch(identity == EventIdentity.ID ? journal.size() * BATCH_ROWS : 0, timeUs));
        final boolean isNew = timesSent.add(timeUs) || identity == EventIdentity.ID;
        for (int row = 0; isNew && row < BATCH_ROWS; row++) {
            rowsBySpan.merge(Spans.floor(timeUs + row), 1L, Long::sum);
        }
        sendAgain(journal.size());
    }

    private void sendAgain(final int sequence) {
        final Batch batch = journal.get(sequence - 1);
        gateway.send(epoch(), new long[]{1, sequence}, new long[]{sequence == 1 ? 0 : 1, sequence - 1}, batch.firstId, BATCH_ROWS,
            batch.timeUs);
    }

    private long epoch() {
        return 5 + lives;
    }

    /** Seconds pass; the gateway answers what it is asked. */
    private void pass(final int seconds) {
        for (int i = 0; i < seconds * 5; i++) {
            nowNs += SECOND_NS / 5;
            if (ageClock != null) {
                ageClock.update();
            }
            life.work();
            if (gateway.resumes.size() > resumesSeen) {
                resumesSeen = gateway.resumes.size();
                final FakeGateway.Said resume = gateway.lastResume();
                for (int sequence = (int) resume.sequence() + 1; sequence <= journal.size(); sequence++) {
                    sendAgain(sequence);
                }
                gateway.caughtUp(resume.resumeId(), epoch(), journal.isEmpty() ? 0 : 1, journal.size());
            }
        }
    }

    private void check() {
        final ShardStore shard = life.exchange.shards().get(FakeGateway.SHARD_ID);
        final ShardCut cut = new ShardCut();
        if (gateway.unread() > 0 || shard == null || !cut.take(shard) || !cut.isInSync()) {
            return;
        }
        checks++;
        assertTrue(ageClock != null || cut.missing() == MissingRanges.NONE);
        final Map<Long, Long> held = new HashMap<>();
        for (int i = 0; i < cut.segmentCount(); i++) {
            held.merge(cut.segment(i).spanStartUs(), cut.rowCount(i), Long::sum);
        }
        rowsBySpan.forEach((spanUs, rows) -> {
            if (spanUs >= cut.availableFromUs() && !cut.missing().touches(spanUs, spanUs + Spans.SPAN_US)) {
                assertEquals(rows, held.getOrDefault(spanUs, 0L), () -> "span " + (spanUs - T) / Spans.SPAN_US + " of life " + lives);
            }
        });
    }

    private static int filesOf(final Life life) {
        return (int) life.lane.lifeStatus().sealed();
    }

    private int filesFound() throws IOException {
        final Path shardDirectory = SealedDirectory.shardDirectory(directory, 0, FakeGateway.SHARD_ID);
        int count = 0;
        for (final Path file : DiskFiles.INSTANCE.list(shardDirectory)) {
            count += Files.isRegularFile(file) ? 1 : 0;
        }
        return count;
    }

    private Catalog catalog(final long incarnation) {
        return FakeGateway.catalog(
            FakeGateway.table(T, identity), FakeGateway.shard(epoch(), FakeGateway.NODE_ID), 1, incarnation, 20).build(7, 8, 1);
    }
}
