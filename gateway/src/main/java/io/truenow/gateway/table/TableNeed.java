package io.truenow.gateway.table;

import java.util.List;

/**
 * What events name and the catalog does not show.
 *
 * @param namespace  its name.
 * @param table      its name.
 * @param dimensions new ones, in the order in which events named them.
 * @param metrics    new ones.
 */
public record TableNeed(String namespace, String table, List<String> dimensions, List<String> metrics) {
    public TableNeed {
        dimensions = List.copyOf(dimensions);
        metrics = List.copyOf(metrics);
    }

    /** Whether fulfilling this need fulfills the other. */
    boolean covers(final TableNeed other) {
        return namespace.equals(other.namespace) && table.equals(other.table)
            && dimensions.containsAll(other.dimensions) && metrics.containsAll(other.metrics);
    }
}
