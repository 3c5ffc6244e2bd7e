package io.truenow.gateway.edge.aeron;

import io.aeron.Aeron;
import io.aeron.CommonContext;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.truenow.codecs.StreamIds;
import io.truenow.fabric.agent.ThreadedScheduler;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.channel.Inbox;
import io.truenow.fabric.channel.PeerChannels;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.fabric.time.WallClock;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.TableBinding;
import io.truenow.gateway.ExposedMetrics;
import io.truenow.gateway.ingest.Admission;
import io.truenow.gateway.ingest.IngestFlow;
import io.truenow.gateway.journal.HeldJournal;
import io.truenow.gateway.journal.IngestOutcome;
import io.truenow.gateway.table.FakeControl;
import io.truenow.gateway.table.TableResolver;
import io.truenow.testing.Await;
import org.agrona.CloseHelper;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the edge for Aeron-native clients takes for their requests, and gives back however they end. The test turns its agent. */
class AeronEdgeRoomTest {
    private static final int GATEWAY_ID = 9;

    private final ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();
    private final FakeControl control = new FakeControl(1);
    private final PeerChannels channels = new PeerChannels(1, 1 << 20, 8_192);
    private final ClientBudget budget = new ClientBudget("gateway.max-in-flight", 64 << 20);
    private final ProcessMetrics metrics = ProcessMetrics.local();
    private final ThreadedScheduler scheduler = ThreadedScheduler.threadPerAgent(
        new ThreadedScheduler.Context(() -> new BackoffIdleStrategy(10, 10, 1_000, 100_000), errors::add, errors::add));
    private MediaDriver driver;
    private Aeron aeron;
    private Inbox inbox;

