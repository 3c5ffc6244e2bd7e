package io.truenow.hottier.lane;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.engine.store.meta.LaneMeta;
import io.truenow.engine.store.seal.SealExchange;
import io.truenow.engine.store.seal.StateFile;
import io.truenow.engine.store.sealed.SealedDirectory;
import io.truenow.engine.store.sealed.write.SealerAgent;
import io.truenow.engine.store.sealed.write.SealerContext;
import io.truenow.engine.store.sealed.write.SealerCounters;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.MemoryPressure;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.fabric.memory.Region;
import io.truenow.fabric.metrics.Metrics;
import io.truenow.fabric.metrics.ProcessMetrics;
import org.agrona.collections.LongArrayList;
import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A lane with a sealer agent, a small memory and a clock by hand: segments from their first row to their file, and out. */
final class LaneLifeTest {
    private static final long T = Spans.floor(1_795_000_200_000_000L);
    private static final long HOUR_US = 3_600_000_000L;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final int BATCH_ROWS = 1_000;
    private static final long BUDGET_BYTES = 7L << 20;
    private static final int REGION_BYTES = 1 << 18;
    private static final long REGIONS_BYTES = 5L << 20;

    @TempDir
    private Path directory;
    private boolean isRegionLate;
    private final FakeGateway gateway = new FakeGateway();
    private final MemoryAccountant accountant = new MemoryAccountant(BUDGET_BYTES);
    private final MemoryTag regions = accountant.tag("regions", REGIONS_BYTES);
    private final MemoryTag sealed = accountant.tag("sealed", BUDGET_BYTES);
    private final LaneMemory memory = new LaneMemory(
        new BlockPool(
            () -> isRegionLate ? null : Region.allocate(regions, REGION_BYTES), REGION_BYTES, (int) (REGIONS_BYTES / REGION_BYTES)),
        new BlockPool(() -> Region.allocateBeyondLimit(sealed, 1 << 16), 1 << 16, 64), LaneMeta.anonymous(42), 0);
    private final MemoryPressure pressure = new MemoryPressure(
        accountant, regions, () -> memory.pool().uses().stream().mapToLong(BlockUse::usedBytes).sum());
    private final LaneExchange exchange = new LaneExchange();
    private final SealExchange seals = new SealExchange();
    private final SwitchedDisk disk = new SwitchedDisk();
    private final Metrics metrics = ProcessMetrics.local();
    private final LaneCounters counters = LaneCounters.register(metrics, 0);
    private final LifeCounters life = LifeCounters.register(metrics, 0);
    private final List<Throwable> errors = new ArrayList<>();
    private Catalog catalog = catalog(FakeGateway.NODE_ID);
    private long nowNs = 1;
    private long nowUs = T;
    private final SegmentPolicy policy = new SegmentPolicy(
        120_000_000L, 5 * SECOND_NS, 4_000, 100, 60 * SECOND_NS, 120 * SECOND_NS, BUDGET_BYTES / 8);
    private final LaneAgent lane = new LaneAgent(new LaneContext(0, 1, () -> gateway, () -> catalog, (_, _) -> true, memory, exchange,
        new LifeContext(seals, policy, pressure, life), counters, () -> nowNs, () -> nowUs, () -> nowUs, errors::add));
    private SealerAgent sealer;
    private int sequence;
    private int rowsSent;
    private boolean isPressureSteady;

    @AfterEach
    void everythingIsGivenBack() throws IOException {
        disk.isFull = false;
        catalog = catalog(9);
        pass(30);
        assertEquals(0, lane.shardCount());
        assertEquals(0, lane.lifeStatus().leaving());
        assertEquals(0, memory.values().size());
        for (final BlockUse use : memory.pool().uses()) {
            if (List.of("rows", "dedup", "dictionaries").contains(use.name())) {
                assertEquals(0, use.usedBytes(), use.name());
            }
        }
        try (Stream<Path> files = Files.walk(directory)) {
            assertEquals(List.of(), files.filter(Files::isRegularFile).filter(file -> !file.toString().contains("state.")).toList());
        }
        assertTrue(state().all().isEmpty());
        sealer().onClose();
        lane.onClose();
        memory.close();
        assertEquals(0, accountant.usedBytes());
    }

