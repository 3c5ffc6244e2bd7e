package io.truenow.gateway.publish;

import io.aeron.ExclusivePublication;
import io.aeron.FragmentAssembler;
import io.truenow.codecs.StreamIds;
import io.truenow.codecs.control.OwnerState;
import io.truenow.codecs.control.ServiceState;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.driver.stepped.SteppedProcess;
import io.truenow.fabric.agent.Doorbell;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.channel.Inbox;
import io.truenow.fabric.channel.InboxSubscription;
import io.truenow.fabric.channel.PeerChannels;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.fabric.time.RetentionClock;
import io.truenow.fabric.time.WallClock;
import io.truenow.gateway.ExposedMetrics;
import io.truenow.gateway.journal.Batches;
import io.truenow.gateway.journal.IngestOutcome;
import io.truenow.gateway.journal.IngestRequest;
import io.truenow.gateway.journal.Journal;
import io.truenow.gateway.journal.JournalProxy;
import io.truenow.gateway.table.KeptFrom;
import org.agrona.CloseHelper;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The agent with a real journal and a real media driver, against a model lane; all of it, and time, stepped by the test's
 * thread.
 */
class JournalAgentTest {
    private static final int GATEWAY_ID = 7;
    private static final int NODE_ID = 2;
    private static final int SHARD_ID = Batches.FIRST_SHARD_ID;
    private static final long DRIVER_ID = 11;

    @TempDir
    Path directory;

    private static final String PREFIX = "truenow_gateway_";

    private final KeptFrom keptFrom = new KeptFrom();
    private final List<Throwable> errors = new ArrayList<>();
    private final List<IngestRequest> completed = new ArrayList<>();
    private final SteppedProcess process = new SteppedProcess();
    private Inbox gatewayInbox;
    private Inbox laneInbox;
    private InboxSubscription laneSubscription;
    private ExclusivePublication laneReplies;
    private ModelLane lane;
    private Journal journal;
    private JournalAgent agent;
    private JournalProxy proxy;
    private ProcessMetrics metrics;
    private Catalog catalog = Catalog.EMPTY;
    private int gatewayId = -1;
    private long incarnation;
    private int offered;
    private final FragmentAssembler assembler = new FragmentAssembler((buffer, offset, length, header) -> {
        final byte[] message = new byte[length];
        buffer.getBytes(offset, message);
        lane.onMessage(message);
    });

    @BeforeEach
    void launch() {
        gatewayInbox = Inbox.open(process.aeron(), "localhost", 0, "aeron-port");
    }

    @AfterEach
    void close() {
        CloseHelper.closeAll(agent, journal, laneReplies, laneSubscription, laneInbox, gatewayInbox, process);
        assertEquals(List.of(), errors);
        assertEquals(List.of(), process.errors());
    }

    @ParameterizedTest
    @ValueSource(longs = {DRIVER_ID, DRIVER_ID + 1})
    void batchesReachTheLaneAndAcknowledgementsComeBack(final long laneDriverId) throws IOException {
        startAgent();
        offer(AckLevel.JOURNALED, 1);
        assertEquals(IngestOutcome.NOT_REGISTERED, last().outcome());
        gatewayId = GATEWAY_ID;
        offer(AckLevel.JOURNALED, 2);
        assertEquals(IngestOutcome.SHARD_UNASSIGNED, last().outcome());

        startLane(1, laneDriverId);
        for (long id = 10; id < 300; id++) {
            offer(AckLevel.JOURNALED, id);
            assertEquals(IngestOutcome.OK, last().outcome());
        }
        assertEquals(290, last().sequence(0));
        offer(AckLevel.APPLIED, 300);
        awaitCompletion();
        assertEquals(IngestOutcome.OK, last().outcome());
        assertEquals(LongStream.rangeClosed(10, 300).boxed().toList(), lane.appliedByShard.get(SHARD_ID));
        assertTrue(lane.isInSync(SHARD_ID));

        assertEquals(1, value("refusals_total{reason=\"not_registered\"}"));
        assertEquals(1, value("refusals_total{reason=\"shard_unassigned\"}"));
        assertEquals(2, ExposedMetrics.sum(metrics, PREFIX + "refusals_total"));
        assertEquals(291, value("journal_requests_total"));
        assertEquals(291, value("journal_batches_total"));
        assertEquals(3 * 291, value("journal_events_total"), "three a batch");
        assertTrue(value("journal_bytes_total") > 291 * 100);
        assertTrue(value("resumes_total") >= 1);
        assertTrue(value("applied_messages_total") >= 1);
        assertEquals(0, value("not_applied_in_time_total"));
        until("the gauges show it",
            () -> value("batches_published") >= 291 && value("pending_applied_requests") == 0);
        assertEquals(0, value("journal_damaged_documents"));
        assertTrue(value("journal_held_bytes") > 291 * 100);
        assertDestinations(1, 0, 0);
    }

