package io.truenow.fabric.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufOutputStream;
import io.netty.buffer.Unpooled;
import io.truenow.fabric.access.Access;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.fabric.http.route.RouteTable;
import io.truenow.fabric.http.serve.ServerExchange;
import io.truenow.fabric.metrics.Metrics;
import io.truenow.fabric.process.BuildVersion;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What every service answers. Rare: it may allocate. */
final class ServiceRoutes {
    static final Set<String> PATHS = Set.of("/health", "/ready", "/status", "/metrics");
    private static final double NANOS_PER_SECOND = 1e9;

    private final JsonMapper json = new JsonMapper();
    private final HttpEdge.Context context;
    private final long launchedNs = System.nanoTime();

    ServiceRoutes(final HttpEdge.Context context) {
        this.context = context;
    }

    void addTo(final RouteTable routes) {
        routes.route("GET", "/", Access.PUBLIC, exchange -> introduce(exchange, routes.texts()))
            .route("GET", "/health", Access.PUBLIC, this::health)
            .route("GET", "/ready", Access.PUBLIC, this::ready)
            .route("GET", "/status", Access.PUBLIC, this::status)
            .route("GET", "/metrics", Access.PUBLIC, this::metrics);
    }

    /** For whoever opens the port in a browser, or mistakes it for another. */
    private void introduce(final HttpExchange exchange, final List<String> paths) {
        final Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("product", "TrueNow");
        answer.put("service", context.serviceName);
        answer.put("version", BuildVersion.current());
        answer.put("paths", paths);
        exchange.reply(200, ServerExchange.JSON, Unpooled.wrappedBuffer(json.writerWithDefaultPrettyPrinter().writeValueAsBytes(answer)));
    }

    private void health(final HttpExchange exchange) {
        final Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("status", "ok");
        answer.put("service", context.serviceName);
        answer.put("uptime", uptimeSeconds());
        answer.put("version", BuildVersion.current());
        reply(exchange, 200, answer);
    }

    private void ready(final HttpExchange exchange) {
        final String whyNot = context.readiness.get();
        final Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("status", whyNot == null ? "ready" : "not ready");
        answer.put("service", context.serviceName);
        if (whyNot != null) {
            answer.put("reason", whyNot);
        }
        reply(exchange, whyNot == null ? 200 : 503, answer);
    }

    private void status(final HttpExchange exchange) {
        final String whyNot = context.readiness.get();
        final Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("service", context.serviceName);
        answer.put("version", BuildVersion.current());
        answer.put("uptime", uptimeSeconds());
        answer.put("ready", whyNot == null);
        if (whyNot != null) {
            answer.put("not_ready_reason", whyNot);
        }
        answer.putAll(context.status.get());
        reply(exchange, 200, answer);
    }

    private void metrics(final HttpExchange exchange) {
        final ByteBuf text = Unpooled.buffer(32 * 1024);
        try (ByteBufOutputStream out = new ByteBufOutputStream(text)) {
            context.metrics.expose(out);
        } catch (final IOException e) {
            text.release();
            throw new UncheckedIOException(e);
        }
        exchange.reply(200, Metrics.CONTENT_TYPE, text);
    }

    private void reply(final HttpExchange exchange, final int status, final Map<String, Object> answer) {
        exchange.reply(status, ServerExchange.JSON, Unpooled.wrappedBuffer(json.writeValueAsBytes(answer)));
    }

    private double uptimeSeconds() {
        return Math.round((System.nanoTime() - launchedNs) / NANOS_PER_SECOND * 1000.0) / 1000.0;
    }
}
