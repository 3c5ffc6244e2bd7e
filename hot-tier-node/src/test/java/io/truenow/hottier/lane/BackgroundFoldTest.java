package io.truenow.hottier.lane;

import io.truenow.engine.model.Model;
import io.truenow.engine.model.Plan;
import io.truenow.engine.model.RandomRows;
import io.truenow.engine.model.Row;
import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.scan.cube.CubeLimits;
import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.sealed.SealedSegment;
import io.truenow.engine.store.sealed.SegmentIdentity;
import io.truenow.engine.store.sealed.SegmentOwner;
import io.truenow.engine.store.sealed.write.SegmentWriter;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.OpenSegment;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.segment.Span;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.format.batch.BatchView;
import io.truenow.hottier.query.FakeQueryNode;
import io.truenow.hottier.query.QueryAgent;
import io.truenow.hottier.query.QueryContext;
import io.truenow.hottier.query.QueryCounters;
import io.truenow.hottier.query.ShardQueryMessage;
import io.truenow.testing.LeakGuard;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Rows come, segments are sealed and go, queries are asked, and the query agent folds in between. */
final class BackgroundFoldTest {
    private static final long FROM_US = Spans.floor(1_795_000_200_000_000L);
    private static final int SPANS = 5;
    private static final long TO_US = FROM_US + SPANS * (long) Spans.SPAN_US;
    private static final int FOLD_PERCENT = 5;
    private static final long SECOND_NS = 1_000_000_000L;
    private static final Plan ALL = new Plan(Long.MIN_VALUE, Long.MAX_VALUE, 0, List.of(0), List.of(0), Map.of());

    @TempDir
    private Path directory;
    private final RandomGenerator random = Seeds.random("BackgroundFoldTest");
    private final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
    private final Model model = new Model();
    private final LaneExchange exchange = new LaneExchange();
    private final FakeQueryNode node = new FakeQueryNode();
    private final List<Throwable> errors = new ArrayList<>();
    private final RandomRows rows = new RandomRows(random, 1 + random.nextInt(60), FROM_US, TO_US);
    private LaneMemory memory;
    private BatchApplier applier;
    private ShardStore shard;
    private ShardUnderTest tested;
    private QueryAgent agent;
    private long keptFromUs = Long.MIN_VALUE;
    private long sequence;
    private long nowNs = 1;
    /** By which the clock goes on at each look at it. */
    private long lookNs = 10_000;

    @RepeatedTest(8)
    void answersAreThoseOfThePlainModel() throws IOException {
        final List<Plan> plans = new ArrayList<>();
        try (LaneMemory _ = open(); LeakGuard _ = LeakGuard.open(() -> ShardUnderTest.blockBytes(memory))) {
            start();
            for (int i = 0; i < 160; i++) {
                live();
                apply();
                for (int cycle = random.nextInt(random.nextInt(6) == 0 ? 3_000 : 8); cycle > 0; cycle--) {
                    agent.doWork();
                }
                if (random.nextInt(3) == 0) {
                    if (plans.size() < 5 || random.nextInt(8) == 0) {
                        plans.add(Plan.random(random, rows, FROM_US, TO_US));
                    }
                    check(plans.get(random.nextInt(plans.size())));
                }
            }
            check(ALL);
            check(ALL);
            check(ALL);
            // all of a batch may have been there
            for (final int before = model.size(); model.size() == before;) {
                apply();
            }
            foldAll();
            assertTrue(foldedInBackground() > 0);
            stop();
        }
        assertEquals(0, accountant.usedBytes());
    }

    @RepeatedTest(4)
    void whatIsAskedOftenIsFoldedBeforeItIsAskedAgain() throws IOException {
        try (LaneMemory _ = open(); LeakGuard _ = LeakGuard.open(() -> ShardUnderTest.blockBytes(memory))) {
            start();
            final Plan byMinute = new Plan(Long.MIN_VALUE, Long.MAX_VALUE, 60_000_000L, List.of(), List.of(0), Map.of());
            for (int i = 0; i < 20; i++) {
                apply();
            }
            foldAll();
            check(ALL);
            apply();
            foldAll();
            assertEquals(0, foldedInBackground(), "asked once only");
            check(ALL);
            check(byMinute);
            check(byMinute);
            for (int i = 0; i < 20; i++) {
                apply();
                if (i % 7 == 0) {
                    sealSome();
                }
            }
            foldAll();
            final long folded = foldedInBackground();
            assertTrue(folded > 0);
            for (final Plan plan : List.of(ALL, byMinute)) {
                check(plan);
                assertEquals(0, tested.scan().rowsFolded(), () -> "folded for " + plan);
                assertTrue(tested.scan().cubeHits() > 0);
            }
            nowNs += 301 * SECOND_NS;
            apply();
            foldAll();
            assertEquals(folded, foldedInBackground(), "nobody has asked for minutes");
            stop();
        }
    }

