package io.truenow.fabric.catalog;

import io.truenow.codecs.control.EventIdentity;

import java.util.List;

/**
 * A set of events with one schema.
 *
 * @param id            given by the catalog.
 * @param namespaceId   its namespace.
 * @param namespace     the namespace's name.
 * @param name          unique in the namespace.
 * @param createdUs     cluster time of its creation.
 * @param properties    what an operator may change.
 * @param hashKey0      key of the event-id hash, see {@code EventIdHash}.
 * @param hashKey1      second half of the key.
 * @param schemaVersion 1, 2, .. grows with each extension.
 * @param layoutVersion grows with each change of the layout.
 * @param identity      what makes two events the same; never changes.
 * @param dimensions    names by ordinal; only ever appended to.
 * @param metrics       names by ordinal; only ever appended to.
 * @param shardIds      by shard index.
 */
public record Table(
    int id,
    int namespaceId,
    String namespace,
    String name,
    long createdUs,
    TableProperties properties,
    long hashKey0,
    long hashKey1,
    int schemaVersion,
    int layoutVersion,
    EventIdentity identity,
    List<String> dimensions,
    List<String> metrics,
    List<Integer> shardIds) {
    public Table {
        dimensions = List.copyOf(dimensions);
        metrics = List.copyOf(metrics);
        shardIds = List.copyOf(shardIds);
    }

    /** How long after its event time an event is held. */
    public long retentionUs() {
        return properties.retentionUs();
    }

    /** Ordinal of a dimension, or -1. */
    public int dimension(final String dimensionName) {
        return dimensions.indexOf(dimensionName);
    }

    /** Ordinal of a metric, or -1. */
    public int metric(final String metricName) {
        return metrics.indexOf(metricName);
    }

    /** The same with other properties. */
    public Table with(final TableProperties newProperties) {
        return new Table(id, namespaceId, namespace, name, createdUs, newProperties, hashKey0, hashKey1, schemaVersion, layoutVersion,
            identity, dimensions, metrics, shardIds);
    }

    /** The same with the next version of the schema; columns of this one must stand first. */
    public Table extendedTo(final List<String> newDimensions, final List<String> newMetrics) {
        return new Table(id, namespaceId, namespace, name, createdUs, properties, hashKey0, hashKey1, schemaVersion + 1, layoutVersion,
            identity, newDimensions, newMetrics, shardIds);
    }
}
