package io.truenow.query;

import io.truenow.codecs.StreamKind;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.fabric.access.Access;
import io.truenow.fabric.agent.AgentScheduler;
import io.truenow.fabric.agent.Doorbell;
import io.truenow.fabric.agent.Duty;
import io.truenow.fabric.http.HttpEdge;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.fabric.service.LaunchedService;
import io.truenow.fabric.service.Membership;
import io.truenow.fabric.service.ServiceContext;
import io.truenow.fabric.service.ServiceEnvironment;
import io.truenow.fabric.service.ServiceShell;
import io.truenow.query.merge.MergeBudget;
import io.truenow.query.rest.QueryJsonParser;
import io.truenow.query.rest.QueryRoute;
import io.truenow.query.rest.StatsRoute;
import io.truenow.query.scatter.AeronLaneLinks;
import io.truenow.query.scatter.ScatterAgent;
import io.truenow.query.scatter.ScatterMetrics;
import io.truenow.query.scatter.ScatterProxy;
import io.truenow.query.scatter.ScatterSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A query node: HTTP edge, scatter agent, lease. Launched and closed by the launching thread. Its port is open as soon as it is launched;
 * it is ready once the catalog has reached it and knows it.
 */
public final class QueryNode implements LaunchedService {
    /** Scatters and merges. It shares its thread with query agents: scatter, scan and merge without waking another in between. */
    static final Duty QUERY_NODE = Duty.urgent("query-node").sharing("queries").hearing(StreamKind.QUERY_INBOX);

    private static final Logger LOGGER = LoggerFactory.getLogger(QueryNode.class);
    /** A query waits with its body and its plan, whose names and values are objects. */
    private static final int PLAN_FACTOR = 6;

    private final ServiceShell shell;
    private final Membership membership;
    private final HttpEdge edge;

    private QueryNode(final ServiceShell shell, final ServiceContext<QueryConfig> context) {
        final ServiceEnvironment environment = shell.environment();
        final QueryConfig config = context.config();
        final AgentScheduler scheduler = environment.scheduler();
        this.shell = shell;
        membership = Membership.open(
            shell, context.directory(), new Membership.Terms(ServiceKind.QUERY, config.aeronPort(), 0, config.lease()));
        final AeronLaneLinks links = shell.owned(new AeronLaneLinks(environment.aeron(), environment.channels(), membership.inbox(),
            membership::serviceId, scheduler.doorbell(StreamKind.QUERY), environment.errors()));
        final MergeBudget budget = mergeBudget(config);
        final ScatterAgent scatterAgent = new ScatterAgent(environment.catalogView(), links,
            scatterSettings(config, membership.identity().incarnation(), scheduler.doorbell(QUERY_NODE)), budget,
            new ScatterMetrics(environment.metrics(), budget), environment.errors(), environment.clocks().process());
        edge = openEdge(config, scatterAgent.proxy());
        shell.run(QUERY_NODE, scatterAgent);
        membership.register(edge.port());
        LOGGER.info("query node answers on port {}", edge.port());
    }

    /**
     * Launches a query node.
     *
     * @throws RuntimeException if its directory is taken or unwritable, or a port is taken; nothing stays open then.
     */
    public static QueryNode launch(final ServiceContext<QueryConfig> context) {
        return ServiceShell.launch(context.environment(), "query", shell -> new QueryNode(shell, context));
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

    @Override
    public int httpPort() {
        return edge.port();
    }

    /** The catalog's id for this node, -1 until known. Any thread. */
    public int serviceId() {
        return membership.serviceId();
    }

    /** Null when ready, else why not: lanes look this node up in the catalog to answer it. Any thread. */
    public String whyNotReady() {
        return membership.whyNotInCatalog();
    }

    @Override
    public void close() {
        shell.close();
    }

    private HttpEdge openEdge(final QueryConfig config, final ScatterProxy scatter) {
        final ServiceEnvironment environment = shell.environment();
        final QueryJsonParser parser = parser(config);
        return shell.open(shell.edge(config.httpPort())
            .maxBodyBytes(config.maxBody().toIntExact())
            .budget(new ClientBudget("query.max-in-flight", config.maxInFlight().bytes()))
            .roomFactor(PLAN_FACTOR)
            .busyCode(ProblemCode.QUERY_BUSY)
            .routes(router -> router
                .route("POST", "/v1/query", Access.READ, new QueryRoute(parser, scatter, environment.clocks().process()))
                .route("GET", "/v1/stats", Access.READ, new StatsRoute(environment.catalogView(), scatter)))
            .readiness(this::whyNotReady)
            .status(this::status));
    }

    private Map<String, Object> status() {
        final Map<String, Object> status = new LinkedHashMap<>();
        status.put("service_id", serviceId());
        status.put("incarnation", membership.identity().incarnation());
        status.put("catalog_version", shell.environment().catalogView().catalog().version());
        status.put("troubles", shell.troubles().status());
        return status;
    }
}
