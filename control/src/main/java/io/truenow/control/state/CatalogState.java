package io.truenow.control.state;

import io.truenow.fabric.catalog.Namespace;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.catalog.Table;

import java.util.Collections;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the services agree on, and what has changed since the last version. Sorted maps of immutable entries; the state machine's thread
 * only. Puts between two {@link #commit} calls make up one version.
 */
final class CatalogState {
    record NamespaceEntry(long version, Namespace namespace) {
    }

    record TableEntry(long version, Table table) {
    }

    record ShardEntry(long version, Shard shard) {
    }

    /** A service with what only control needs to know of it. */
    record ServiceEntry(long version, ServiceInstance service, InstanceKey key, long leaseUs, long leaseDeadlineUs) {
        ServiceEntry withLeaseDeadline(final long deadlineUs) {
            return new ServiceEntry(version, service, key, leaseUs, deadlineUs);
        }
    }

    /** 128 random bits from a service's data directory. */
    record InstanceKey(long high, long low) implements Comparable<InstanceKey> {
        @Override
        public int compareTo(final InstanceKey other) {
            final int byHigh = Long.compare(high, other.high);
            return byHigh != 0 ? byHigh : Long.compare(low, other.low);
        }
    }

    long catalogIdHigh;
    long catalogIdLow;
    int nextNamespaceId = 1;
    int nextTableId = 1;
    int nextShardId = 1;
    int nextServiceId = 1;

    private long version;
    private final NavigableMap<Integer, NamespaceEntry> namespaces = new TreeMap<>();
    private final NavigableMap<Integer, TableEntry> tables = new TreeMap<>();
    private final NavigableMap<Integer, ShardEntry> shards = new TreeMap<>();
    private final NavigableMap<Integer, ServiceEntry> services = new TreeMap<>();
    // derived
    private final Map<String, Namespace> namespaceByName = new TreeMap<>();
    private final Map<String, Table> tableByName = new TreeMap<>();
    private final Map<InstanceKey, Integer> serviceIdByKey = new TreeMap<>();
    // touched since the last commit
    private final SortedSet<Integer> changedNamespaces = new TreeSet<>();
    private final SortedSet<Integer> changedTables = new TreeSet<>();
    private final SortedSet<Integer> changedShards = new TreeSet<>();
    private final SortedSet<Integer> changedServices = new TreeSet<>();

    long version() {
        return version;
    }

    /** The version that changes made now will have. */
    long nextVersion() {
        return version + 1;
    }

    NavigableMap<Integer, NamespaceEntry> namespaces() {
        return Collections.unmodifiableNavigableMap(namespaces);
    }

    NavigableMap<Integer, TableEntry> tables() {
        return Collections.unmodifiableNavigableMap(tables);
    }

    NavigableMap<Integer, ShardEntry> shards() {
        return Collections.unmodifiableNavigableMap(shards);
    }

    NavigableMap<Integer, ServiceEntry> services() {
        return Collections.unmodifiableNavigableMap(services);
    }

    Namespace namespace(final String name) {
        return namespaceByName.get(name);
    }

    Table table(final String namespace, final String name) {
        return tableByName.get(namespace + '\0' + name);
    }

    ServiceEntry service(final InstanceKey key) {
        final Integer id = serviceIdByKey.get(key);
        return id == null ? null : services.get(id);
    }

    void put(final Namespace namespace) {
        restore(new NamespaceEntry(nextVersion(), namespace));
        changedNamespaces.add(namespace.id());
    }

    void put(final Table table) {
        restore(new TableEntry(nextVersion(), table));
        changedTables.add(table.id());
    }

    void put(final Shard shard) {
        restore(new ShardEntry(nextVersion(), shard));
        changedShards.add(shard.id());
    }

    void put(final ServiceInstance service, final InstanceKey key, final long leaseUs, final long leaseDeadlineUs) {
        restore(new ServiceEntry(nextVersion(), service, key, leaseUs, leaseDeadlineUs));
        changedServices.add(service.id());
    }

    /** Moves a lease's end: nothing that views see, so no new version. */
    void extendLease(final ServiceEntry entry, final long leaseDeadlineUs) {
        restore(entry.withLeaseDeadline(leaseDeadlineUs));
    }

    /** Ends a version. Returns its framed records, null if nothing changed. */
    byte[] commit() {
        if (changedNamespaces.isEmpty() && changedTables.isEmpty() && changedShards.isEmpty() && changedServices.isEmpty()) {
            return null;
        }
        final RecordEncoder encoder = new RecordEncoder();
        changedNamespaces.forEach(id -> encoder.append(namespaces.get(id)));
        changedTables.forEach(id -> encoder.append(tables.get(id)));
        changedShards.forEach(id -> encoder.append(shards.get(id)));
        changedServices.forEach(id -> encoder.append(services.get(id)));
        changedNamespaces.clear();
        changedTables.clear();
        changedShards.clear();
        changedServices.clear();
        version++;
        return encoder.framed();
    }

    /** Framed records of everything. */
    byte[] everything() {
        final RecordEncoder encoder = new RecordEncoder();
        namespaces.values().forEach(encoder::append);
        tables.values().forEach(encoder::append);
        shards.values().forEach(encoder::append);
        services.values().forEach(encoder::append);
        return encoder.framed();
    }

    void restore(final long restoredVersion) {
        version = restoredVersion;
    }

    void restore(final NamespaceEntry entry) {
        namespaces.put(entry.namespace().id(), entry);
        namespaceByName.put(entry.namespace().name(), entry.namespace());
    }

    void restore(final TableEntry entry) {
        tables.put(entry.table().id(), entry);
        tableByName.put(entry.table().namespace() + '\0' + entry.table().name(), entry.table());
    }

    void restore(final ShardEntry entry) {
        shards.put(entry.shard().id(), entry);
    }

    void restore(final ServiceEntry entry) {
        services.put(entry.service().id(), entry);
        serviceIdByKey.put(entry.key(), entry.service().id());
    }
}
