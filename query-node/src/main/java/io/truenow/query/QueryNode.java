package io.truenow.query;

import io.truenow.codecs.control.ServiceKind;
import io.truenow.fabric.access.Access;
import io.truenow.fabric.agent.AgentDuty;
import io.truenow.fabric.agent.Doorbell;
import io.truenow.fabric.channel.Inbox;
import io.truenow.fabric.control.LeaseKeeper;
import io.truenow.fabric.control.ServiceRegistration;
import io.truenow.fabric.http.HttpEdge;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.fabric.process.ServiceIdentity;
import io.truenow.fabric.service.ServiceEnvironment;
import io.truenow.fabric.service.Troubles;
import io.truenow.fabric.time.ProcessClock;
import io.truenow.query.merge.MergeBudget;
import io.truenow.query.rest.QueryJsonParser;
import io.truenow.query.rest.QueryRoute;
import io.truenow.query.rest.StatsRoute;
import io.truenow.query.scatter.AeronLaneLinks;
import io.truenow.query.scatter.ScatterAgent;
import io.truenow.query.scatter.ScatterMetrics;
import io.truenow.query.scatter.ScatterSettings;
import org.agrona.CloseHelper;
import org.agrona.concurrent.CompositeAgent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A query node: HTTP edge, scatter agent, lease. Launched and closed by the launching thread. Its port is open as soon as it is launched;
 * it is ready once the catalog has reached it and knows it.
 */
