package io.truenow.gateway.ingest;

import io.truenow.fabric.problem.ProblemCode;
import io.truenow.gateway.table.BoundTable;
import io.truenow.gateway.table.NameSlice;
import io.truenow.gateway.table.TableNeed;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What the acceptable events of one request name and the catalog lacks, gathered so that it is asked for at once. Belongs to one
 * thread.
 */
public final class SchemaNeeds {
    /** New or extended tables in a request. */
    public static final int MAX_TABLES = 64;

    private final List<Need> needs = new ArrayList<>();
    /** Keys of the tables of this and of the request's earlier readings; the request's. */
    private Set<String> tables = new HashSet<>();

    boolean isEmpty() {
        return needs.isEmpty();
    }

    /**
     * Begins a reading of a request.
     *
     * @param tablesOfRequest keys of the tables that earlier readings of it needed; those of this one are added.
     */
    void start(final Set<String> tablesOfRequest) {
        needs.clear();
        tables = tablesOfRequest;
    }

    /** Names a table among those of a request. */
    static String key(final String namespace, final String table) {
        return namespace + '\0' + table;
    }

    List<TableNeed> toList() {
        return needs.stream().map(Need::frozen).toList();
    }

    /**
     * Adds the columns of a row whose ordinals are -1 and whose values are not null.
     *
     * @param bound the table as the catalog has it, or null.
     * @return null, or why the row cannot be had.
     */
    ProblemCode add(final NameSlice namespace, final NameSlice table, final EventRow row, final byte[] bytes, final BoundTable bound) {
        final int knownDimensions = bound == null ? 0 : bound.dimensions().size();
        final int knownMetrics = bound == null ? 0 : bound.metrics().size();
        final String namespaceName = namespace.toString();
        final String tableName = table.toString();
        final Need known = find(namespaceName, tableName);
        if (known == null && !mayAskFor(namespaceName, tableName)) {
            return ProblemCode.TOO_MANY_TABLES;
        }
        // noted only once it is sure that the row can be had: a need of nothing would be asked for again and again
        final Need need = known == null ? new Need(namespaceName, tableName) : known;
        final Set<String> dimensions = unknown(row.dimensions, bytes);
        final Set<String> metrics = unknown(row.metrics, bytes);
        dimensions.removeAll(need.dimensions);
        metrics.removeAll(need.metrics);
        if (knownDimensions + need.dimensions.size() + dimensions.size() > EventRow.MAX_COLUMNS
            || knownMetrics + need.metrics.size() + metrics.size() > EventRow.MAX_COLUMNS) {
            return ProblemCode.SCHEMA_LIMIT;
        }
        if (known == null) {
            needs.add(need);
            tables.add(key(namespaceName, tableName));
        }
        need.dimensions.addAll(dimensions);
        need.metrics.addAll(metrics);
        return null;
    }

    private Need find(final String namespace, final String table) {
        for (final Need candidate : needs) {
            if (candidate.table.equals(table) && candidate.namespace.equals(namespace)) {
                return candidate;
            }
        }
        return null;
    }

    private boolean mayAskFor(final String namespace, final String table) {
        return tables.size() < MAX_TABLES || tables.contains(key(namespace, table));
    }

    private static Set<String> unknown(final EventRow.Columns columns, final byte[] bytes) {
        final Set<String> names = new LinkedHashSet<>();
        for (int i = 0; i < columns.count; i++) {
            if (columns.ordinals[i] < 0 && columns.valueLengths[i] != EventRow.Columns.NULL) {
                names.add(new String(bytes, columns.nameOffsets[i], columns.nameLengths[i], StandardCharsets.UTF_8));
            }
        }
        return names;
    }

    private static final class Need {
        final String namespace;
        final String table;
        final Set<String> dimensions = new LinkedHashSet<>();
        final Set<String> metrics = new LinkedHashSet<>();

        Need(final String namespace, final String table) {
            this.namespace = namespace;
            this.table = table;
        }

        TableNeed frozen() {
            return new TableNeed(namespace, table, List.copyOf(dimensions), List.copyOf(metrics));
        }
    }
}
