package io.truenow.control.state;

import io.truenow.fabric.catalog.Namespace;
import io.truenow.fabric.catalog.RecordKinds;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.ServiceLease;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.catalog.Table;
import org.agrona.DirectBuffer;

import java.util.List;

/**
 * What the services agree on, and what has changed since the last version. The state machine's thread only. Puts and removals between two
 * {@link #commit} calls make up one version.
 */
final class CatalogState {
    long catalogIdHigh;
    long catalogIdLow;
    int nextNamespaceId = 1;
    int nextTableId = 1;
    int nextShardId = 1;
    int nextServiceId = 1;

    private long version;
    private final RecordTable<Namespace> namespaces = new RecordTable<>(RecordKinds.NAMESPACE, Namespace::name);
    private final RecordTable<Table> tables =
        new RecordTable<>(RecordKinds.TABLE, table -> tableName(table.namespace(), table.name()));
    private final RecordTable<Shard> shards = new RecordTable<>(RecordKinds.SHARD, shard -> null);
    private final RecordTable<ServiceInstance> services =
        new RecordTable<>(RecordKinds.SERVICE, service -> keyName(service.lease().instanceKeyHigh(), service.lease().instanceKeyLow()));
    /** In the order of {@link RecordKinds#ALL}: what others refer to comes first. */
    private final List<RecordTable<?>> all = List.of(namespaces, tables, shards, services);

    long version() {
        return version;
    }

    /** The version that changes made now will have. */
    long nextVersion() {
        return version + 1;
    }

    RecordTable<Namespace> namespaces() {
        return namespaces;
    }

    RecordTable<Table> tables() {
        return tables;
    }

    RecordTable<Shard> shards() {
        return shards;
    }

    RecordTable<ServiceInstance> services() {
        return services;
    }

    Table table(final String namespace, final String name) {
        return tables.get(tableName(namespace, name));
    }

    /** The service of an instance, or null. */
    ServiceInstance service(final ServiceLease lease) {
        return services.get(keyName(lease.instanceKeyHigh(), lease.instanceKeyLow()));
    }

    void put(final Namespace namespace) {
        namespaces.put(nextVersion(), namespace);
    }

    void put(final Table table) {
        tables.put(nextVersion(), table);
    }

    void put(final Shard shard) {
        shards.put(nextVersion(), shard);
    }

    void put(final ServiceInstance service) {
        services.put(nextVersion(), service);
    }

    /** Moves a lease's end: nothing that views see, so no new version. */
    void extendLease(final ServiceInstance service, final long deadlineUs) {
        services.amend(service.with(service.lease().until(deadlineUs)));
    }

    /** Ends a version. Returns its framed records, null if nothing changed. */
    byte[] commit() {
        final FramedRecords records = new FramedRecords();
        int changes = 0;
        for (final RecordTable<?> table : all) {
            changes += table.writeChanges(records, nextVersion());
        }
        if (changes == 0) {
            return null;
        }
        version++;
        return records.bytes();
    }

    /** All records, in the order in which they are read. */
    void write(final RecordWriter writer) {
        all.forEach(table -> table.writeAll(writer));
    }

    void restore(final long restoredVersion) {
        version = restoredVersion;
    }

    /** Reads a record of a snapshot. False if it is of a kind that is not known. */
    boolean restore(final int templateId, final DirectBuffer buffer, final int offset) {
        for (final RecordTable<?> table : all) {
            if (table.kind().templateId() == templateId) {
                restore(table, buffer, offset);
                return true;
            }
        }
        return false;
    }

    private <V> void restore(final RecordTable<V> table, final DirectBuffer buffer, final int offset) {
        final V value = table.kind().decode(buffer, offset, this::namespaceName);
        table.restore(table.kind().version(buffer, offset), value);
    }

    private String namespaceName(final int id) {
        final Namespace namespace = namespaces.get(id);
        return namespace == null ? null : namespace.name();
    }

    private static String tableName(final String namespace, final String name) {
        return namespace + '\0' + name;
    }

    private static String keyName(final long high, final long low) {
        return Long.toHexString(high) + ':' + Long.toHexString(low);
    }
}