    @Test
    void spanIsSealedWhenItIsOverAndQuietAndItsEventsStillCountOnce() {
        send(T);
        send(T + 2_000);
        work();
        nowUs = T + Spans.SPAN_US + 121_000_000L;
        pass(4);
        assertEquals(0, life.seals().get(), "rows came a moment ago");
        pass(4);
        assertEquals(1, life.seals().get());
        assertEquals(new LifeStatus(0, 0, 1, 0, 2_000, lane.lifeStatus().sealedBytes(), 0, ""), lane.lifeStatus());
        assertEquals(2_000, cut().rowsHeld());

        resend(T, 0);
        work();
        assertEquals(1_000, counters.rowsRepeated().get());
        assertEquals(1, cut().segmentCount());

        send(T + 4_000);
        resend(T + 2_000, 1_000);
        work();
        assertEquals(2_000, counters.rowsRepeated().get());
        assertEquals(2, cut().segmentCount());
        pass(8);
        assertEquals(1, life.amendments().get());
        resend(T + 4_000, 2_000);
        work();
        assertEquals(3_000, counters.rowsRepeated().get());

        pass(130);
        assertEquals(1, life.merges().get());
        assertEquals(1, cut().segmentCount());
        resend(T + 4_000, 2_000);
        resend(T, 0);
        work();
        assertEquals(5_000, counters.rowsRepeated().get());
        assertEquals(3_000, cut().rowsHeld());
        assertEquals(List.of(), errors);
    }

    @Test
    void amendmentThatTakesRowNowAndThenIsSealedNevertheless() {
        send(T);
        work();
        nowUs = T + Spans.SPAN_US + 121_000_000L;
        pass(8);
        assertEquals(1, life.seals().get());
        for (int i = 0; i < 5; i++) {
            sendRows(T, 10);
            pass(30);
        }
        assertEquals(1, life.amendments().get(), "it would hold back the durable vector");
    }

    @Test
    void oneBatchInADutyCycleIsLookedForInFiles() {
        send(T);
        work();
        nowUs = T + Spans.SPAN_US + 121_000_000L;
        pass(8);
        resend(T, 0);
        resend(T, 0);
        send(T + Spans.SPAN_US);
        send(T + Spans.SPAN_US);
        lane.doWork();
        assertEquals(3, gateway.unread());
        lane.doWork();
        assertEquals(2, gateway.unread());
        lane.doWork();
        assertEquals(0, gateway.unread());
    }

    @Test
    void largeSegmentIsSealedWhileItsSpanTakesRows() {
        for (int i = 0; i < 10; i++) {
            send(T + i * 2_000);
            pass(1);
        }
        assertEquals(2, life.seals().get());
        assertEquals(3, cut().segmentCount());
        resend(T, 0);
        work();
        assertEquals(BATCH_ROWS, counters.rowsRepeated().get());
        assertEquals(10_000, cut().rowsHeld());
    }

    @Test
    void whileTheDiskIsFullFrozenSegmentsServeAndNothingIsLost() {
        disk.isFull = true;
        send(T);
        work();
        nowUs = T + Spans.SPAN_US + 121_000_000L;
        pass(200);
        assertTrue(life.sealFailures().get() > 3, "tried again");
        assertTrue(life.sealFailures().get() < 15, "later and later");
        assertEquals(1, errors.size());
        assertTrue(lane.lifeStatus().failure().endsWith("no space left on device"), lane.lifeStatus().failure());
        assertEquals(1, lane.lifeStatus().frozen());
        assertEquals(BATCH_ROWS, cut().rowsHeld());
        resend(T, 0);
        work();
        assertEquals(BATCH_ROWS, counters.rowsRepeated().get());
        disk.isFull = false;
        pass(70);
        assertEquals(1, life.seals().get());
        assertEquals("", lane.lifeStatus().failure());
        assertEquals(BATCH_ROWS, cut().rowsHeld());
        assertEquals(1, errors.size());
    }

    @Test
    void freshSpansNeverWaitForGoodAndTheOldestLeave() throws IOException {
        ingestSpans(60, 6);
        assertTrue(life.spansDropped().get() > 10, "the budget holds a few spans only");
        assertTrue(life.seals().get() > 0);
        checkRetained(60, 6);
        assertEquals(cut().availableFromUs(), state().of(FakeGateway.SHARD_ID).availableFromUs());
        final long expired = counters.rowsExpired().get();
        resend(T, 0);
        work();
        assertEquals(expired + BATCH_ROWS, counters.rowsExpired().get());
        assertEquals(List.of(), errors);
    }

