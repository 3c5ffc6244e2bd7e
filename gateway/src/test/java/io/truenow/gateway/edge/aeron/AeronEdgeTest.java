package io.truenow.gateway.edge.aeron;

import io.aeron.Aeron;
import io.aeron.CommonContext;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.truenow.client.ingest.ClientContext;
import io.truenow.client.ingest.EventAppender;
import io.truenow.client.ingest.IngestListener;
import io.truenow.client.ingest.TrueNowClient;
import io.truenow.client.ingest.TrueNowException;
import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.fabric.agent.Duty;
import io.truenow.fabric.agent.ThreadedScheduler;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.catalog.TableProperties;
import io.truenow.fabric.channel.Inbox;
import io.truenow.fabric.channel.PeerChannels;
import io.truenow.fabric.control.CatalogCommand;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.ControlClient;
import io.truenow.fabric.control.ServiceRegistration;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.fabric.position.Position;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.time.ProcessClock;
import io.truenow.fabric.time.WallClock;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.BatchView;
import io.truenow.format.batch.TableBinding;
import io.truenow.gateway.ingest.Admission;
import io.truenow.gateway.ingest.IngestFlow;
import io.truenow.gateway.journal.IngestOutcome;
import io.truenow.gateway.journal.JournalProxy;
import io.truenow.gateway.journal.MemoryJournal;
import io.truenow.gateway.table.KeptFrom;
import io.truenow.gateway.table.TableResolver;
import org.agrona.CloseHelper;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The Aeron-native client and the gateway's edge for it, over a real media driver; the journal behind is in memory. */
class AeronEdgeTest {
    private static final int GATEWAY_ID = 9;