    @Test
    void aLaneAndAGatewayThatStartOverAreFedAgain() throws IOException {
        startAgent();
        gatewayId = GATEWAY_ID;
        startLane(1, DRIVER_ID);
        for (long id = 0; id < 50; id++) {
            offer(AckLevel.APPLIED, id);
        }
        awaitCompletion();
        stopLane();
        for (long id = 50; id < 100; id++) {
            offer(AckLevel.JOURNALED, id);
        }
        startLane(2, DRIVER_ID + 1);
        offer(AckLevel.APPLIED, 100);
        awaitCompletion();
        assertEquals(LongStream.rangeClosed(0, 100).boxed().toList(), lane.appliedByShard.get(SHARD_ID));
        assertTrue(value("resumes_total") >= 2, "of the lane's two lives");
        // a lane that lost what it had is sent it again
        until("the gauges show it", () -> value("batches_published") >= 151);
        assertEquals(101, value("journal_batches_total"));

        agent.close();
        journal.close();
        startAgent();
        for (long id = 101; id < 150; id++) {
            offer(AckLevel.APPLIED, id);
        }
        awaitCompletion();
        assertEquals(incarnation, last().incarnation());
        assertEquals(LongStream.range(0, 150).boxed().toList(), lane.appliedByShard.get(SHARD_ID));
    }

    @Test
    void whatIsNotAppliedInTimeIsJournaledAllTheSame() throws IOException {
        startAgent();
        gatewayId = GATEWAY_ID;
        catalog = catalog(1, DRIVER_ID, 1);
        offer(AckLevel.APPLIED, 1);
        until("completion", () -> completed.size() == 1);
        assertEquals(IngestOutcome.NOT_APPLIED_IN_TIME, last().outcome());
        assertEquals(1, value("not_applied_in_time_total"));
        assertEquals(1, value("journal_requests_total"));
        assertEquals(0, ExposedMetrics.sum(metrics, PREFIX + "refusals_total"));
        until("nobody waits any more", () -> value("pending_applied_requests") == 0);
        assertDestinations(0, 0, 1);
        startLane(1, DRIVER_ID);
        until("application", () -> lane.appliedByShard.containsKey(SHARD_ID));
    }

    @Test
    void refusesAtTheBudgetWithoutAHole() throws IOException {
        startAgent();
        gatewayId = GATEWAY_ID;
        catalog = catalog(1, DRIVER_ID, 1);
        long id = 0;
        do {
            offer(AckLevel.JOURNALED, id++);
        } while (last().outcome() == IngestOutcome.OK);
        assertEquals(IngestOutcome.JOURNAL_FULL, last().outcome());
        assertTrue(agent.whyFull().contains("gateway.journal-budget"), agent.whyFull());
        assertEquals(agent.whyFull(), agent.whyNotReady());
        assertEquals(1, value("refusals_total{reason=\"journal_full\"}"));
        assertEquals(id - 1, value("journal_requests_total"));
        startLane(1, DRIVER_ID);
        final int accepted = (int)id - 1;
        until("application", () ->
            lane.appliedByShard.getOrDefault(SHARD_ID, List.of()).size() == accepted);
    }

