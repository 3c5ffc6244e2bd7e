package io.truenow.gateway.edge.rest;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import io.truenow.fabric.access.Access;
import io.truenow.fabric.http.route.Router;
import io.truenow.fabric.metrics.Metrics;
import io.truenow.gateway.ingest.IngestFlow;

import java.util.Set;

/**
 * The REST edge of ingestion. Made by the launching thread, which adds its routes to the gateway's HTTP edge; from then on each of that
 * edge's event loops works with state of its own.
 */
public final class RestEdge {
    private static final Set<String> PARAMETERS = Set.of("ack");

    private final IngestFlow.Context context;
    private final RestMetrics metrics;
    private final FastThreadLocal<RestLoop> loops = new FastThreadLocal<>();

    public RestEdge(final IngestFlow.Context context, final Metrics metrics) {
        this.context = context;
        this.metrics = new RestMetrics(metrics);
    }

    /** Adds {@code POST /v1/ingest} and {@code POST /v1/batch}. */
    public void addRoutes(final Router router) {
        router.route("POST", "/v1/ingest", Access.WRITE, PARAMETERS, exchange -> loop(exchange.eventLoop()).onRequest(exchange, false));
        router.route("POST", "/v1/batch", Access.WRITE, PARAMETERS, exchange -> loop(exchange.eventLoop()).onRequest(exchange, true));
    }

    private RestLoop loop(final EventLoop eventLoop) {
        RestLoop loop = loops.get();
        if (loop == null) {
            loop = new RestLoop(context, metrics, eventLoop);
            loops.set(loop);
        }
        return loop;
    }
}