    private final ConcurrentLinkedQueue<Throwable> errors = new ConcurrentLinkedQueue<>();
    private final List<String> rejections = new ArrayList<>();
    private final Set<AckLevel> levels = EnumSet.noneOf(AckLevel.class);
    private final FakeControl control = new FakeControl();
    private MediaDriver driver;
    private Aeron aeron;
    private Inbox inbox;
    private ThreadedScheduler scheduler;
    private AeronEdge edge;
    private final ClientBudget budget = new ClientBudget("gateway.max-in-flight", 64 << 20);
    private MemoryJournal journal;

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
        startEdge(1);
    }

    @AfterEach
    void stop() {
        CloseHelper.closeAll(edge, scheduler, inbox, aeron, driver);
        assertEquals(0, budget.usedBytes());
        assertEquals(List.of(), new ArrayList<>(errors));
    }

    private void startEdge(final long incarnation) {
        journal = new MemoryJournal(GATEWAY_ID, incarnation);
        scheduler = ThreadedScheduler.threadPerAgent(
            new ThreadedScheduler.Context(() -> new BackoffIdleStrategy(10, 10, 1_000, 100_000), errors::add, errors::add));
        scheduler.schedule(Duty.urgent("journal"), journal);
        edge = AeronEdge.launch(new AeronEdge.Context(aeron, inbox, new PeerChannels(1, 1 << 20, 8_192), scheduler,
            ingest(journal.proxy()), () -> GATEWAY_ID, incarnation, ProcessMetrics.local(), ProcessClock.INSTANCE,
            errors::add));
    }

    private IngestFlow.Context ingest(final JournalProxy toJournal) {
        return new IngestFlow.Context(
            new TableResolver(control, control), toJournal, new Admission(budget), WallClock.INSTANCE, errors::add, Long.MAX_VALUE);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsAppendedIsJournaledOnceAcknowledged(final boolean ipc) {
        final int events = 50_000;
        final Map<Long, Integer> acknowledged = new HashMap<>();
        try (TrueNowClient client = connect(ipc, acknowledged)) {
            final EventAppender appender = client.bind("shop", "orders", List.of("country", "product"), List.of("price"));
            final long nowUs = nowUs();
            for (int i = 0; i < events; i++) {
                appender.startEvent(("event-" + i).getBytes(StandardCharsets.UTF_8), nowUs - i)
                    .dimension(0, "c" + i % 50).dimension(1, "p" + i % 1_000).metric(0, i);
                while (!appender.endEvent()) {
                    client.poll();
                }
            }
            client.drain();
            assertEquals(List.of(), rejections);
            assertEquals(events, acknowledged.values().stream().mapToInt(Integer::intValue).sum());
            assertEquals(acknowledged.size(), journal.batches().size());
            assertEquals(control.catalog().table("shop", "orders").shardIds().size(), client.token().positions().size());
        }
        assertEquals(events, distinctIds().size());
        assertEquals(events * (events - 1.0) / 2, sumOfPrices());
    }

    @Test
    void anotherIncarnationOfTheGatewayGetsWhatWasNotAcknowledged() {
        final Map<Long, Integer> acknowledged = new HashMap<>();
        try (TrueNowClient client = connect(true, acknowledged)) {
            final EventAppender appender = client.bind("shop", "orders", List.of("country"), List.of());
            append(client, appender, 0, 1_000, nowUs());
            client.drain();
            final Set<String> first = distinctIds();
            CloseHelper.closeAll(edge, scheduler);
            append(client, appender, 1_000, 1_500, nowUs());
            client.flush();
            client.poll();
            assertTrue(client.inFlight() > 0);
            startEdge(2);
            append(client, appender, 1_500, 2_000, nowUs());
            client.drain();
            final Set<String> all = distinctIds();
            all.addAll(first);
            assertEquals(2_000, all.size());
            assertEquals(2_000, acknowledged.values().stream().mapToInt(Integer::intValue).sum());
            assertTrue(client.token().positions().stream().anyMatch(position -> position.incarnation() == 2));
        }
    }

    @Test
    void aFullJournalIsTriedAgain() {
        final Map<Long, Integer> acknowledged = new HashMap<>();
        try (TrueNowClient client = connect(true, acknowledged)) {
            final EventAppender appender = client.bind("shop", "orders", List.of("country"), List.of());
            journal.outcome(IngestOutcome.JOURNAL_FULL);
            append(client, appender, 0, 10, nowUs());
            client.flush();
            final long untilNs = System.nanoTime() + 200_000_000L;
            while (System.nanoTime() - untilNs < 0) {
                client.poll();
            }
            assertTrue(client.inFlight() > 0);
            journal.outcome(IngestOutcome.OK);
            client.drain();
            assertEquals(10, distinctIds().size());
        }
    }

    @Test
    void anAcknowledgementTellsTheLevelThatItReached() {
        try (TrueNowClient client = connect(true, new HashMap<>(), AckLevel.APPLIED)) {
            final EventAppender appender = client.bind("shop", "orders", List.of("country"), List.of());
            append(client, appender, 0, 1, nowUs());
            client.drain();
            assertEquals(Set.of(AckLevel.APPLIED), levels);
            journal.outcome(IngestOutcome.NOT_APPLIED_IN_TIME);
            append(client, appender, 1, 2, nowUs());
            client.drain();
            assertEquals(Set.of(AckLevel.APPLIED, AckLevel.JOURNALED), levels);
        }
    }

    @Test
    void timesOutOfRangeAreRejected() {
        try (TrueNowClient client = connect(true, new HashMap<>())) {
            final EventAppender appender = client.bind("shop", "orders", List.of("country"), List.of());
            append(client, appender, 0, 1, nowUs() - TimeUnit.HOURS.toMicros(25));
            client.drain();
            append(client, appender, 0, 1, nowUs() + TimeUnit.MINUTES.toMicros(2));
            client.drain();
            assertTrue(rejections.contains("event_too_old") && rejections.contains("event_in_future"), rejections.toString());
            assertTrue(journal.batches().isEmpty());
        }
    }

    @Test
    void aRefusedTableIsToldWithItsCode() {
        try (TrueNowClient client = connect(true, new HashMap<>())) {
            final TrueNowException refused =
                assertThrows(TrueNowException.class, () -> client.bind("forbidden", "orders", List.of(), List.of()));
            assertEquals("table_creation_forbidden", refused.code());
            assertEquals("invalid_namespace",
                assertThrows(TrueNowException.class, () -> client.bind("17", "orders", List.of(), List.of())).code());
            // it would arrive as a question mark, and be created as one
            assertEquals("invalid_dimension",
                assertThrows(TrueNowException.class, () -> client.bind("shop", "orders", List.of("\ud800"), List.of())).code());
        }
    }

    @Test
    void batchesOfOtherShardsColumnsOrValuesAreRefused() {
        control.ensureTable("shop", "orders", List.of("country"), List.of("price"));
        final Table table = control.catalog().table("shop", "orders");
        final KeptFrom keptFrom = new KeptFrom();
        final BatchCheck check = new BatchCheck(keptFrom, SystemNanoClock.INSTANCE);
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[BatchBuilder.MAX_BATCH_BYTES]);
        final TableBinding binding = TableBinding.of(table);
        assertEquals(null, check(check, buffer, builder(binding, 0), 2, "de", 1.0));
        assertEquals(BatchProblems.WRONG_SHARD, check(check, buffer, builder(binding, 0), 1, "de", 1.0));
        assertEquals(BatchProblems.NOT_FINITE, check(check, buffer, builder(binding, 0), 2, "de", Double.NEGATIVE_INFINITY));
        assertEquals(BatchProblems.BAD_TEXT, check(check, buffer, builder(binding, 0), 2, "\u00ff", 1.0));
        keptFrom.onTold(table.shardIds().getFirst(), 1, nowUs() + 60_000_000);
        assertEquals(BatchProblems.TOO_OLD, check(check, buffer, builder(binding, 0), 2, "de", 1.0), "its lane would drop it");
        keptFrom.onTold(table.shardIds().getFirst(), 1, nowUs() - 60_000_000);
        assertEquals(null, check(check, buffer, builder(binding, 0), 2, "de", 1.0));
        final TableBinding.Schema schema = new TableBinding.Schema(table.id(), 0, 0, table.schemaVersion(), table.layoutVersion());
        final TableBinding wider = new TableBinding(schema, List.of("country", "city"), List.of("price", "weight"), table.shardIds());
        final BatchBuilder builder = builder(wider, 0);
        builder.startRow(nowUs(), 2, 3);
        builder.metric(1, 5.0);
        builder.endRow();
        assertEquals(BatchProblems.UNKNOWN_COLUMN,
            check.check(buffer, 0, builder.encode(buffer, 0, 0), control.catalog(), nowUs()));
    }

    private Problem check(
        final BatchCheck check,
        final UnsafeBuffer buffer,
        final BatchBuilder builder,
        final long idHigh,
        final String text,
        final double price) {
        builder.startRow(nowUs(), idHigh, 7);
        final byte[] value = text.getBytes(StandardCharsets.ISO_8859_1);
        builder.dimension(0, value, 0, value.length);
        builder.metric(0, price);
        assertTrue(builder.endRow());
        return check.check(buffer, 0, builder.encode(buffer, 0, 0), control.catalog(), nowUs());
    }

    private static BatchBuilder builder(final TableBinding binding, final int shardIndex) {
        return new BatchBuilder(binding, shardIndex);
    }

    private TrueNowClient connect(final boolean ipc, final Map<Long, Integer> acknowledged) {
        return connect(ipc, acknowledged, AckLevel.JOURNALED);
    }

    private TrueNowClient connect(final boolean ipc, final Map<Long, Integer> acknowledged, final AckLevel level) {
        final ClientContext context = new ClientContext().ackLevel(level).timeout(Duration.ofSeconds(20)).listener(new IngestListener() {
            @Override
            public void onAcknowledged(final long batchId, final int rows, final Position position, final AckLevel reached) {
                levels.add(reached);
                assertEquals(GATEWAY_ID, position.gatewayId());
                assertEquals(null, acknowledged.put(batchId, rows));
            }

            @Override
            public void onRejected(final long batchId, final int rows, final String code, final String message) {
                rejections.add(code);
            }
        });
        return TrueNowClient.connect(ipc
            ? context.aeronDirectory(driver.aeronDirectoryName()).ipc()
            : context.embedDriver().gateway("127.0.0.1", inbox.port()));
    }

    private static void append(final TrueNowClient client, final EventAppender appender, final int from, final int to, final long timeUs) {
        for (int i = from; i < to; i++) {
            appender.startEvent(("event-" + i).getBytes(StandardCharsets.UTF_8), timeUs).dimension(0, "c" + i % 50);
            while (!appender.endEvent()) {
                client.poll();
            }
        }
    }

    private Set<String> distinctIds() {
        final Set<String> ids = new HashSet<>();
        final BatchView view = new BatchView();
        for (final byte[] batch : journal.batches()) {
            assertTrue(view.wrap(new UnsafeBuffer(batch), 0, batch.length).isValid());
            assertTrue(view.acceptTimeUs() > nowUs() - TimeUnit.MINUTES.toMicros(5));
            for (int row = 0; row < view.rowCount(); row++) {
                ids.add(view.idHigh(row) + ":" + view.idLow(row));
            }
        }
        return ids;
    }

    private double sumOfPrices() {
        double sum = 0.0;
        final BatchView view = new BatchView();
        for (final byte[] batch : journal.batches()) {
            assertTrue(view.wrap(new UnsafeBuffer(batch), 0, batch.length).isValid());
            for (int row = 0; row < view.rowCount(); row++) {
                sum += view.metric(view.columnCount() - 1, row);
            }
        }
        return sum;
    }

    private static long nowUs() {
        return WallClock.INSTANCE.microTime();
    }

    /** Commits at once: tables of two shards. */
    private static final class FakeControl implements ControlClient, CatalogView {
        private volatile Catalog catalog = Catalog.EMPTY;

        @Override
        public Catalog catalog() {
            return catalog;
        }

        @Override
        public CompletableFuture<CommandReply> ensureTable(
            final String namespace,
            final String table,
            final List<String> dimensions,
            final List<String> metrics) {
            if (namespace.equals("forbidden")) {
                return CompletableFuture.completedFuture(CommandReply.refused("table_creation_forbidden", "no", catalog.version(), 0));
            }
            final long retentionUs = TimeUnit.HOURS.toMicros(24);
            catalog = catalog.change().put(new Table(3, 1, namespace, table, 0, TableProperties.open(retentionUs), 5, 6, 1, 1,
                EventIdentity.ID, dimensions, metrics, List.of(30, 31))).build(catalog.version() + 2);
            return CompletableFuture.completedFuture(CommandReply.accepted(catalog.version(), 3));
        }

        @Override
        public CompletableFuture<CommandReply> change(final CatalogCommand command, final long expectedVersion) {
            throw new AssertionError();
        }

        @Override
        public CompletableFuture<CommandReply> registerService(final ServiceRegistration registration) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<CommandReply> renewLease(final int serviceId, final long incarnation, final boolean leave) {
            throw new UnsupportedOperationException();
        }
    }
}
