package io.truenow.control.rest;

import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.Namespace;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.catalog.Table;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** How the catalog reads in JSON: members in this order. */
final class CatalogJson {
    private CatalogJson() {
    }

    static Map<String, Object> namespaces(final Catalog catalog) {
        return listing(catalog, "namespaces", catalog.namespaces().values().stream().map(CatalogJson::namespace).toList());
    }

    static Map<String, Object> tables(final Catalog catalog, final Namespace namespace) {
        return listing(catalog, "tables",
            catalog.tables().values().stream().filter(table -> table.namespaceId() == namespace.id()).map(CatalogJson::table).toList());
    }

    static Map<String, Object> shards(final Catalog catalog) {
        return listing(catalog, "shards", catalog.shards().values().stream().map(shard -> shard(catalog, shard)).toList());
    }

    static Map<String, Object> services(final Catalog catalog) {
        return listing(catalog, "services", catalog.services().values().stream().map(CatalogJson::service).toList());
    }

    static Map<String, Object> epochs(final Catalog catalog) {
        return listing(catalog, "epochs", catalog.shards().values().stream().map(CatalogJson::epoch).toList());
    }

    static Map<String, Object> namespace(final Namespace namespace) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", namespace.id());
        json.put("name", namespace.name());
        json.put("created_us", namespace.createdUs());
        json.put("auto_create_tables", namespace.autoCreateTables());
        return json;
    }

    static Map<String, Object> table(final Table table) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", table.id());
        json.put("namespace", table.namespace());
        json.put("name", table.name());
        json.put("created_us", table.createdUs());
        json.put("retention_us", table.retentionUs());
        json.put("schema_version", table.schemaVersion());
        json.put("layout_version", table.layoutVersion());
        json.put("identity", lowerCase(table.identity()));
        json.put("dimensions", table.dimensions());
        json.put("metrics", table.metrics());
        json.put("shards", table.shardIds());
        return json;
    }

    private static Map<String, Object> shard(final Catalog catalog, final Shard shard) {
        final Table table = catalog.table(shard.tableId());
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", shard.id());
        json.put("namespace", table == null ? null : table.namespace());
        json.put("table", table == null ? null : table.name());
        json.put("table_id", shard.tableId());
        json.put("index", shard.index());
        json.put("epoch", shard.epoch());
        json.put("owners", shard.owners().stream().map(CatalogJson::owner).toList());
        return json;
    }

    private static Map<String, Object> owner(final Owner owner) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("node_id", owner.nodeId());
        json.put("lane", owner.lane());
        json.put("state", lowerCase(owner.state()));
        return json;
    }

    private static Map<String, Object> service(final ServiceInstance service) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", service.id());
        json.put("kind", lowerCase(service.kind()));
        json.put("state", lowerCase(service.state()));
        json.put("incarnation", service.incarnation());
        json.put("host", service.host());
        json.put("aeron_port", service.aeronPort());
        json.put("http_port", service.httpPort());
        json.put("lanes", service.lanes());
        json.put("created_version", service.createdVersion());
        json.put("registered_version", service.registeredVersion());
        return json;
    }

    private static Map<String, Object> epoch(final Shard shard) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("shard_id", shard.id());
        json.put("epoch", shard.epoch());
        return json;
    }

    private static Map<String, Object> listing(final Catalog catalog, final String name, final List<?> values) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("version", catalog.version());
        json.put(name, values);
        return json;
    }

    static String lowerCase(final Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
