package io.truenow.control.rest;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.fabric.access.Access;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.Namespace;
import io.truenow.fabric.catalog.RecordKinds;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.catalog.TableProperties;
import io.truenow.fabric.control.CatalogCommand;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.fabric.http.route.Router;

import java.util.List;
import java.util.Map;
import java.util.Set;

import static io.truenow.control.rest.CatalogReplies.checked;

/** Tables. Handlers run on event loops and do not block. */
final class TableRoutes {
    private static final long DEFAULT_RETENTION_US = 24 * 3_600 * 1_000_000L;
    private static final String CLOSED = "closed";
    private static final List<String> SCHEMAS = List.of("open", CLOSED);

    private final CatalogReplies replies;

    TableRoutes(final CatalogReplies replies) {
        this.replies = replies;
    }

    void addTo(final Router router) {
        router.route("GET", "/v1/namespaces/{namespace}/tables", Access.READ, checked(this::list))
            .route("POST", "/v1/namespaces/{namespace}/tables", Access.ADMIN, checked(this::create))
            .route("GET", "/v1/namespaces/{namespace}/tables/{table}", Access.READ, checked(this::get))
            .route("PATCH", "/v1/namespaces/{namespace}/tables/{table}", Access.ADMIN, checked(this::alter))
            .route("DELETE", "/v1/namespaces/{namespace}/tables/{table}", Access.ADMIN, checked(this::drop));
    }

    private void list(final HttpExchange exchange) {
        final Catalog catalog = replies.loaded();
        final Namespace namespace = replies.namespace(exchange);
        replies.reply(exchange, 200, CatalogReplies.listing(catalog, RecordKinds.TABLE.plural(),
            catalog.tables().values().stream()
                .filter(table -> table.namespaceId() == namespace.id())
                .map(table -> json(table, catalog))
                .toList()));
    }

    private void get(final HttpExchange exchange) {
        replies.reply(exchange, 200, json(replies.table(exchange), replies.loaded()));
    }

    private void create(final HttpExchange exchange) {
        final RequestBody body = RequestBody.parse(
            exchange, Set.of("name", "identity", "retention_us", "schema", "description", "dimensions", "metrics"));
        final String namespace = replies.namespace(exchange).name();
        final String name = body.requiredText("name");
        final TableProperties properties = new TableProperties(
            body.whole("retention_us", DEFAULT_RETENTION_US),
            CLOSED.equals(body.oneOf("schema", SCHEMAS, "open")),
            body.text("description", ""));
        final EventIdentity identity =
            "id_and_time".equals(body.oneOf("identity", List.of("id", "id_and_time"), "id")) ? EventIdentity.ID_AND_TIME : EventIdentity.ID;
        final CatalogCommand command = new CatalogCommand.CreateTable(
            namespace, name, identity, properties, body.texts("dimensions"), body.texts("metrics"));
        replies.change(exchange, command, 201, catalog -> {
            final Table table = catalog.table(namespace, name);
            return table == null ? null : json(table, catalog);
        });
    }

    private void alter(final HttpExchange exchange) {
        final RequestBody body = RequestBody.parse(
            exchange, Set.of("retention_us", "schema", "description", "dimensions", "metrics"));
        final Table table = replies.table(exchange);
        final String schema = body.oneOf("schema", SCHEMAS, null);
        final CatalogCommand command = new CatalogCommand.AlterTable(
            table.id(),
            body.whole("retention_us", null),
            schema == null ? null : CLOSED.equals(schema),
            body.text("description", null),
            body.texts("dimensions"),
            body.texts("metrics"));
        replies.change(exchange, command, 200, catalog -> {
            final Table altered = catalog.table(table.id());
            return json(altered == null ? table : altered, catalog);
        });
    }

    private void drop(final HttpExchange exchange) {
        final Table table = replies.table(exchange);
        replies.change(exchange, new CatalogCommand.DropTable(table.id()), 200, catalog -> json(table, catalog));
    }

    private static Map<String, Object> json(final Table table, final Catalog catalog) {
        return RecordKinds.TABLE.json(table, catalog);
    }
}