    @RepeatedTest(2)
    void keepsToItsShareAndGivesWayToQueries() throws IOException {
        try (LaneMemory _ = open(); LeakGuard _ = LeakGuard.open(() -> ShardUnderTest.blockBytes(memory))) {
            start();
            for (int i = 0; i < 20; i++) {
                apply();
            }
            check(ALL);
            check(ALL);
            lookNs = SECOND_NS / 50;
            final List<Long> foldedAtNs = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                apply();
                final boolean isAsked = i % 20 == 10;
                if (isAsked) {
                    ask();
                }
                for (int cycle = 0; cycle < 5; cycle++) {
                    final long before = foldedInBackground();
                    final int answersBefore = node.answers().size();
                    agent.doWork();
                    if (foldedInBackground() > before) {
                        foldedAtNs.add(nowNs);
                    }
                    assertTrue(!isAsked || node.answers().size() > answersBefore || node.answers().size() > i / 20
                        || foldedInBackground() == before);
                }
            }
            assertEquals(3, node.answers().size());
            assertTrue(foldedAtNs.size() > 5, foldedAtNs::toString);
            for (final long fromNs : foldedAtNs) {
                final long count = foldedAtNs.stream().filter(atNs -> atNs >= fromNs && atNs < fromNs + SECOND_NS).count();
                assertTrue(count * lookNs <= SECOND_NS / 100 * FOLD_PERCENT + lookNs, foldedAtNs::toString);
            }
            stop();
        }
    }

    private LaneMemory open() {
        memory = ShardUnderTest.memory(accountant);
        return memory;
    }

    private void start() {
        applier = new BatchApplier(memory);
        tested = new ShardUnderTest(memory, new CubeLimits(1 << 14, 1, 0, 1 << 24, FOLD_PERCENT));
        shard = new ShardStore(memory, 7, 1);
        exchange.shards(List.of(shard));
        final ProcessMetrics metrics = ProcessMetrics.local();
        final Catalog catalog = FakeQueryNode.catalog();
        agent = new QueryAgent(new QueryContext(0, () -> node, () -> catalog, memory, exchange, null, LaneCounters.register(metrics, 0),
            QueryCounters.register(metrics, 0), tested.scans().tools(), this::look, errors::add));
    }

    private void stop() throws IOException {
        exchange.retire(List.of(shard.takeOlderThan(Long.MAX_VALUE)));
        agent.doWork();
        assertEquals(0, tested.scans().tools().cubes().count());
        free();
        agent.onClose();
        shard.forget();
        tested.close();
        assertEquals(List.of(), errors);
    }

    private long look() {
        nowNs += lookNs;
        return nowNs;
    }

    private long foldedInBackground() {
        return tested.scans().counters().rowsFoldedInBackground().get();
    }

    /** Until nothing has been folded for a second. */
    private void foldAll() {
        long untilNs = nowNs + SECOND_NS;
        while (nowNs < untilNs) {
            if (agent.doWork() > 0) {
                untilNs = nowNs + SECOND_NS;
            }
        }
    }

    private void apply() {
        UnsafeBuffer encoded = null;
        List<Row> batch = List.of();
        while (encoded == null) {
            batch = rows.batch();
            encoded = rows.encode(batch, sequence + 1, TO_US);
        }
        sequence++;
        final BatchView view = new BatchView().wrap(encoded, 0, encoded.capacity());
        assertTrue(view.isValid());
        assertTrue(ShardUnderTest.apply(applier, shard, view, rows.dimensionCount(), rows.metricCount(), keptFromUs));
        model.apply(batch, keptFromUs);
    }

    private void live() throws IOException {
        if (random.nextInt(5) == 0 && shard.spanCount() > 0) {
            sealSome();
        }
        if (random.nextInt(60) == 0 && shard.spanCount() > 2) {
            keptFromUs = Math.max(keptFromUs, shard.spanAt(1).startUs());
            shard.publishState(1, true, keptFromUs);
            exchange.retire(List.of(shard.takeOlderThan(keptFromUs)));
            model.dropOlderThan(keptFromUs);
        }
        free();
    }

    private void sealSome() throws IOException {
        final Span span = shard.spanAt(random.nextInt(shard.spanCount()));
        if (span.open() != null && span.open().rowCount() > 0) {
            shard.freeze(span);
        }
        final List<Segment> frozen = new ArrayList<>();
        for (int i = 0; i < span.segmentCount(); i++) {
            if (span.segment(i) instanceof OpenSegment && !span.segment(i).isOpen()) {
                frozen.add(span.segment(i));
            }
        }
        if (frozen.isEmpty()) {
            return;
        }
        try (SegmentWriter writer = new SegmentWriter(DiskFiles.INSTANCE, accountant.tag("sealed", Long.MAX_VALUE))) {
            final SealedSegment made = writer.write(new SegmentIdentity(new SegmentOwner(1, 2, 0, 1, 7), span.startUs(), shard.newUid(),
                frozen.stream().map(Segment::uid).toList(), shard.durable(frozen)), frozen, memory, directory);
            boolean isReady = false;
            while (!isReady) {
                isReady = made.retainValues(7);
            }
            assertTrue(shard.replace(frozen, made));
            exchange.retire(frozen);
        }
    }

    private void free() throws IOException {
        exchange.flushRetired();
        for (Segment segment = exchange.pollReleased(); segment != null; segment = exchange.pollReleased()) {
            segment.free();
            if (segment instanceof SealedSegment sealed) {
                sealed.close();
                Files.delete(sealed.file());
            }
        }
    }

    private void check(final Plan plan) {
        final ShardCut cut = new ShardCut();
        assertTrue(cut.take(shard));
        assertEquals(model.size(), cut.rowsHeld());
        tested.check(plan, cut, model.query(plan, model.size()));
    }

    /** Asks for a shard that is unknown, for which the query waits a while. */
    private void ask() {
        node.ask(new ShardQueryMessage(99).encode());
    }
}
