package io.truenow.query.plan;

import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.position.Position;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;

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
    private final List<BoundMetric> metrics;
    private final List<BoundSketch> sketches;
    private final List<BoundNode> predicate;
    private final List<Position> wanted;

    /**
     * A metric by ordinal.
     *
     * @param metric ordinal.
     * @param wish   which of its states are wanted.
     */
    public record BoundMetric(int metric, MetricWish wish) {
    }

    /**
     * A sketch by ordinal.
     *
     * @param term   what is asked.
     * @param column ordinal of the dimension or metric.
     */
    public record BoundSketch(SketchTerm term, int column) {
    }

    private BoundPlan(final LogicalPlan logical, final Table table, final Binder binder) {
        this.logical = logical;
        this.tableId = table.id();
        this.shardIds = table.shardIds().stream().mapToInt(Integer::intValue).toArray();
        this.groupBy = logical.groupBy().stream().mapToInt(name -> binder.dimension(name, "group_by")).toArray();
        this.metrics = logical.selection().metrics().entrySet().stream()
            .map(metric -> new BoundMetric(binder.metric(metric.getKey(), fieldOf(logical, metric.getKey())), metric.getValue())).toList();
        this.sketches = logical.selection().sketches().stream()
            .map(term -> new BoundSketch(term, term.aggregate() == Aggregate.QUANTILE
                ? binder.metric(term.column(), "aggregates") : binder.dimension(term.column(), "aggregates"))).toList();
        this.predicate = binder.predicate(logical.filter());
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
            throw new RefusedQueryException(unknownTable(plan));
        }
        return new BoundPlan(plan, table, new Binder(table));
    }

    /** Why a plan cannot be bound, or not be carried out any more. */
    public static Problem unknownTable(final LogicalPlan plan) {
        return Problem.ofField(ProblemCode.UNKNOWN_TABLE, "table", "namespace '" + plan.namespace()
            + "' has no table '" + plan.table() + "'; the first event that names it creates it");
    }

    private static String fieldOf(final LogicalPlan plan, final String metric) {
        return metric.equals(plan.selection().metric()) ? "metric" : "aggregates";
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

    /** Metrics aggregated, in the order of {@link Selection#metrics}. */
    public List<BoundMetric> metrics() {
        return metrics;
    }

    /** Sketches, in the order of {@link Selection#sketches}. */
    public List<BoundSketch> sketches() {
        return sketches;
    }

    /** The filter in postfix order; empty: every row. */
    public List<BoundNode> predicate() {
        return predicate;
    }

    /** The token's positions on the table's shards. */
    public List<Position> wanted() {
        return wanted;
    }
}
