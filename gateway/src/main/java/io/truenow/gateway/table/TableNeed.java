package io.truenow.gateway.table;

import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.Table;

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

    /** The table of a catalog that shows all of it, or null. */
    Table fulfilled(final Catalog catalog) {
        final Table found = catalog.table(namespace, table);
        return found != null && found.dimensions().containsAll(dimensions) && found.metrics().containsAll(metrics) ? found : null;
    }

    /** Whether fulfilling this need fulfills the other. */
    boolean covers(final TableNeed other) {
        return namespace.equals(other.namespace) && table.equals(other.table)
            && dimensions.containsAll(other.dimensions) && metrics.containsAll(other.metrics);
    }
}
