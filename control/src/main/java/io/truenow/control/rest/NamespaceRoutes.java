package io.truenow.control.rest;

import io.truenow.fabric.access.Access;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.Namespace;
import io.truenow.fabric.catalog.Names;
import io.truenow.fabric.catalog.RecordKinds;
import io.truenow.fabric.control.CatalogCommand;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.fabric.http.route.Router;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;

import java.util.Map;
import java.util.Set;

import static io.truenow.control.rest.CatalogReplies.checked;

/** Namespaces. Handlers run on event loops and do not block. */
final class NamespaceRoutes {
    private final CatalogReplies replies;

    NamespaceRoutes(final CatalogReplies replies) {
        this.replies = replies;
    }

    void addTo(final Router router) {
        router.route("GET", "/v1/namespaces", Access.READ, replies.listing(RecordKinds.NAMESPACE))
            .route("POST", "/v1/namespaces", Access.ADMIN, checked(this::create))
            .route("GET", "/v1/namespaces/{namespace}", Access.READ, checked(this::get))
            .route("PATCH", "/v1/namespaces/{namespace}", Access.ADMIN, checked(this::alter))
            .route("DELETE", "/v1/namespaces/{namespace}", Access.ADMIN, checked(this::drop));
    }

    private void get(final HttpExchange exchange) {
        replies.reply(exchange, 200, json(replies.namespace(exchange), replies.loaded()));
    }

    private void create(final HttpExchange exchange) {
        final RequestBody body = RequestBody.parse(exchange, Set.of("name", "auto_create_tables", "description"));
        final String name = body.requiredText("name");
        if (Names.isDigits(name) && replies.loaded().namespace(name) == null) {
            throw new RequestBody.BadRequest(
                Problem.ofField(ProblemCode.INVALID_NAMESPACE, "name", "a new namespace's name is " + Names.DIGITS_RULE));
        }
        final CatalogCommand command = new CatalogCommand.CreateNamespace(
            name, body.flag("auto_create_tables", true), body.text("description", ""));
        replies.change(exchange, command, 201, catalog -> {
            final Namespace namespace = catalog.namespace(name);
            return namespace == null ? null : json(namespace, catalog);
        });
    }

    private void alter(final HttpExchange exchange) {
        final RequestBody body = RequestBody.parse(exchange, Set.of("auto_create_tables", "description"));
        final Namespace namespace = replies.namespace(exchange);
        final CatalogCommand command = new CatalogCommand.AlterNamespace(
            namespace.id(), body.flag("auto_create_tables", null), body.text("description", null));
        replies.change(exchange, command, 200, catalog -> {
            final Namespace altered = catalog.namespaces().get(namespace.id());
            return json(altered == null ? namespace : altered, catalog);
        });
    }

    private void drop(final HttpExchange exchange) {
        final Namespace namespace = replies.namespace(exchange);
        replies.change(exchange, new CatalogCommand.DropNamespace(namespace.id()), 200, catalog -> json(namespace, catalog));
    }

    private static Map<String, Object> json(final Namespace namespace, final Catalog catalog) {
        return RecordKinds.NAMESPACE.json(namespace, catalog);
    }
}
