package io.truenow.fabric.catalog;

import io.truenow.codecs.control.ServiceKind;
import io.truenow.fabric.catalog.map.IdMap;

import java.util.Collection;
import java.util.List;

/**
 * The committed catalog at one version. Immutable: any thread may hold and read it. Versions share what did not change between them, see
 * {@link CatalogDiff}. Looking things up by id allocates nothing.
 */
public final class Catalog {
    /** What a view holds before the first snapshot. */
    public static final Catalog EMPTY = new CatalogBuilder().build(-1);

    private final long idHigh;
    private final long idLow;
    private final long version;
    /** By kind, as in {@link RecordKinds#ALL}. */
    private final List<RecordSet<?>> sets;
    private final IdMap<Table> tables;
    private final IdMap<Shard> shards;
    private final IdMap<ServiceInstance> services;

    Catalog(final long idHigh, final long idLow, final long version, final List<RecordSet<?>> sets) {
        this.idHigh = idHigh;
        this.idLow = idLow;
        this.version = version;
        this.sets = List.copyOf(sets);
        tables = records(RecordKinds.TABLE);
        shards = records(RecordKinds.SHARD);
        services = records(RecordKinds.SERVICE);
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

    /** Whether it is a version of the same catalog. */
    public boolean isSameAs(final Catalog other) {
        return idHigh == other.idHigh && idLow == other.idLow;
    }

    /** Version of the last committed change that it holds, -1 for {@link #EMPTY}. */
    public long version() {
        return version;
    }

    /** Records of one kind by id. */
    public <V> IdMap<V> records(final RecordKind<V> kind) {
        return RecordSet.of(sets, kind).byId();
    }

    /** Namespaces by id. */
    public IdMap<Namespace> namespaces() {
        return records(RecordKinds.NAMESPACE);
    }

    /** Tables by id. */
    public IdMap<Table> tables() {
        return tables;
    }

    /** Shards by id. */
    public IdMap<Shard> shards() {
        return shards;
    }

    /** Gateways, hot-tier nodes and query nodes by id. */
    public IdMap<ServiceInstance> services() {
        return services;
    }

    /** Services of one kind, by id, ascending. */
    public Collection<ServiceInstance> services(final ServiceKind kind) {
        return services.values().stream().filter(service -> service.kind() == kind).toList();
    }

    /** The namespace of that name, or null. */
    public Namespace namespace(final String name) {
        return RecordSet.of(sets, RecordKinds.NAMESPACE).byName().get("", name);
    }

    /** The table of that name, or null. */
    public Table table(final String namespace, final String name) {
        return RecordSet.of(sets, RecordKinds.TABLE).byName().get(namespace, name);
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

    /** What later versions are made from. */
    public CatalogBuilder change() {
        return new CatalogBuilder(sets);
    }
}
