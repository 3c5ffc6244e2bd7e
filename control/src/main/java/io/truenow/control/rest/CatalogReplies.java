package io.truenow.control.rest;

import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.fabric.catalog.Namespace;
import io.truenow.fabric.catalog.RecordKind;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.control.CatalogCommand;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.ControlClient;
import io.truenow.fabric.control.ControlUnavailableException;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.fabric.http.route.HttpHandler;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import tools.jackson.databind.json.JsonMapper;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** What routes over the catalog have in common: they read a view, send a command, and answer when the view shows it. Any event loop. */
final class CatalogReplies {
    private static final long VIEW_POLL_MS = 1;
    private static final int VIEW_POLLS = 2_000;
    /** The member of a body that a refusal speaks of. */
    private static final Map<ProblemCode, String> FIELDS = Map.of(
        ProblemCode.INVALID_NAMESPACE, "name",
        ProblemCode.NAMESPACE_EXISTS, "name",
        ProblemCode.INVALID_TABLE, "name",
        ProblemCode.TABLE_EXISTS, "name",
        ProblemCode.INVALID_DIMENSION, "dimensions",
        ProblemCode.INVALID_METRIC, "metrics",
        ProblemCode.SCHEMA_LIMIT, "dimensions",
        ProblemCode.INVALID_RETENTION, "retention_us",
        ProblemCode.INVALID_DESCRIPTION, "description",
        ProblemCode.VERSION_CONFLICT, "If-Match");

    private final CatalogView view;
    private final ControlClient control;
    private final JsonMapper mapper = JsonMapper.builder().build();

    CatalogReplies(final CatalogView view, final ControlClient control) {
        this.view = view;
        this.control = control;
    }

    /** A handler whose bad requests are answered. */
    static HttpHandler checked(final HttpHandler handler) {
        return exchange -> {
            try {
                handler.handle(exchange);
            } catch (final RequestBody.BadRequest e) {
                exchange.problem(e.problem());
            }
        };
    }

    /** A handler that lists the records of a kind. */
    <V> HttpHandler listing(final RecordKind<V> kind) {
        return listing(kind.plural(), kind, kind::json);
    }

    /** A handler that lists something of each record of a kind. */
    <V> HttpHandler listing(final String name, final RecordKind<V> kind, final JsonOf<V> toJson) {
        return checked(exchange -> {
            final Catalog catalog = loaded();
            reply(exchange, 200, listing(
                catalog, name, catalog.records(kind).values().stream().map(value -> toJson.apply(value, catalog)).toList()));
        });
    }

