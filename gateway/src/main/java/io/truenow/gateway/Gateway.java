package io.truenow.gateway;

import io.truenow.codecs.control.ServiceKind;
import io.truenow.fabric.agent.AgentDuty;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.channel.Inbox;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.LeaseKeeper;
import io.truenow.fabric.control.ServiceRegistration;
import io.truenow.fabric.http.HttpEdge;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.fabric.process.ServiceIdentity;
import io.truenow.fabric.service.ServiceEnvironment;
import io.truenow.fabric.service.Troubles;
import io.truenow.fabric.time.ProcessClock;
import io.truenow.fabric.time.RetentionClock;
import io.truenow.fabric.time.WallClock;
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
import org.agrona.CloseHelper;
import org.agrona.concurrent.CompositeAgent;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.agrona.concurrent.SystemNanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A gateway: edges that take events, a journal that keeps them, publication to the lanes that own them. It is visible at once and ready
 * when it has its id, sees the catalog and can write its journal. Launched and closed by the launching thread; the accessors belong to any.
 */
public final class Gateway implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(Gateway.class);
    private static final String JOURNAL_DIRECTORY = "journal";
    private static final long LEAVE_TIMEOUT_MS = 500;
    private static final int CATCH_UP_DOCUMENTS = 256;
    private static final String PRELOAD_DIRECTORY = "preload";
    /**
     * A batch is needed as long as a node that starts over may still hold its span, which it keeps until it is wholly older than the
     * retention and one span: as the event may be the span's first, two spans, and a minute for clocks.
     */
    public static final Duration RETENTION_GRACE = Duration.ofMinutes(21);

    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private volatile LeaseKeeper leaseKeeper;
    private volatile JournalAgent journalAgent;
    private ServiceEnvironment environment;
    private Troubles troubles;
    private GatewayCounters counters;
    private RetentionClock ageClock;
    private ServiceIdentity identity;
    private Inbox inbox;
    private HttpEdge httpEdge;

    private Gateway() {
    }

    /**
     * Starts a gateway.
     *
     * @throws RuntimeException whose message is one clear line, if its directory, its journal or its ports cannot be had; nothing is left
     *                          running.
     */
    public static Gateway launch(final GatewayContext context) {
        final Gateway gateway = new Gateway();
        try {
            gateway.start(context);
            return gateway;
        } catch (final IOException e) {
            gateway.close();
            throw new UncheckedIOException("cannot open the journal in " + context.directory() + ": " + e.getMessage(), e);
        } catch (final RuntimeException | Error e) {
            gateway.close();
            throw e;
        }
    }

    /**
     * Begins, on a thread of its own that ends by itself, to load what {@link #launch} would otherwise wait for. Optional.
     *
     * @param directory the gateway's, which the caller holds the lock of.
     */
    public static void preload(final Path directory) {
        Thread.ofPlatform().daemon().name("gateway-preload").start(() -> Journal.preload(directory.resolve(PRELOAD_DIRECTORY)));
    }

    /** TCP port of the HTTP edge. */
    public int httpPort() {
        return httpEdge.port();
    }

    /** The gateway's id in the catalog, -1 until known. */
    public int gatewayId() {
        final LeaseKeeper keeper = leaseKeeper;
        return keeper == null ? ServiceIdentity.UNKNOWN_SERVICE_ID : keeper.serviceId();
    }

    /** Null when it is ready, else one sentence why not. */
    public String whyNotReady() {
        final LeaseKeeper keeper = leaseKeeper;
        if (keeper == null || journalAgent == null) {
            return "starting";
        }
        final Problem rejection = keeper.rejection();
        if (rejection != null) {
            return "control refuses this gateway: " + rejection.detail();
        }
        if (environment.catalogView().catalog() == Catalog.EMPTY) {
            return "waiting for the catalog";
        }
        return journalAgent.whyNotReady();
    }

    @Override
    public void close() {
        leave();
        while (!resources.isEmpty()) {
            CloseHelper.quietClose(resources.pop());
        }
    }

    private void start(final GatewayContext context) throws IOException {
        final GatewayConfig config = context.config();
        environment = context.environment();
        identity = owned(ServiceIdentity.open(context.directory()));
        counters = new GatewayCounters(environment.metrics());
        troubles = troubles();
        ageClock = owned(RetentionClock.open(
            "gateway", identity.directory(), WallClock.INSTANCE, SystemNanoClock.INSTANCE, config.clockLeapAfter()));
        environment.metrics().gauge("truenow_gateway_clock_leap_seconds",
            "By how much the wall clock has leapt ahead of the time by which the journal's files grow old, 0 where it is believed",
            () -> TimeUnit.MICROSECONDS.toSeconds(ageClock.leapUs()));
        final Journal journal = owned(Journal.open(new Journal.Settings(
            identity.directory().resolve(JOURNAL_DIRECTORY), identity.incarnation(), config.journalBlock().bytes(),
            config.journalReserve().bytes(), WallClock.INSTANCE, environment.errors())));
        inbox = owned(Inbox.open(environment.aeron(), environment.bindHost(), config.aeronPort(), "gateway.aeron-port"));
        final ManyToOneConcurrentArrayQueue<IngestRequest> requests = new ManyToOneConcurrentArrayQueue<>(config.requestQueue());
        final JournalProxy journalProxy = new JournalProxy(requests, environment.scheduler().doorbell(AgentDuty.JOURNAL));
        final TableResolver tables = new TableResolver(environment.catalogView(), environment.control());
        final ClientBudget budget = new ClientBudget("gateway.max-in-flight", config.maxInFlight().bytes());
        final IngestFlow.Context ingest = new IngestFlow.Context(tables, journalProxy, new Admission(budget), WallClock.INSTANCE,
            environment.errors(), config.controlTimeout().toNanos());
        httpEdge = owned(launchHttpEdge(config, ingest, budget));
        journalAgent = owned(new JournalAgent(journalContext(config, journal, requests, tables)));
        leaseKeeper = new LeaseKeeper(
            environment.control(), registration(config), identity.serviceId(), identity::rememberServiceId, environment.errors());
        owned(environment.scheduler().schedule(AgentDuty.JOURNAL, journalAgent));
        owned(environment.scheduler().schedule(AgentDuty.COORDINATION, new CompositeAgent(leaseKeeper, troubles)));
        owned(launchAeronEdge(ingest));
        LOGGER.info("gateway: incarnation {}, journal {} bytes, HTTP {}:{}, Aeron {}:{}", identity.incarnation(), journal.bytes(),
            environment.bindHost(), httpEdge.port(), environment.bindHost(), inbox.port());
    }

    private HttpEdge launchHttpEdge(final GatewayConfig config, final IngestFlow.Context ingest, final ClientBudget budget) {
        final RestEdge restEdge = new RestEdge(ingest, environment.metrics());
        return HttpEdge.launch(new HttpEdge.Context()
            .serviceName("gateway")
            .host(environment.bindHost())
            .port(config.httpPort())
            .maxBodyBytes(config.maxBody().toIntExact())
            .eventLoops(environment.eventLoops())
            .limits(environment.httpLimits())
            .budget(budget)
            .busyCode(ProblemCode.GATEWAY_BUSY)
            .metrics(environment.metrics())
            .errors(environment.errors())
            .routes(restEdge::addRoutes)
            .readiness(this::whyNotReady)
            .status(this::status));
    }

    private AeronEdge launchAeronEdge(final IngestFlow.Context ingest) {
        return AeronEdge.launch(new AeronEdge.Context(
            environment.aeron(), inbox, environment.channels(), environment.scheduler(), ingest,
            this::gatewayId, identity.incarnation(), environment.metrics(), environment.errors()));
    }

    private JournalAgent.Context journalContext(
        final GatewayConfig config, final Journal journal, final ManyToOneConcurrentArrayQueue<IngestRequest> requests,
        final TableResolver tables) throws IOException {
        return new JournalAgent.Context(
            journal, CatalogBinding.open(identity.directory()), requests,
            environment.catalogView(), this::gatewayId, identity.incarnation(), inbox, tables.keptFrom(),
            new AeronLanePublications(environment.aeron(), environment.channels(), environment.scheduler().doorbell(AgentDuty.LANE)),
            counters, journalLimits(config),
            ProcessClock.INSTANCE, ageClock, environment.errors());
    }

    static JournalAgent.Limits journalLimits(final GatewayConfig config) {
        return new JournalAgent.Limits(
            config.journalBudget().bytes(), config.appliedTimeout().toNanos(), micros(config.journalRetention()), micros(RETENTION_GRACE),
            new PublishLimits(config.connectInterval().toNanos(), config.catchUp().toIntExact(), CATCH_UP_DOCUMENTS));
    }

    private ServiceRegistration registration(final GatewayConfig config) {
        return new ServiceRegistration(
            ServiceKind.GATEWAY, identity.instanceKeyHigh(), identity.instanceKeyLow(), identity.incarnation(),
            environment.channels().driverId(), environment.advertiseHost(), inbox.port(), httpEdge.port(), 0, micros(config.lease()));
    }

    private Map<String, Object> status() {
        final Map<String, Object> status = new LinkedHashMap<>();
        status.put("gateway_id", gatewayId());
        status.put("clock", ageClock.status());
        status.put("incarnation", identity.incarnation());
        status.put("aeron_port", inbox.port());
        status.put("journal_bytes", counters.journalBytes());
        status.put("lanes_live", counters.liveDestinations());
        status.put("lanes_lagging", counters.laggingDestinations());
        status.put("lanes_connecting", counters.connectingDestinations());
        status.put("lanes_stalled", counters.stalledDestinations());
        status.put("troubles", troubles.status());
        return status;
    }

    private Troubles troubles() {
        return new Troubles("gateway", environment.metrics(), ProcessClock.INSTANCE)
            .add(ProblemCode.JOURNAL_FULL.text(), () -> journalAgent == null ? null : journalAgent.whyFull())
            .add("journal_unwritable", () -> journalAgent == null ? null : journalAgent.whyUnwritable())
            .add(ProblemCode.HOT_TIER_STALLED.text(), () -> counters.stalledDestinations() == 0 ? null
                : "lanes of the hot tier take nothing, so events for them are refused: its /status says why")
            .addSlow("control_away", environment.control()::whyAway);
    }

    /** Says good-bye, if control is there to hear it: else the lease lapses. */
    private void leave() {
        final LeaseKeeper keeper = leaseKeeper;
        final CompletableFuture<CommandReply> leaving = keeper == null ? null : keeper.leave();
        if (leaving != null) {
            leaving.completeOnTimeout(null, LEAVE_TIMEOUT_MS, TimeUnit.MILLISECONDS).exceptionally(ignored -> null).join();
        }
    }

    private static long micros(final Duration duration) {
        return duration.toNanos() / 1_000;
    }

    private <T extends AutoCloseable> T owned(final T resource) {
        resources.push(resource);
        return resource;
    }
}