    @Test
    void feedsNothingToACatalogThatTheJournalDoesNotBelongTo() throws IOException {
        startAgent();
        gatewayId = GATEWAY_ID;
        startLane(1, DRIVER_ID);
        catalog = named(5);
        offer(AckLevel.APPLIED, 1);
        awaitCompletion();
        stopLane();

        // control has lost its data: the same ids, and all there is to tell that they mean other things is the catalog's name
        agent.close();
        journal.close();
        startAgent();
        startLane(2, DRIVER_ID);
        catalog = named(6);
        offer(AckLevel.JOURNALED, 2);
        assertEquals(IngestOutcome.JOURNAL_UNAVAILABLE, last().outcome());
        assertTrue(agent.whyNotReady().contains("another catalog"));
        // turns in which it would connect and feed, as it does in every other test
        final int[] turns = {0};
        until("turns of the agent", () -> ++turns[0] == 500);
        assertTrue(lane.appliedByShard.isEmpty());
        assertTrue(agent.whyNotReady().contains("another catalog"));
        assertEquals(1, errors.size());
        errors.clear();

        // it is restored
        catalog = named(5);
        offer(AckLevel.APPLIED, 3);
        awaitCompletion();
        assertEquals(List.of(1L, 3L), lane.appliedByShard.get(SHARD_ID));
        assertNull(agent.whyNotReady());
    }

    @Test
    void whatTheLaneWouldDropIsNotAcknowledged() throws IOException {
        startAgent();
        gatewayId = GATEWAY_ID;
        catalog = catalog(2, DRIVER_ID, 1);
        final long nowUs = WallClock.INSTANCE.microTime();
        final long hourUs = 3_600_000_000L;
        offerAt(nowUs - hourUs, 1);
        assertEquals(IngestOutcome.RETENTION_UNKNOWN, last().outcome(), "it may have let that go in an earlier life of the gateway");
        offerAt(nowUs, 2);
        assertEquals(IngestOutcome.OK, last().outcome());
        startLane(2, DRIVER_ID);
        lane.keptFromUs = nowUs - 2 * hourUs;
        awaitKeptFrom();
        offerAt(nowUs - hourUs, 3);
        assertEquals(IngestOutcome.OK, last().outcome());
        lane.keptFromUs = nowUs - hourUs + 3;
        offerAt(nowUs, 4);
        awaitKeptFrom();
        offerAt(nowUs - hourUs, 5);
        assertEquals(IngestOutcome.RETENTION_MOVED, last().outcome());
        offerAt(nowUs - hourUs + 3, 6);
        assertEquals(IngestOutcome.OK, last().outcome());
        lane.keptFromUs = Long.MIN_VALUE;
        offerAt(nowUs, 7);
        awaitKeptFrom();
        offerAt(nowUs - hourUs, 8);
        assertEquals(IngestOutcome.OK, last().outcome(), "it may keep more again");
        assertEquals(KeptFrom.UNKNOWN, keptFrom.timeUs(1 << 20));
    }

    private void offerAt(final long eventTimeUs, final long id) {
        assertTrue(proxy.offer(Batches.request(AckLevel.JOURNALED, completed::add, id, eventTimeUs, 0)));
        doWork();
    }

    private void awaitKeptFrom() {
        until("the lane has told", () -> keptFrom.timeUs(SHARD_ID) == lane.keptFromUs);
    }

    private double value(final String series) {
        return ExposedMetrics.value(metrics, PREFIX + series);
    }

    private void assertDestinations(final int live, final int lagging, final int connecting) {
        until("destinations are counted", () -> value("destinations{state=\"live\"}") == live
            && value("destinations{state=\"lagging\"}") == lagging && value("destinations{state=\"connecting\"}") == connecting);
    }

