package io.truenow.gateway;

import io.truenow.codecs.StreamKind;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.fabric.agent.AgentScheduler;
import io.truenow.fabric.agent.Duty;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.http.HttpEdge;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.fabric.service.LaunchedService;
import io.truenow.fabric.service.Membership;
import io.truenow.fabric.service.NotReady;
import io.truenow.fabric.service.ServiceContext;
import io.truenow.fabric.service.ServiceEnvironment;
import io.truenow.fabric.service.ServiceShell;
import io.truenow.fabric.time.Clocks;
import io.truenow.fabric.time.RetentionClock;
import io.truenow.gateway.edge.aeron.AeronEdge;
import io.truenow.gateway.edge.rest.RestEdge;
import io.truenow.gateway.ingest.Admission;
import io.truenow.gateway.ingest.IngestFlow;
import io.truenow.gateway.journal.IngestRequest;
import io.truenow.gateway.journal.Journal;
import io.truenow.gateway.journal.JournalProxy;
import io.truenow.gateway.publish.AeronLanePublications;
import io.truenow.gateway.publish.CatalogBinding;
import io.truenow.gateway.publish.GatewayCounters;
import io.truenow.gateway.publish.JournalAgent;
import io.truenow.gateway.publish.PublishLimits;
import io.truenow.gateway.table.TableResolver;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A gateway: edges that take events, a journal that keeps them, publication to the lanes that own them. It is visible at once and ready
 * when it has its id, sees the catalog and can write its journal. Launched and closed by the launching thread; the accessors belong to any.
 */
public final class Gateway implements LaunchedService {
    /** Appends to the journal and publishes to lanes. */
    static final Duty JOURNAL = Duty.urgent("journal").hearing(StreamKind.GATEWAY_INBOX);

    private static final Logger LOGGER = LoggerFactory.getLogger(Gateway.class);
    private static final String JOURNAL_DIRECTORY = "journal";
    private static final int CATCH_UP_DOCUMENTS = 256;
    private static final String PRELOAD_DIRECTORY = "preload";
    /**
     * A batch is needed as long as a node that starts over may still hold its span, which it keeps until it is wholly older than the
     * retention and one span: as the event may be the span's first, two spans, and a minute for clocks.
     */
    public static final Duration RETENTION_GRACE = Duration.ofMinutes(21);

    private final ServiceShell shell;
    private final Membership membership;
    private final GatewayCounters counters;
    private final RetentionClock ageClock;
    private final JournalAgent journalAgent;
    private final HttpEdge httpEdge;

    private Gateway(final ServiceShell shell, final ServiceContext<GatewayConfig> context) {
        final ServiceEnvironment environment = shell.environment();
        final GatewayConfig config = context.config();
        final Clocks clocks = environment.clocks();
        final AgentScheduler scheduler = environment.scheduler();
        this.shell = shell;
        membership = Membership.open(
            shell, context.directory(), new Membership.Terms(ServiceKind.GATEWAY, config.aeronPort(), 0, config.lease()));
        counters = new GatewayCounters(environment.metrics());
        final Path directory = membership.identity().directory();
        ageClock = shell.owned(RetentionClock.open("gateway", directory, clocks.wall(), clocks.machine(), config.clockLeapAfter()));
        environment.metrics().gauge("truenow_gateway_clock_leap_seconds",
            "By how much the wall clock has leapt ahead of the time by which the journal's files grow old, 0 where it is believed",
            () -> TimeUnit.MICROSECONDS.toSeconds(ageClock.leapUs()));
        final ManyToOneConcurrentArrayQueue<IngestRequest> requests = new ManyToOneConcurrentArrayQueue<>(config.requestQueue());
        final TableResolver tables = new TableResolver(environment.catalogView(), environment.control());
        final Journal journal;
        try {
            journal = shell.owned(Journal.open(new Journal.Settings(
                directory.resolve(JOURNAL_DIRECTORY), membership.identity().incarnation(), config.journalBlock().bytes(),
                config.journalReserve().bytes(), () -> TimeUnit.MICROSECONDS.toMillis(clocks.wall().microTime()), environment.errors())));
            journalAgent = new JournalAgent(journalContext(config, journal, requests, tables));
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot open the journal in " + context.directory() + ": " + e.getMessage(), e);
        }
        addTroubles();
        final ClientBudget budget = new ClientBudget("gateway.max-in-flight", config.maxInFlight().bytes());
        final IngestFlow.Context ingest = new IngestFlow.Context(tables, new JournalProxy(requests, scheduler.doorbell(JOURNAL)),
            new Admission(budget), clocks.wall(), clocks.process(), environment.errors(), config.controlTimeout().toNanos());
        httpEdge = openHttpEdge(config, ingest, budget);
        // closed before the edge, through which it refuses the requests that are still there
        shell.owned(journalAgent);
        shell.run(JOURNAL, journalAgent);
        shell.owned(AeronEdge.launch(new AeronEdge.Context(
            environment.aeron(), membership.inbox(), environment.channels(), scheduler, ingest,
            membership::serviceId, membership.identity().incarnation(), environment.metrics(), clocks.process(), environment.errors())));
        membership.register(httpEdge.port());
        LOGGER.info("gateway: incarnation {}, journal {} bytes, HTTP {}:{}, Aeron {}:{}", membership.identity().incarnation(),
            journal.bytes(), environment.bindHost(), httpEdge.port(), environment.bindHost(), membership.inbox().port());
    }

