package io.truenow.control.rest;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.fabric.access.Access;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.fabric.catalog.Names;
import io.truenow.fabric.catalog.Namespace;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.ControlClient;
import io.truenow.fabric.control.ControlUnavailableException;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.fabric.http.route.HttpHandler;
import io.truenow.fabric.http.route.Router;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import tools.jackson.databind.json.JsonMapper;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Namespaces, tables, shards, services, epochs. Handlers run on event loops and do not block; stateless beside what it is given. */
public final class CatalogRoutes {
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
        ProblemCode.SCHEMA_LIMIT, "dimensions");

    private final CatalogView view;
    private final ControlClient control;
    private final JsonMapper mapper = JsonMapper.builder().build();

    /**
     * Routes over a view.
     *
     * @param view    of this member's own catalog.
     * @param control the way to the leader.
     */
    public CatalogRoutes(final CatalogView view, final ControlClient control) {
        this.view = view;
        this.control = control;
    }

    /** Adds the routes. */
    public void addTo(final Router router) {
        router.route("GET", "/v1/namespaces", Access.READ, read(CatalogJson::namespaces))
            .route("POST", "/v1/namespaces", Access.ADMIN, checked(this::createNamespace))
            .route("GET", "/v1/namespaces/{id}", Access.READ, checked(this::getNamespace))
            .route("GET", "/v1/namespaces/{id}/tables", Access.READ, checked(this::getTables))
            .route("POST", "/v1/namespaces/{id}/tables", Access.ADMIN, checked(this::createTable))
            .route("GET", "/v1/registry/shards", Access.READ, read(CatalogJson::shards))
            .route("GET", "/v1/registry/services", Access.READ, read(CatalogJson::services))
            .route("GET", "/v1/epochs/current", Access.READ, read(CatalogJson::epochs));
    }

    private HttpHandler read(final Function<Catalog, Map<String, Object>> toJson) {
        return checked(exchange -> reply(exchange, 200, toJson.apply(loaded())));
    }

    private static HttpHandler checked(final HttpHandler handler) {
        return exchange -> {
            try {
                handler.handle(exchange);
            } catch (final RequestBody.BadRequest e) {
                exchange.problem(e.problem());
            }
        };
    }

    private void getNamespace(final HttpExchange exchange) {
        reply(exchange, 200, CatalogJson.namespace(namespace(exchange)));
    }

    private void getTables(final HttpExchange exchange) {
        final Catalog catalog = loaded();
        reply(exchange, 200, CatalogJson.tables(catalog, namespace(exchange)));
    }

    private void createNamespace(final HttpExchange exchange) {
        final RequestBody body = RequestBody.parse(exchange, Set.of("name", "auto_create_tables"));
        final String name = body.requiredText("name");
        if (Names.isDigits(name) && loaded().namespace(name) == null) {
            throw new RequestBody.BadRequest(
                Problem.ofField(ProblemCode.INVALID_NAMESPACE, "name", "a new namespace's name is " + Names.DIGITS_RULE));
        }
        answer(exchange, control.createNamespace(name, body.flag("auto_create_tables", true)), catalog -> {
            final Namespace namespace = catalog.namespace(name);
            return namespace == null ? null : CatalogJson.namespace(namespace);
        });
    }

    private void createTable(final HttpExchange exchange) {
        final RequestBody body = RequestBody.parse(exchange, Set.of("name", "identity", "dimensions", "metrics"));
        final String namespace = namespace(exchange).name();
        final String name = body.requiredText("name");
        final EventIdentity identity = body.oneOf("identity", List.of(EventIdentity.ID, EventIdentity.ID_AND_TIME));
        final List<String> dimensions = body.texts("dimensions");
        final List<String> metrics = body.texts("metrics");
        answer(exchange, control.createTable(namespace, name, dimensions, metrics, identity), catalog -> {
            final Table table = catalog.table(namespace, name);
            return table == null ? null : CatalogJson.table(table);
        });
    }

    private Catalog loaded() {
        final Catalog catalog = view.catalog();
        if (catalog.version() < 0) {
            throw new RequestBody.BadRequest(
                Problem.of(ProblemCode.CONTROL_UNAVAILABLE, "this member has not loaded the catalog yet"));
        }
        return catalog;
    }

    private Namespace namespace(final HttpExchange exchange) {
        final Catalog catalog = loaded();
        final String idOrName = exchange.pathParameter("id");
        final Namespace byName = catalog.namespace(idOrName);
        if (byName != null) {
            return byName;
        }
        final Namespace byId = idOrName.matches("[0-9]{1,9}") ? catalog.namespaces().get(Integer.parseInt(idOrName)) : null;
        if (byId == null) {
            throw new RequestBody.BadRequest(
                Problem.ofField(ProblemCode.UNKNOWN_NAMESPACE, "namespace", "there is no namespace of this id or name"));
        }
        return byId;
    }

    private void answer(
        final HttpExchange exchange,
        final CompletableFuture<CommandReply> command,
        final Function<Catalog, Map<String, Object>> created) {
        command.whenComplete((reply, error) -> exchange.eventLoop().execute(() -> {
            if (error instanceof ControlUnavailableException) {
                exchange.problem(Problem.of(ProblemCode.CONTROL_UNAVAILABLE,
                    "no leader of the control plane answered in time; the command may still be carried out"));
            } else if (error != null) {
                exchange.problem(Problem.of(ProblemCode.INTERNAL_ERROR, "the command failed in this process: " + error));
            } else if (!reply.isAccepted()) {
                exchange.problem(problem(reply.refusal()));
            } else {
                answerWhenVisible(exchange, reply.catalogVersion(), created, VIEW_POLLS);
            }
        }));
    }

    private static Problem problem(final Problem refusal) {
        return switch (refusal.code().problemClass()) {
            case USER, RESOURCE -> Problem.ofField(refusal.code(), FIELDS.get(refusal.code()), refusal.detail());
            case UNAVAILABLE -> Problem.of(ProblemCode.CONTROL_UNAVAILABLE, "the command was not carried out: " + refusal.detail());
            case INTERNAL -> Problem.of(ProblemCode.INTERNAL_ERROR, "this process and the control plane do not understand each other: "
                + refusal.detail());
        };
    }

    /** A created thing is answered once this member shows it, so that the client's next read finds it. */
    private void answerWhenVisible(
        final HttpExchange exchange, final long version, final Function<Catalog, Map<String, Object>> created, final int pollsLeft) {
        final Catalog catalog = view.catalog();
        final Map<String, Object> json = catalog.version() >= version ? created.apply(catalog) : null;
        if (json != null) {
            reply(exchange, 201, json);
        } else if (pollsLeft == 0) {
            // no Retry-After: creating it again would find it there
            exchange.problem(Problem.of(ProblemCode.NOT_SHOWN_IN_TIME,
                "it was created, but this member does not show it yet: read it again rather than create it again"));
        } else {
            exchange.eventLoop().schedule(
                () -> answerWhenVisible(exchange, version, created, pollsLeft - 1), VIEW_POLL_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void reply(final HttpExchange exchange, final int status, final Map<String, Object> json) {
        exchange.replyJson(status, mapper.writeValueAsString(json));
    }
}
