package io.truenow.query.plan;

import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.position.Position;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A logical plan whose names are the catalog's ordinals. Ordinals are never reassigned, so it stays right while the catalog moves on;
 * the owners of its shards are looked up anew for every attempt. Immutable by convention: nobody writes to its arrays.
 */
public final class BoundPlan {
    private final LogicalPlan logical;
    private final int tableId;
    private final int[] shardIds;
    private final int[] groupBy;
    private final int[] metrics;
    private final List<BoundFilter> filters;
    private final List<Position> wanted;

    /**
     * A filter by ordinal.
     *
     * @param dimension   ordinal.
     * @param values      in UTF-8.
     * @param nullMatches whether rows that lack the dimension pass.
     */
    public record BoundFilter(int dimension, List<byte[]> values, boolean nullMatches) {
    }

    private BoundPlan(
        final LogicalPlan logical, final Table table, final int[] groupBy, final int[] metrics, final List<BoundFilter> filters) {
        this.logical = logical;
        this.tableId = table.id();
        this.shardIds = table.shardIds().stream().mapToInt(Integer::intValue).toArray();
        this.groupBy = groupBy;
        this.metrics = metrics;
        this.filters = filters;
        this.wanted = logical.token() == null ? List.of()
            : logical.token().positions().stream().filter(position -> table.shardIds().contains(position.shardId())).toList();
    }

    /**
     * Binds a plan.
     *
     * @throws RefusedQueryException if the catalog does not know a name.
     */
    public static BoundPlan bind(final LogicalPlan plan, final Catalog catalog) {
        final Table table = catalog.table(plan.namespace(), plan.table());
        if (table == null) {
            throw new RefusedQueryException(new Refusal(404, "unknown_table", "table",
                "there is no table '" + plan.namespace() + '.' + plan.table() + "'; the first event that names it creates it", 0, null, 0));
        }
        final int[] groupBy = new int[plan.groupBy().size()];
        for (int i = 0; i < groupBy.length; i++) {
            groupBy[i] = dimension(table, plan.groupBy().get(i), "group_by");
        }
        final int[] metrics = plan.metric() == null ? new int[0] : new int[]{table.metric(plan.metric())};
        if (metrics.length == 1 && metrics[0] < 0) {
            throw new RefusedQueryException(Refusal.invalid("unknown_metric", "metric",
                "table '" + table.name() + "' has no metric '" + plan.metric() + "'" + known(table.metrics())));
        }
        final List<BoundFilter> filters = new ArrayList<>(plan.filters().size());
        for (final DimensionFilter filter : plan.filters()) {
            filters.add(new BoundFilter(
                dimension(table, filter.dimension(), "filters"),
                filter.values().stream().map(value -> value.getBytes(StandardCharsets.UTF_8)).toList(),
                filter.nullMatches()));
        }
        return new BoundPlan(plan, table, groupBy, metrics, filters);
    }

    private static int dimension(final Table table, final String name, final String field) {
        final int ordinal = table.dimension(name);
        if (ordinal < 0) {
            throw new RefusedQueryException(Refusal.invalid("unknown_dimension", field,
                "table '" + table.name() + "' has no dimension '" + name + "'" + known(table.dimensions())));
        }
        return ordinal;
    }

    private static String known(final List<String> names) {
        final int shown = Math.min(names.size(), 8);
        return names.isEmpty() ? "; it has none"
            : "; it has " + String.join(", ", names.subList(0, shown)) + (names.size() > shown ? ", .." : "");
    }

    /** What it was bound from. */
    public LogicalPlan logical() {
        return logical;
    }

    /** The table. */
    public int tableId() {
        return tableId;
    }

    /** Shards to ask; a copy. */
    public int[] shardIds() {
        return Arrays.copyOf(shardIds, shardIds.length);
    }

    /** Number of shards to ask. */
    public int shardCount() {
        return shardIds.length;
    }

    /** Ordinals of the dimensions grouped by. */
    public int[] groupBy() {
        return groupBy;
    }

    /** Ordinals of the metrics aggregated: one or none. */
    public int[] metrics() {
        return metrics;
    }

    /** And-ed filters. */
    public List<BoundFilter> filters() {
        return filters;
    }

    /** The token's positions on the table's shards. */
    public List<Position> wanted() {
        return wanted;
    }
}