    private Catalog named(final long id) {
        return catalog.change().build(id, id, catalog.version());
    }

    private void startAgent() throws IOException {
        incarnation++;
        journal = Journal.open(new Journal.Settings(
            directory.resolve("journal"), incarnation, 64L << 20, 0, WallClock.INSTANCE, errors::add));
        final ManyToOneConcurrentArrayQueue<IngestRequest> requests = new ManyToOneConcurrentArrayQueue<>(64);
        proxy = new JournalProxy(requests, Doorbell.NONE);
        metrics = ProcessMetrics.local();
        agent = new JournalAgent(new JournalAgent.Context(
            journal, CatalogBinding.open(directory), requests, () -> catalog, () -> gatewayId, incarnation, gatewayInbox,
            keptFrom,
            new AeronLanePublications(process.aeron(), new PeerChannels(DRIVER_ID, 1 << 20, 1408), Doorbell.NONE),
            new GatewayCounters(metrics),
            new JournalAgent.Limits(1 << 20, 500_000_000L, 1L << 40, 0, new PublishLimits(20_000_000L, 64 << 10, 64)),
            process.time().clocks().process(),
            RetentionClock.open("gateway", directory, WallClock.INSTANCE, SystemNanoClock.INSTANCE, Duration.ofHours(6)), errors::add));
    }

    private void startLane(final long nodeIncarnation, final long laneDriverId) {
        laneInbox = Inbox.open(process.aeron(), "localhost", 0, "aeron-port");
        laneSubscription = laneInbox.subscribe(StreamIds.ingest(NODE_ID, 0));
        laneReplies = process.aeron().addExclusivePublication(
            "aeron:udp?endpoint=localhost:" + gatewayInbox.port(), StreamIds.gatewayInbox(GATEWAY_ID));
        lane = new ModelLane(NODE_ID, 0, nodeIncarnation);
        catalog = catalog(nodeIncarnation, laneDriverId, laneInbox.port());
        lane.onCatalog(catalog);
    }

    private void stopLane() {
        CloseHelper.closeAll(laneReplies, laneSubscription, laneInbox);
        lane = null;
    }

    private Catalog catalog(final long nodeIncarnation, final long laneDriverId, final int port) {
        final CatalogBuilder builder = new CatalogBuilder();
        builder.put(new Shard(SHARD_ID, Batches.TABLE_ID, 0, nodeIncarnation, List.of(new Owner(NODE_ID, 0, OwnerState.ACTIVE))));
        builder.put(Nodes.of(NODE_ID, nodeIncarnation, laneDriverId, "localhost", port, ServiceState.ACTIVE));
        return builder.build(nodeIncarnation);
    }

    private void offer(final AckLevel level, final long id) {
        final IngestRequest request = Batches.request(level, completed::add, id, WallClock.INSTANCE.time() * 1_000, 0);
        final int before = completed.size();
        assertTrue(proxy.offer(request));
        doWork();
        assertTrue(level == AckLevel.APPLIED || completed.size() > before);
        offered++;
    }

    private void awaitCompletion() {
        until("all requests complete", () -> completed.size() == offered);
    }

    private IngestRequest last() {
        return completed.getLast();
    }

    /** Steps the driver, the agent and the lane: what is due by time is so after some steps, in each run after as many. */
    private void until(final String what, final BooleanSupplier condition) {
        process.until(what, () -> {
            doWork();
            return condition.getAsBoolean();
        });
    }

    private void doWork() {
        agent.doWork();
        if (lane != null) {
            laneSubscription.poll(assembler, 16);
            lane.poll();
            while (!lane.outbox.isEmpty()) {
                final byte[] message = lane.outbox.peek();
                if (laneReplies.offer(new UnsafeBuffer(message)) < 0) {
                    break;
                }
                lane.outbox.remove();
            }
        }
    }
}