    /**
     * Starts a gateway.
     *
     * @throws RuntimeException whose message is one clear line, if its directory, its journal or its ports cannot be had; nothing is left
     *                          running.
     */
    public static Gateway launch(final ServiceContext<GatewayConfig> context) {
        return ServiceShell.launch(context.environment(), "gateway", shell -> new Gateway(shell, context));
    }

    /**
     * Begins, on a thread of its own that ends by itself, to load what {@link #launch} would otherwise wait for. Optional.
     *
     * @param directory the gateway's, which the caller holds the lock of.
     */
    static void preload(final Path directory) {
        Thread.ofPlatform().daemon().name("gateway-preload").start(() -> Journal.preload(directory.resolve(PRELOAD_DIRECTORY)));
    }

    @Override
    public int httpPort() {
        return httpEdge.port();
    }

    /** The gateway's id in the catalog, -1 until known. Any thread. */
    public int gatewayId() {
        return membership.serviceId();
    }

    /** Null when it is ready, else why not: it takes events without a lease, once it has been registered at some start. Any thread. */
    public String whyNotReady() {
        final String whyNotKnown = membership.whyNotKnown();
        if (whyNotKnown != null) {
            return whyNotKnown;
        }
        return shell.environment().catalogView().catalog() == Catalog.EMPTY ? NotReady.NO_CATALOG : journalAgent.whyNotReady();
    }

    @Override
    public void close() {
        shell.close();
    }

    private HttpEdge openHttpEdge(final GatewayConfig config, final IngestFlow.Context ingest, final ClientBudget budget) {
        final RestEdge restEdge = new RestEdge(ingest, shell.environment().metrics());
        return shell.open(shell.edge(config.httpPort())
            .maxBodyBytes(config.maxBody().toIntExact())
            .budget(budget)
            .busyCode(ProblemCode.GATEWAY_BUSY)
            .routes(restEdge::addRoutes)
            .readiness(this::whyNotReady)
            .status(this::status));
    }

    private JournalAgent.Context journalContext(
        final GatewayConfig config, final Journal journal, final ManyToOneConcurrentArrayQueue<IngestRequest> requests,
        final TableResolver tables) throws IOException {
        final ServiceEnvironment environment = shell.environment();
        return new JournalAgent.Context(
            journal, CatalogBinding.open(membership.identity().directory()), requests,
            environment.catalogView(), membership::serviceId, membership.identity().incarnation(), membership.inbox(), tables.keptFrom(),
            new AeronLanePublications(
                environment.aeron(), environment.channels(), environment.scheduler().doorbell(StreamKind.INGEST)),
            counters, journalLimits(config),
            environment.clocks().process(), ageClock, environment.errors());
    }

    static JournalAgent.Limits journalLimits(final GatewayConfig config) {
        return new JournalAgent.Limits(
            config.journalBudget().bytes(), config.appliedTimeout().toNanos(), micros(config.journalRetention()), micros(RETENTION_GRACE),
            new PublishLimits(config.connectInterval().toNanos(), config.catchUp().toIntExact(), CATCH_UP_DOCUMENTS));
    }

    private Map<String, Object> status() {
        final Map<String, Object> status = new LinkedHashMap<>();
        status.put("gateway_id", gatewayId());
        status.put("clock", ageClock.status());
        status.put("incarnation", membership.identity().incarnation());
        status.put("aeron_port", membership.inbox().port());
        status.put("journal_bytes", counters.journalBytes());
        status.put("lanes_live", counters.liveDestinations());
        status.put("lanes_lagging", counters.laggingDestinations());
        status.put("lanes_connecting", counters.connectingDestinations());
        status.put("lanes_stalled", counters.stalledDestinations());
        status.put("troubles", shell.troubles().status());
        return status;
    }

    private void addTroubles() {
        shell.troubles()
            .add(ProblemCode.JOURNAL_FULL.text(), journalAgent::whyFull)
            .add("journal_unwritable", journalAgent::whyUnwritable)
            .add(ProblemCode.HOT_TIER_STALLED.text(), () -> counters.stalledDestinations() == 0 ? null
                : "lanes of the hot tier take nothing, so events for them are refused: its /status says why");
    }

    private static long micros(final Duration duration) {
        return duration.toNanos() / 1_000;
    }
}
