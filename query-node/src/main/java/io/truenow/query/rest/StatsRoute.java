package io.truenow.query.rest;

import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.fabric.catalog.Namespace;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.fabric.http.route.HttpHandler;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.query.scatter.ScatterProxy;
import io.truenow.query.scatter.StatsReply;
import tools.jackson.databind.json.JsonMapper;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code GET /v1/stats}: names from the catalog, figures from every lane. Stateless. */
public final class StatsRoute implements HttpHandler {
    private static final double MILLIS_PER_SECOND = 1e3;
    private static final long NANOS_PER_MILLI = 1_000_000L;

    private final JsonMapper json = new JsonMapper();
    private final CatalogView catalogView;
    private final ScatterProxy proxy;
    private final long launchedNs = System.nanoTime();

    public StatsRoute(final CatalogView catalogView, final ScatterProxy proxy) {
        this.catalogView = catalogView;
        this.proxy = proxy;
    }

    @Override
    public void handle(final HttpExchange exchange) {
        if (!proxy.offer(new Reply(exchange))) {
            unavailable(exchange);
        }
    }

    private static void unavailable(final HttpExchange exchange) {
        exchange.problem(Problem.of(ProblemCode.NOT_READY, "this query node cannot ask the hot tier now; try again"));
    }

    /** Names may hold dots, so {@code tables} has namespace a.b's table c and namespace a's table b.c alike; these are apart. */
    private static Map<String, List<String>> tablesByNamespace(final Catalog catalog) {
        final Map<String, List<String>> tables = new TreeMap<>();
        catalog.namespaces().values().forEach(namespace -> tables.put(namespace.name(), new ArrayList<>()));
        catalog.tables().values().forEach(table -> tables.computeIfAbsent(table.namespace(), name -> new ArrayList<>()).add(table.name()));
        tables.values().forEach(names -> names.sort(null));
        return tables;
    }

    private void answer(final HttpExchange exchange, final StatsReply.Totals totals) {
        final Catalog catalog = catalogView.catalog();
        final Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("namespaces", catalog.namespaces().values().stream().map(Namespace::name).sorted().toList());
        answer.put("tables", catalog.tables().values().stream().map(table -> table.namespace() + '.' + table.name()).sorted().toList());
        answer.put("tables_by_namespace", tablesByNamespace(catalog));
        answer.put("total_events", totals.rowsHeld());
        answer.put("events_per_second", Math.round(totals.rowsPerSecond() * MILLIS_PER_SECOND) / MILLIS_PER_SECOND);
        answer.put("uptime_seconds", (System.nanoTime() - launchedNs) / NANOS_PER_MILLI / MILLIS_PER_SECOND);
        if (!totals.unanswered().isEmpty()) {
            answer.put("incomplete", true);
            answer.put("unanswered", totals.unanswered());
        }
        exchange.replyJson(200, json.writeValueAsString(answer));
    }

    /** Called on the agent's thread; the answer is made on the event loop. */
    private final class Reply implements StatsReply {
        private final HttpExchange exchange;

        private Reply(final HttpExchange exchange) {
            this.exchange = exchange;
        }

        @Override
        public void onStats(final Totals totals) {
            exchange.eventLoop().execute(() -> answer(exchange, totals));
        }

        @Override
        public void onUnavailable() {
            unavailable(exchange);
        }
    }
}
