package io.truenow.fabric.catalog;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.control.NamespaceRecordDecoder;
import io.truenow.codecs.control.ServiceRecordDecoder;
import io.truenow.codecs.control.ShardRecordDecoder;
import io.truenow.codecs.control.TableRecordDecoder;

import java.util.ArrayList;
import java.util.List;

/** Reads catalog records. Each decoder must be wrapped afresh: variable parts can be read once, in order. */
public final class CatalogRecords {
    private CatalogRecords() {
    }

    /** Reads a namespace. */
    public static Namespace namespace(final NamespaceRecordDecoder decoder) {
        final int id = decoder.namespaceId();
        final long createdUs = decoder.createdUs();
        final boolean autoCreateTables = decoder.autoCreateTables() != 0;
        return new Namespace(id, decoder.name(), createdUs, autoCreateTables);
    }

    /** Reads a table. */
    public static Table table(final TableRecordDecoder decoder, final String namespace) {
        for (final var layout : decoder.layout()) {
            // one entry, from the beginning of time, until layouts grow: the shard count is the number of shards
            layout.shardCount();
        }
        final List<Integer> shardIds = new ArrayList<>();
        for (final var shard : decoder.shards()) {
            shardIds.add(shard.shardId());
        }
        final List<String> dimensions = new ArrayList<>();
        for (final var dimension : decoder.dimensions()) {
            dimensions.add(dimension.name());
        }
        final List<String> metrics = new ArrayList<>();
        for (final var metric : decoder.metrics()) {
            metrics.add(metric.name());
        }
        return new Table(
            decoder.tableId(),
            decoder.namespaceId(),
            namespace,
            decoder.name(),
            decoder.createdUs(),
            decoder.retentionUs(),
            decoder.hashKey0(),
            decoder.hashKey1(),
            decoder.schemaVersion(),
            decoder.layoutVersion(),
            identity(decoder.identity()),
            dimensions,
            metrics,
            shardIds);
    }

    /** What a table's identity is where a record or command may be of a version that did not know any. */
    public static EventIdentity identity(final EventIdentity told) {
        return told == EventIdentity.NULL_VAL ? EventIdentity.ID : told;
    }

    /** Reads a shard. */
    public static Shard shard(final ShardRecordDecoder decoder) {
        final List<Owner> owners = new ArrayList<>();
        for (final var owner : decoder.owners()) {
            owners.add(new Owner(owner.nodeId(), owner.lane(), owner.state()));
        }
        return new Shard(decoder.shardId(), decoder.tableId(), decoder.index(), decoder.epoch(), owners);
    }

    /** Reads a service. */
    public static ServiceInstance service(final ServiceRecordDecoder decoder) {
        return new ServiceInstance(
            decoder.serviceId(),
            decoder.kind(),
            decoder.incarnation(),
            decoder.driverId(),
            decoder.host(),
            decoder.aeronPort(),
            decoder.httpPort(),
            decoder.lanes(),
            decoder.state(),
            decoder.createdVersion(),
            decoder.registeredVersion());
    }
}