    @BeforeEach
    void start() {
        driver = MediaDriver.launch(new MediaDriver.Context()
            .aeronDirectoryName(CommonContext.generateRandomDirName())
            .threadingMode(ThreadingMode.SHARED)
            .sharedIdleStrategy(new BackoffIdleStrategy(10, 10, 1_000, 100_000))
            .termBufferSparseFile(true)
            .dirDeleteOnStart(true)
            .dirDeleteOnShutdown(true));
        aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(driver.aeronDirectoryName()));
        inbox = Inbox.open(aeron, "127.0.0.1", 0, "aeron-port");
    }

    @AfterEach
    void stop() {
        CloseHelper.closeAll(scheduler, inbox, aeron, driver);
        assertEquals(0, budget.usedBytes());
        assertEquals(List.of(), new ArrayList<>(errors));
    }

    /** The ways a reply can end that nobody takes: each request is one of a pool, and a client that comes later needs it. */
    @ParameterizedTest
    @ValueSource(strings = {"session lost with its replies", "session lost before the journal answers", "reply too late"})
    void whatWasTakenForALostClientComesBack(final String ending) {
        final HeldJournal held = new HeldJournal(AeronEdgeAgent.MAX_IN_FLIGHT);
        final long[] nowNs = {1};
        control.ensureTable("shop", "orders", List.of("country"), List.of("price"));
        final AeronEdgeAgent agent = agent(held, () -> nowNs[0]);
        final RawEdgeClient client = new RawEdgeClient(aeron, channels.ipc());
        try {
            Await.doing("connected to the edge", agent::doWork, client::isConnected);
            int accepted = 0;
            for (int round = 1; round <= 2; round++) {
                accepted += AeronEdgeAgent.MAX_IN_FLIGHT;
                client.connect(round);
                Await.doing("a session", agent::doWork, () -> ExposedMetrics.value(metrics, "truenow_gateway_aeron_sessions") == 1);
                for (int i = 0; i < AeronEdgeAgent.MAX_IN_FLIGHT; i++) {
                    client.ingest(round, batch());
                    final int wanted = i + 1;
                    Await.doing("with the journal", agent::doWork, () -> held.held() == wanted);
                }
                final double refused = ExposedMetrics.value(metrics, "truenow_gateway_aeron_refusals_total");
                client.ingest(round, batch());
                Await.doing("one too many is refused", agent::doWork,
                    () -> ExposedMetrics.value(metrics, "truenow_gateway_aeron_refusals_total") == refused + 1);
                if ("session lost before the journal answers".equals(ending)) {
                    nowNs[0] += AeronEdgeAgent.SESSION_TIMEOUT_NS + 1;
                    agent.doWork();
                    assertEquals(AeronEdgeAgent.MAX_IN_FLIGHT, held.complete(IngestOutcome.OK));
                    agent.doWork();
                } else {
                    assertEquals(AeronEdgeAgent.MAX_IN_FLIGHT, held.complete(IngestOutcome.OK));
                    agent.doWork();
                    assertEquals(0, held.held());
                    final boolean isLate = "reply too late".equals(ending);
                    nowNs[0] += 1 + (isLate ? AeronEdgeAgent.REPLY_TIMEOUT_NS : AeronEdgeAgent.SESSION_TIMEOUT_NS);
                    agent.doWork();
                    if (isLate) {
                        // the session is still there
                        client.ingest(round, batch());
                        Await.doing("with the journal", agent::doWork, () -> held.held() == 1);
                        held.complete(IngestOutcome.OK);
                        agent.doWork();
                        accepted++;
                    }
                    // the session that is silent only half as long ends before the next round
                    nowNs[0] += AeronEdgeAgent.SESSION_TIMEOUT_NS;
                    agent.doWork();
                }
                assertEquals(accepted, ExposedMetrics.value(metrics, "truenow_gateway_aeron_events_total"));
                assertEquals(0, ExposedMetrics.value(metrics, "truenow_gateway_aeron_sessions"));
            }
        } finally {
            client.close();
            agent.closeResources();
        }
    }

    /** What a request holds counts with what the other edges hold, and ordinary requests are refused from 85 % on. */
    @Test
    void aGatewayThatHoldsTooMuchIsBusy() {
        final HeldJournal held = new HeldJournal(8);
        control.ensureTable("shop", "orders", List.of("country"), List.of("price"));
        final AeronEdgeAgent agent = agent(held, () -> 1);
        final RawEdgeClient client = new RawEdgeClient(aeron, channels.ipc());
        try {
            Await.doing("connected to the edge", agent::doWork, client::isConnected);
            client.connect(1);
            final byte[] batch = batch();
            client.ingest(1, batch);
            Await.doing("with the journal", agent::doWork, () -> held.held() == 1);
            final long ownBytes = budget.usedBytes();
            assertTrue(ownBytes >= batch.length, "held: " + ownBytes);
            final long others = budget.limitBytes() * 85 / 100 + 1;
            budget.take(others);
            client.ingest(1, batch);
            Await.doing("refused", agent::doWork, () -> ExposedMetrics.value(metrics, "truenow_gateway_aeron_refusals_total") == 1);
            assertEquals(1, held.complete(IngestOutcome.OK));
            agent.doWork();
            assertEquals(others, budget.usedBytes());
            budget.giveBack(others);
            client.ingest(1, batch);
            Await.doing("with the journal", agent::doWork, () -> held.held() == 1);
            held.complete(IngestOutcome.OK);
            agent.doWork();
        } finally {
            client.close();
            agent.closeResources();
        }
    }

    @Test
    void whatWasTakenForARefusedRequestComesBack() {
        final HeldJournal held = new HeldJournal(1);
        control.ensureTable("shop", "orders", List.of("country"), List.of("price"));
        final AeronEdgeAgent agent = agent(held, () -> 1);
        final RawEdgeClient client = new RawEdgeClient(aeron, channels.ipc());
        try {
            Await.doing("connected to the edge", agent::doWork, client::isConnected);
            client.connect(1);
            final byte[] good = batch();
            final byte[] damaged = good.clone();
            damaged[damaged.length - 1] ^= 1;
            for (int i = 1; i <= AeronEdgeAgent.MAX_IN_FLIGHT; i++) {
                final int wanted = i;
                client.ingest(1, damaged);
                Await.doing("refused", agent::doWork,
                    () -> ExposedMetrics.value(metrics, "truenow_gateway_aeron_refusals_total") == wanted);
            }
            client.ingest(1, good);
            Await.doing("with the journal", agent::doWork, () -> held.held() == 1);
            // now the journal has no room
            for (int i = 1; i <= AeronEdgeAgent.MAX_IN_FLIGHT; i++) {
                final int wanted = AeronEdgeAgent.MAX_IN_FLIGHT + i;
                client.ingest(1, good);
                Await.doing("refused", agent::doWork,
                    () -> ExposedMetrics.value(metrics, "truenow_gateway_aeron_refusals_total") == wanted);
            }
            assertEquals(1, held.complete(IngestOutcome.OK));
            client.ingest(1, good);
            Await.doing("with the journal", agent::doWork, () -> held.held() == 1);
            assertEquals(1, held.complete(IngestOutcome.OK));
            agent.doWork();
            assertEquals(2, ExposedMetrics.value(metrics, "truenow_gateway_aeron_events_total"));
        } finally {
            client.close();
            agent.closeResources();
        }
    }

    private byte[] batch() {
        final Table table = control.catalog().table("shop", "orders");
        final BatchBuilder builder = new BatchBuilder(TableBinding.of(table), 0);
        builder.startRow(WallClock.INSTANCE.microTime(), 2, 7);
        builder.metric(0, 1.0);
        assertTrue(builder.endRow());
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[BatchBuilder.MAX_BATCH_BYTES]);
        final byte[] batch = new byte[builder.encode(buffer, 0, 0)];
        buffer.getBytes(0, batch);
        return batch;
    }

    private AeronEdgeAgent agent(final HeldJournal journal, final NanoClock clock) {
        final IngestFlow.Context ingest = new IngestFlow.Context(
            new TableResolver(control, control), journal.proxy(), new Admission(budget), WallClock.INSTANCE, errors::add, Long.MAX_VALUE);
        return new AeronEdgeAgent(
            new AeronEdge.Context(aeron, inbox, channels, scheduler, ingest, () -> GATEWAY_ID, 1, metrics, clock, errors::add),
            inbox.subscribe(StreamIds.edge()));
    }
}
