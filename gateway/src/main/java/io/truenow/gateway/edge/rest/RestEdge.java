package io.truenow.gateway.edge.rest;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import io.truenow.fabric.http.Router;
import io.truenow.fabric.metrics.Metrics;
import io.truenow.gateway.journal.JournalProxy;
import io.truenow.gateway.table.TableResolver;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.EpochMicroClock;

import java.util.Objects;
import java.util.Set;

/**
 * The REST edge of ingestion. Made by the launching thread, which adds its routes to the gateway's HTTP edge; from then on each of that
 * edge's event loops works with state of its own.
 */
public final class RestEdge {
    private static final Set<String> PARAMETERS = Set.of("ack");

    private final Context context;
    private final RestMetrics metrics;
    private final FastThreadLocal<RestLoop> loops = new FastThreadLocal<>();

    public RestEdge(final Context context) {
        this.context = context;
        metrics = new RestMetrics(context.metrics);
    }

    /** Adds {@code POST /v1/ingest} and {@code POST /v1/batch}. */
    public void addRoutes(final Router router) {
        router.route("POST", "/v1/ingest", PARAMETERS, exchange -> loop(exchange.eventLoop()).onRequest(exchange, false));
        router.route("POST", "/v1/batch", PARAMETERS, exchange -> loop(exchange.eventLoop()).onRequest(exchange, true));
    }

    private RestLoop loop(final EventLoop eventLoop) {
        RestLoop loop = loops.get();
        if (loop == null) {
            loop = new RestLoop(context, metrics, eventLoop);
            loops.set(loop);
        }
        return loop;
    }

    /**
     * What the edge works with.
     *
     * @param tables           shared by the gateway's edges.
     * @param journal          takes the batches.
     * @param clock            judges event times and stamps batches.
     * @param metrics          of the process.
     * @param errors           gets what should not happen.
     * @param controlTimeoutNs how long a request waits for new tables and columns.
     */
    public record Context(
        TableResolver tables,
        JournalProxy journal,
        EpochMicroClock clock,
        Metrics metrics,
        ErrorHandler errors,
        long controlTimeoutNs) {
        public Context {
            Objects.requireNonNull(tables, "tables");
            Objects.requireNonNull(journal, "journal");
            Objects.requireNonNull(clock, "clock");
            Objects.requireNonNull(metrics, "metrics");
            Objects.requireNonNull(errors, "errors");
            if (controlTimeoutNs <= 0) {
                throw new IllegalArgumentException("controlTimeoutNs must be positive");
            }
        }
    }
}
