package io.truenow.query.plan;

import io.truenow.fabric.position.Token;

import java.util.List;

/**
 * A checked query by name: what every face of the query node makes of its requests. Immutable.
 *
 * @param namespace   of the table.
 * @param table       to read.
 * @param startTimeUs inclusive.
 * @param endTimeUs   exclusive, greater than the start.
 * @param intervalUs  width of the time buckets, aligned to the epoch; 0 for one bucket, the whole range.
 * @param filter      which rows it takes.
 * @param groupBy     distinct dimensions.
 * @param selection   what is computed of each group.
 * @param order       empty: by timestamp, then group text.
 * @param limit       greatest number of rows answered.
 * @param token       positions that the answer must include, or null.
 * @param timeoutMs   after which the query fails.
 * @param partial     whether an answer from less than the asked range or shards is wanted, rather than an error.
 */
public record LogicalPlan(
    String namespace,
    String table,
    long startTimeUs,
    long endTimeUs,
    long intervalUs,
    Filter filter,
    List<String> groupBy,
    Selection selection,
    List<OrderTerm> order,
    int limit,
    Token token,
    int timeoutMs,
    boolean partial) {
    /** A query yields at most this many rows. */
    public static final int MAX_GROUPS = 50_000;

    public LogicalPlan {
        groupBy = List.copyOf(groupBy);
        order = List.copyOf(order);
    }
}