    /** How a listing reads. */
    static Map<String, Object> listing(final Catalog catalog, final String name, final Object values) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("version", catalog.version());
        json.put(name, values);
        return json;
    }

    /** The catalog, once there is one. */
    Catalog loaded() {
        final Catalog catalog = view.catalog();
        if (catalog.version() < 0) {
            throw new RequestBody.BadRequest(
                Problem.of(ProblemCode.CONTROL_UNAVAILABLE, "this member has not loaded the catalog yet"));
        }
        return catalog;
    }

    /** The namespace that a path names, by name or id. */
    Namespace namespace(final HttpExchange exchange) {
        final Catalog catalog = loaded();
        final String idOrName = exchange.pathParameter("namespace");
        final Namespace byName = catalog.namespace(idOrName);
        final Namespace found = byName == null && isId(idOrName) ? catalog.namespaces().get(Integer.parseInt(idOrName)) : byName;
        if (found == null) {
            throw new RequestBody.BadRequest(
                Problem.ofField(ProblemCode.UNKNOWN_NAMESPACE, "namespace", "there is no namespace of this id or name"));
        }
        return found;
    }

    /** The table that a path names, by name or id. */
    Table table(final HttpExchange exchange) {
        final Namespace namespace = namespace(exchange);
        final Catalog catalog = loaded();
        final String idOrName = exchange.pathParameter("table");
        final Table byName = catalog.table(namespace.name(), idOrName);
        final Table found = byName == null && isId(idOrName) ? catalog.table(Integer.parseInt(idOrName)) : byName;
        if (found == null || found.namespaceId() != namespace.id()) {
            throw new RequestBody.BadRequest(
                Problem.ofField(ProblemCode.UNKNOWN_TABLE, "table", "the namespace has no table of this id or name"));
        }
        return found;
    }

    /**
     * Sends a command, and answers when this member shows what it did, so that the client's next read finds it.
     *
     * @param status on success.
     * @param json   of the catalog that shows it; null while it does not.
     */
    void change(
        final HttpExchange exchange, final CatalogCommand command, final int status, final Function<Catalog, Map<String, Object>> json) {
        control.change(command, expectedVersion(exchange)).whenComplete((reply, error) -> exchange.eventLoop().execute(() -> {
            if (error instanceof ControlUnavailableException) {
                exchange.problem(Problem.of(ProblemCode.CONTROL_UNAVAILABLE,
                    "no leader of the control plane answered in time; the command may still be carried out"));
            } else if (error != null) {
                exchange.problem(Problem.of(ProblemCode.INTERNAL_ERROR, "the command failed in this process: " + error));
            } else if (!reply.isAccepted()) {
                exchange.problem(problem(reply.refusal()));
            } else {
                answerWhenVisible(exchange, new Answer(reply, status, json), VIEW_POLLS);
            }
        }));
    }

    void reply(final HttpExchange exchange, final int status, final Map<String, Object> json) {
        exchange.replyJson(status, mapper.writeValueAsString(json));
    }

    /** From {@code If-Match}: the {@code version} of a listing. */
    private static long expectedVersion(final HttpExchange exchange) {
        final String header = exchange.header("If-Match");
        if (header == null || "*".equals(header.strip())) {
            return ControlClient.ANY_VERSION;
        }
        final String version = header.strip().replaceAll("^\"(.*)\"$", "$1");
        if (!version.matches("[0-9]{1,18}")) {
            throw new RequestBody.BadRequest(Problem.ofField(
                ProblemCode.INVALID_FIELD, "If-Match", "header If-Match must be the 'version' that a listing told"));
        }
        return Long.parseLong(version);
    }

    private static boolean isId(final String text) {
        return text.matches("[0-9]{1,9}");
    }

    private static Problem problem(final Problem refusal) {
        return switch (refusal.code().problemClass()) {
            case USER, RESOURCE -> Problem.ofField(refusal.code(), FIELDS.get(refusal.code()), refusal.detail());
            case UNAVAILABLE -> Problem.of(ProblemCode.CONTROL_UNAVAILABLE, "the command was not carried out: " + refusal.detail());
            case INTERNAL -> Problem.of(ProblemCode.INTERNAL_ERROR, "this process and the control plane do not understand each other: "
                + refusal.detail());
        };
    }

    private void answerWhenVisible(final HttpExchange exchange, final Answer answer, final int pollsLeft) {
        final Catalog catalog = view.catalog();
        final Map<String, Object> json =
            catalog.version() >= answer.reply().catalogVersion() ? answer.json().apply(catalog) : null;
        if (json != null) {
            reply(exchange, answer.status(), json);
        } else if (pollsLeft == 0) {
            // no Retry-After: it has been done
            exchange.problem(Problem.of(ProblemCode.NOT_SHOWN_IN_TIME,
                "it was done, but this member does not show it yet: read it again rather than do it again"));
        } else {
            exchange.eventLoop().schedule(() -> answerWhenVisible(exchange, answer, pollsLeft - 1), VIEW_POLL_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** How a value reads in a listing. */
    @FunctionalInterface
    interface JsonOf<V> {
        /** Members in order. */
        Map<String, Object> apply(V value, Catalog catalog);
    }

    private record Answer(CommandReply reply, int status, Function<Catalog, Map<String, Object>> json) {
    }
}
