package io.truenow.format.batch;

import io.truenow.fabric.catalog.Table;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a builder of batches must know of a table: its schema, its shards and the key of its event-id hash, at one version of the catalog.
 * Immutable: any thread may hold and read it. Ordinals of a later version of the same table extend those of an earlier one.
 */
public final class TableBinding {
    private final int tableId;
    private final long hashKey0;
    private final long hashKey1;
    private final int schemaVersion;
    private final int layoutVersion;
    private final List<String> dimensions;
    private final List<String> metrics;
    private final Map<String, Integer> dimensionOrdinals;
    private final Map<String, Integer> metricOrdinals;
    private final int[] shardIds;

    /**
     * A binding from its parts; both name lists by ordinal.
     *
     * @param schema of the table: id, keys and versions.
     * @throws IllegalArgumentException if the shard count is not a power of two.
     */
    public TableBinding(final Schema schema, final List<String> dimensions, final List<String> metrics, final List<Integer> shardIds) {
        if (Integer.bitCount(shardIds.size()) != 1) {
            throw new IllegalArgumentException("the shard count must be a power of two: " + shardIds.size());
        }
        this.tableId = schema.tableId();
        this.hashKey0 = schema.hashKey0();
        this.hashKey1 = schema.hashKey1();
        this.schemaVersion = schema.schemaVersion();
        this.layoutVersion = schema.layoutVersion();
        this.dimensions = List.copyOf(dimensions);
        this.metrics = List.copyOf(metrics);
        this.dimensionOrdinals = ordinals(dimensions);
        this.metricOrdinals = ordinals(metrics);
        this.shardIds = shardIds.stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * The fixed-size part of a table's description.
     *
     * @param tableId       in the catalog.
     * @param hashKey0      key of the event-id hash.
     * @param hashKey1      second half of the key.
     * @param schemaVersion that the ordinals belong to.
     * @param layoutVersion that the shards belong to.
     */
    public record Schema(int tableId, long hashKey0, long hashKey1, int schemaVersion, int layoutVersion) {
    }

    /** The binding to a table as the catalog shows it. */
    public static TableBinding of(final Table table) {
        final Schema schema =
            new Schema(table.id(), table.hashKey0(), table.hashKey1(), table.schemaVersion(), table.layoutVersion());
        return new TableBinding(schema, table.dimensions(), table.metrics(), table.shardIds());
    }

    /** The table's id in the catalog. */
    public int tableId() {
        return tableId;
    }

    /** First half of the event-id hash's key. */
    public long hashKey0() {
        return hashKey0;
    }

    /** Second half of the event-id hash's key. */
    public long hashKey1() {
        return hashKey1;
    }

    /** Version of the schema that the ordinals belong to. */
    public int schemaVersion() {
        return schemaVersion;
    }

    /** Version of the layout that the shards belong to. */
    public int layoutVersion() {
        return layoutVersion;
    }

    /** Names by ordinal. */
    public List<String> dimensions() {
        return dimensions;
    }

    /** Names by ordinal. */
    public List<String> metrics() {
        return metrics;
    }

    /** Ordinal of a dimension, or -1. */
    public int dimension(final String name) {
        return dimensionOrdinals.getOrDefault(name, -1);
    }

    /** Ordinal of a metric, or -1. */
    public int metric(final String name) {
        return metricOrdinals.getOrDefault(name, -1);
    }

    /** A power of two. */
    public int shardCount() {
        return shardIds.length;
    }

    /** The catalog's id of the shard at an index, 0 .. shard count - 1. */
    public int shardId(final int shardIndex) {
        return shardIds[shardIndex];
    }

    /** Index of the shard that an event belongs to, by the high half of its id's hash. */
    public int shardIndex(final long idHigh) {
        return shardIndex(idHigh, shardIds.length);
    }

    /** The same for any table with so many shards, a power of two. */
    public static int shardIndex(final long idHigh, final int shardCount) {
        return (int) idHigh & shardCount - 1;
    }

    /** Index of a shard by its catalog id, or -1 if it is not of this table. */
    public int shardIndexOf(final int shardId) {
        for (int i = 0; i < shardIds.length; i++) {
            if (shardIds[i] == shardId) {
                return i;
            }
        }
        return -1;
    }

    private static Map<String, Integer> ordinals(final List<String> names) {
        final Map<String, Integer> ordinals = new HashMap<>();
        for (int i = 0; i < names.size(); i++) {
            ordinals.putIfAbsent(names.get(i), i);
        }
        return Map.copyOf(ordinals);
    }
}