    @Test
    void freshSpansNeverWaitForGoodWhileTheDiskIsFull() {
        disk.isFull = true;
        ingestSpans(60, 6);
        assertTrue(life.spansDropped().get() > 10);
        assertEquals(0, life.seals().get());
        checkRetained(60, 6);
    }

    @Test
    void oldEventsAtFullSpeedStayWithinTheBudget() {
        final int spans = 130;
        final int batches = 3;
        nowUs = T + (long) spans * Spans.SPAN_US;
        for (int i = 0; i < spans * batches; i++) {
            send(T + (long) (i / batches) * Spans.SPAN_US + i % batches * 2_000L);
            for (int waited = 0; gateway.unread() > 2; waited++) {
                assertTrue(waited < 1_000, "batch " + i + " waits for memory");
                nowNs += SECOND_NS / 100;
                work();
                assertTrue(accountant.usedBytes() <= BUDGET_BYTES + BUDGET_BYTES / 8, accountant.usedBytes() + " bytes are in use");
            }
        }
        pass(20);
        assertEquals(0, gateway.unread());
        assertTrue(counters.roomRefusals().get() > 0);
        final long retained = spans - life.spansDropped().get();
        assertTrue(retained > 10, retained + " spans are left");
        assertEquals(retained * batches * BATCH_ROWS, cut().rowsHeld());
    }

    @Test
    void spansAheadOfTheClockThatGoAreToldMissingAndEventsOfNowAreKept() {
        for (int i = 0; i < 120; i++) {
            send(T + (50L + i / 3) * Spans.SPAN_US + i % 3 * 2_000L);
            for (int waited = 0; gateway.unread() > 0; waited++) {
                assertTrue(waited < 30, "batch " + i + " waits for memory");
                pass(1);
            }
        }
        assertTrue(life.spansDropped().get() > 0);
        assertTrue(cut().availableFromUs() <= nowUs && gateway.keptFromUs <= nowUs, "a clock that was wrong closes no table");
        assertEquals(T + 50L * Spans.SPAN_US, cut().missing().startUs(0));
        final long expired = counters.rowsExpired().get();
        send(T + 1_000);
        pass(1);
        assertEquals(0, gateway.unread());
        assertEquals(expired, counters.rowsExpired().get());
    }

    @Test
    void noSpanLeavesBecauseARegionComesLate() {
        ingestSpans(4, 1);
        isRegionLate = true;
        for (int i = 0; gateway.unread() == 0; i++) {
            assertTrue(i < 100, "a batch waits for a region");
            send(T + 4L * Spans.SPAN_US + i * 2_000L);
            pass(1);
        }
        pass(2);
        assertEquals(0, life.spansDropped().get());
        isRegionLate = false;
        pass(1);
        assertEquals(0, gateway.unread());
        assertEquals(rowsSent, cut().rowsHeld());
    }

    @Test
    void ingestGoesOnSoonAfterAFullDiskHasRoomAgain() {
        fillOneSpan();
        pass(300);
        assertTrue(life.sealFailures().get() > 100, "tried again each second while a batch waits");
        assertEquals(0, life.spansDropped().get(), "a span that takes rows stays");
        disk.isFull = false;
        pass(3);
        assertEquals(0, gateway.unread());
        assertEquals(rowsSent, cut().rowsHeld());
    }

    @Test
    void earlySealingIsTriedAgainThoughWhatFailedHasLeft() {
        disk.isFull = true;
        send(T - Spans.SPAN_US);
        nowUs = T + 121_000_000L;
        pass(8);
        assertTrue(life.sealFailures().get() > 0);
        fillOneSpan();
        pass(30);
        disk.isFull = false;
        pass(3);
        assertEquals(0, gateway.unread());
        assertEquals(rowsSent - life.spansDropped().get() * BATCH_ROWS, cut().rowsHeld());
    }

    @Test
    void aFileIsTakenUpWhereNoBlockIsLeftForRows() {
        fillOneSpan();
        final BlockUse taken = memory.pool().use("taken");
        final LongArrayList handles = new LongArrayList();
        long handle = memory.pool().allocate(taken, 256);
        while (handle != BlockPool.NONE) {
            handles.addLong(handle);
            handle = memory.pool().allocate(taken, 256);
        }
        disk.isFull = false;
        pass(3);
        assertTrue(life.seals().get() > 0);
        handles.forEachLong(each -> memory.pool().release(taken, each));
        pass(3);
        assertEquals(0, gateway.unread());
        assertEquals(rowsSent, cut().rowsHeld());
    }

