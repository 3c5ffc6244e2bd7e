package io.truenow.fabric.catalog;

import io.truenow.codecs.control.ServiceKind;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The committed catalog at one version. Immutable: any thread may hold and read it.
 */
public final class Catalog {
    /** What a view holds before the first snapshot. */
    public static final Catalog EMPTY =
        new Catalog(-1, new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), new TreeMap<>());

    private final long idHigh;
    private final long idLow;
    private final long version;
    private final NavigableMap<Integer, Namespace> namespaces;
    private final NavigableMap<Integer, Table> tables;
    private final NavigableMap<Integer, Shard> shards;
    private final NavigableMap<Integer, ServiceInstance> services;
    private final Map<String, Namespace> namespaceByName;
    private final Map<TableName, Table> tableByName;

    /** One that does not say which catalog it is a version of. Takes ownership of the maps: the caller must not change them afterwards. */
    public Catalog(
        final long version,
        final NavigableMap<Integer, Namespace> namespaces,
        final NavigableMap<Integer, Table> tables,
        final NavigableMap<Integer, Shard> shards,
        final NavigableMap<Integer, ServiceInstance> services) {
        this(0, 0, version, namespaces, tables, shards, services);
    }

    /** Takes ownership of the maps: the caller must not change them afterwards. */
    public Catalog(
        final long idHigh,
        final long idLow,
        final long version,
        final NavigableMap<Integer, Namespace> namespaces,
        final NavigableMap<Integer, Table> tables,
        final NavigableMap<Integer, Shard> shards,
        final NavigableMap<Integer, ServiceInstance> services) {
        this.idHigh = idHigh;
        this.idLow = idLow;
        this.version = version;
        this.namespaces = Collections.unmodifiableNavigableMap(namespaces);
        this.tables = Collections.unmodifiableNavigableMap(tables);
        this.shards = Collections.unmodifiableNavigableMap(shards);
        this.services = Collections.unmodifiableNavigableMap(services);
        // made for each version, so what counts is how fast they are filled: names' hashes are kept with the strings
        namespaceByName = HashMap.newHashMap(namespaces.size());
        tableByName = HashMap.newHashMap(tables.size());
        namespaces.values().forEach(namespace -> namespaceByName.put(namespace.name(), namespace));
        tables.values().forEach(table -> tableByName.put(new TableName(table.namespace(), table.name()), table));
    }

    /**
     * 128 bits that name the catalog, from its first leadership term; 0 if not told. Ids of tables, shards and services mean something only
     * within one catalog: a control plane that has lost its data begins another, which gives the same ids to other things.
     */
    public long idHigh() {
        return idHigh;
    }

    /** The other half of the name. */
    public long idLow() {
        return idLow;
    }

    /** Version of the last committed change that it holds, -1 for {@link #EMPTY}. */
    public long version() {
        return version;
    }

    /** By id, ascending. */
    public NavigableMap<Integer, Namespace> namespaces() {
        return namespaces;
    }

    /** By id, ascending. */
    public NavigableMap<Integer, Table> tables() {
        return tables;
    }

    /** By id, ascending. */
    public NavigableMap<Integer, Shard> shards() {
        return shards;
    }

    /** Gateways, hot-tier nodes and query nodes by id, ascending. */
    public NavigableMap<Integer, ServiceInstance> services() {
        return services;
    }

    /** Services of one kind, by id, ascending. */
    public Collection<ServiceInstance> services(final ServiceKind kind) {
        return services.values().stream().filter(service -> service.kind() == kind).toList();
    }

    /** The namespace of that name, or null. */
    public Namespace namespace(final String name) {
        return namespaceByName.get(name);
    }

    /** The table of that name, or null. */
    public Table table(final String namespace, final String name) {
        return tableByName.get(new TableName(namespace, name));
    }

    /** The table of that id, or null. */
    public Table table(final int tableId) {
        return tables.get(tableId);
    }

    /** The shard of that id, or null. */
    public Shard shard(final int shardId) {
        return shards.get(shardId);
    }

    /** The service of that id, or null. */
    public ServiceInstance service(final int serviceId) {
        return services.get(serviceId);
    }

    private record TableName(String namespace, String name) {
    }
}