public final class QueryNode implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(QueryNode.class);
    private static final String SERVICE_NAME = "query";
    /** A query waits with its body and its plan, whose names and values are objects. */
    private static final int PLAN_FACTOR = 6;
    private static final long LEAVE_TIMEOUT_MS = 1_000;

    private final ServiceEnvironment environment;
    private final QueryConfig config;
    /** In the order of their acquisition, last first. */
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private ServiceIdentity identity;
    private ScatterAgent scatterAgent;
    private HttpEdge edge;
    private Troubles troubles;
    private volatile LeaseKeeper leaseKeeper;

    private QueryNode(final QueryContext context) {
        this.environment = context.environment();
        this.config = context.config();
    }

    /**
     * Launches a query node.
     *
     * @throws RuntimeException if its directory is taken or unwritable, or a port is taken; nothing stays open then.
     */
    public static QueryNode launch(final QueryContext context) {
        final QueryNode node = new QueryNode(context);
        try {
            node.acquire(context);
        } catch (final RuntimeException e) {
            node.close();
            throw e;
        }
        LOGGER.info("query node answers on port {}", node.httpPort());
        return node;
    }

    private void acquire(final QueryContext context) {
        identity = acquired(ServiceIdentity.open(context.directory()));
        final Inbox inbox = acquired(Inbox.open(environment.aeron(), environment.bindHost(), config.aeronPort(), "query.aeron-port"));
        final AeronLaneLinks links = acquired(
            new AeronLaneLinks(environment.aeron(), environment.channels(), inbox, this::serviceId,
                environment.scheduler().doorbell(AgentDuty.QUERY_AGENT), environment.errors()));
        final MergeBudget budget = mergeBudget(config);
        final ScatterSettings settings =
            scatterSettings(config, identity.incarnation(), environment.scheduler().doorbell(AgentDuty.QUERY_NODE));
        scatterAgent = new ScatterAgent(environment.catalogView(), links, settings, budget,
            new ScatterMetrics(environment.metrics(), budget), environment.errors(), ProcessClock.INSTANCE);
        troubles = new Troubles(SERVICE_NAME, environment.metrics(), ProcessClock.INSTANCE)
            .addSlow("control_away", environment.control()::whyAway);
        edge = acquired(launchEdge());
        leaseKeeper = new LeaseKeeper(environment.control(), registration(inbox.port()), identity.serviceId(),
            identity::rememberServiceId, environment.errors());
        acquired(environment.scheduler().schedule(AgentDuty.QUERY_NODE, scatterAgent));
        acquired(environment.scheduler().schedule(AgentDuty.COORDINATION, new CompositeAgent(leaseKeeper, troubles)));
    }

    static MergeBudget mergeBudget(final QueryConfig config) {
        return new MergeBudget(config.mergeMemory().bytes(), config.mergeMemoryPerQuery().bytes());
    }

    static ScatterSettings scatterSettings(final QueryConfig config, final long incarnation, final Doorbell doorbell) {
        return new ScatterSettings(incarnation, config.maxConcurrent(), config.retryWindow().toNanos(), config.statsTimeout().toNanos(),
            config.maxAnswer().bytes(), doorbell);
    }

    static QueryJsonParser parser(final QueryConfig config) {
        return new QueryJsonParser((int) config.defaultTimeout().toMillis(), (int) config.maxTimeout().toMillis());
    }

    private HttpEdge launchEdge() {
        final QueryJsonParser parser = parser(config);
        return HttpEdge.launch(new HttpEdge.Context()
            .serviceName(SERVICE_NAME)
            .host(environment.bindHost())
            .port(config.httpPort())
            .maxBodyBytes(config.maxBody().toIntExact())
            .eventLoops(environment.eventLoops())
            .limits(environment.httpLimits())
            .budget(new ClientBudget("query.max-in-flight", config.maxInFlight().bytes()))
            .roomFactor(PLAN_FACTOR)
            .busyCode(ProblemCode.QUERY_BUSY)
            .metrics(environment.metrics())
            .errors(environment.errors())
            .routes(router -> router
                .route("POST", "/v1/query", Access.READ, new QueryRoute(parser, scatterAgent.proxy()))
                .route("GET", "/v1/stats", Access.READ, new StatsRoute(environment.catalogView(), scatterAgent.proxy())))
            .readiness(this::whyNotReady)
            .status(this::status));
    }

    private ServiceRegistration registration(final int aeronPort) {
        return new ServiceRegistration(ServiceKind.QUERY, identity.instanceKeyHigh(), identity.instanceKeyLow(), identity.incarnation(),
            environment.channels().driverId(), environment.advertiseHost(), aeronPort, edge.port(), 0,
            TimeUnit.MILLISECONDS.toMicros(config.lease().toMillis()));
    }

    private <T extends AutoCloseable> T acquired(final T resource) {
        resources.push(resource);
        return resource;
    }

    /** The bound HTTP port. */
    public int httpPort() {
        return edge.port();
    }

    /** The catalog's id for this node, -1 until known. */
    public int serviceId() {
        final LeaseKeeper keeper = leaseKeeper;
        return keeper == null ? -1 : keeper.serviceId();
    }

    /** Null when ready, else one sentence why not. Any thread. */
    public String whyNotReady() {
        final LeaseKeeper keeper = leaseKeeper;
        if (keeper == null || !keeper.isRegistered()) {
            return keeper == null || keeper.rejection() == null ? "The control plane has not registered this node yet."
                : "The control plane refuses this node: " + keeper.rejection().detail();
        }
        // lanes look this node up in the same catalog to answer it
        return environment.catalogView().catalog().version() < keeper.registeredCatalogVersion()
            ? "The catalog that shows this node has not arrived yet." : null;
    }

    private Map<String, Object> status() {
        final Map<String, Object> status = new LinkedHashMap<>();
        status.put("service_id", serviceId());
        status.put("incarnation", identity.incarnation());
        status.put("catalog_version", environment.catalogView().catalog().version());
        status.put("troubles", troubles.status());
        return status;
    }

    /** Gives the lease up and closes everything, last acquired first. */
    @Override
    public void close() {
        final LeaseKeeper keeper = leaseKeeper;
        final CompletableFuture<?> leaving = keeper == null ? null : keeper.leave();
        if (leaving != null) {
            try {
                leaving.completeOnTimeout(null, LEAVE_TIMEOUT_MS, TimeUnit.MILLISECONDS).join();
            } catch (final RuntimeException e) {
                LOGGER.info("the lease was not given up: {}", e.getMessage());
            }
        }
        CloseHelper.closeAll(environment.errors(), resources);
        resources.clear();
    }
}