    @Test
    void noSpanLeavesForAGatewayThatGaveUp() {
        isPressureSteady = true;
        ingestSpans(20, 6);
        final long dropped = life.spansDropped().get();
        // the batch that waits goes with its gateway
        for (int i = 0; gateway.unread() == 0 && i < 1_000; i++) {
            send(T + 20L * Spans.SPAN_US + i * 2_000L);
            lane.doWork();
        }
        assertEquals(1, gateway.unread());
        gateway.forget();
        rowsSent -= BATCH_ROWS;
        pass(10);
        assertTrue(life.spansDropped().get() <= dropped + 1, "nobody waits for room");
    }

    /** The disk is full, and so is the memory, of rows of a span that takes more of them; one batch waits. */
    private void fillOneSpan() {
        disk.isFull = true;
        for (int i = 0; gateway.unread() == 0 && i < 1_000; i++) {
            send(T + i * 2_000L);
            pass(1);
        }
        assertEquals(1, gateway.unread());
    }

    /** Sends batches of one span after the other; each has to be taken within some seconds. */
    private void ingestSpans(final int spans, final int batches) {
        for (int span = 0; span < spans; span++) {
            for (int batch = 0; batch < batches; batch++) {
                send(T + (long) span * Spans.SPAN_US + batch * 2_000L);
                nowUs = T + (long) span * Spans.SPAN_US + batch * 90_000_000L;
                pass(1);
                for (int waited = 0; gateway.unread() > 0; waited++) {
                    assertTrue(waited < 30, "span " + span + " waits for memory");
                    pass(1);
                }
            }
        }
    }

    private void checkRetained(final int spans, final int batches) {
        final ShardCut cut = cut();
        final long retained = (T + (long) spans * Spans.SPAN_US - cut.availableFromUs()) / Spans.SPAN_US;
        assertTrue(retained > 1, "more than the last span is retained");
        assertEquals(retained * batches * BATCH_ROWS, cut.rowsHeld());
        long rows = 0;
        for (int i = 0; i < cut.segmentCount(); i++) {
            assertTrue(cut.segment(i).spanStartUs() >= cut.availableFromUs());
            rows += cut.rowCount(i);
        }
        assertEquals(cut.rowsHeld(), rows);
    }

    /** New events from a time on. */
    private void send(final long timeUs) {
        resend(timeUs, rowsSent);
        rowsSent += BATCH_ROWS;
    }

    /** A batch of events whose ids begin with a number. */
    private void resend(final long timeUs, final int firstId) {
        resend(timeUs, firstId, BATCH_ROWS);
    }

    /** Some new events. */
    private void sendRows(final long timeUs, final int rows) {
        resend(timeUs, rowsSent, rows);
        rowsSent += rows;
    }

    private void resend(final long timeUs, final int firstId, final int rows) {
        sequence++;
        gateway.send(5, new long[]{1, sequence}, new long[]{sequence == 1 ? 0 : 1, sequence - 1}, firstId, rows, timeUs);
    }

    /** Seconds pass, in tenths. */
    private void pass(final int seconds) {
        for (int i = 0; i < seconds * 10; i++) {
            nowNs += SECOND_NS / 10;
            work();
        }
    }

    /** Every agent has some duty cycles. */
    private void work() {
        for (int i = 0; i < 6; i++) {
            lane.doWork();
            if (!isPressureSteady) {
                pressure.update();
            }
            sealer().doWork();
            exchange.flushReleased();
            for (Segment segment = exchange.pollRetired(); segment != null; segment = exchange.pollRetired()) {
                assertTrue(segment.retire());
                exchange.release(segment);
            }
        }
    }

    private SealerAgent sealer() {
        if (sealer == null) {
            final List<SealerContext.Lane> lanes = List.of(new SealerContext.Lane(0, seals, memory, state()));
            sealer = new SealerAgent(new SealerContext(disk, directory, sealed, lanes,
                SealerCounters.register(metrics), SystemNanoClock.INSTANCE, errors::add));
        }
        return sealer;
    }

    private StateFile state() {
        try {
            return StateFile.open(disk, SealedDirectory.laneDirectory(directory, 0));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ShardCut cut() {
        final ShardCut cut = new ShardCut();
        assertTrue(cut.take(exchange.shards().get(FakeGateway.SHARD_ID)));
        return cut;
    }

    private static Catalog catalog(final int ownerId) {
        return FakeGateway.catalog(FakeGateway.table(T, EventIdentity.ID), FakeGateway.shard(5, ownerId), 20, 1, 10).build(1);
    }
}
