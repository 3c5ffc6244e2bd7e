package io.truenow.control.state;

import io.truenow.codecs.control.CreateNamespaceDecoder;
import io.truenow.codecs.control.EnsureTableDecoder;
import io.truenow.codecs.control.EventIdentity;
import io.truenow.fabric.catalog.CatalogRecords;
import io.truenow.fabric.catalog.Namespace;
import io.truenow.fabric.catalog.Names;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.problem.ProblemCode;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;

/** Creation of namespaces and tables, extension of schemas. */
final class TableCommands {
    static final int MAX_NAMESPACES = 10_000;
    static final int MAX_TABLES = 10_000;
    static final int MAX_COLUMNS = 128;
    static final long RETENTION_US = 24 * 3_600 * 1_000_000L;

    private static final int FIRST_VERSION = 1;

    private final CatalogState state;

    TableCommands(final CatalogState state) {
        this.state = state;
    }

    Verdict createNamespace(final CreateNamespaceDecoder command, final long nowUs) {
        final boolean autoCreateTables = command.autoCreateTables() != 0;
        final String name = command.name();
        final Verdict refusal = checkNewNamespace(name);
        if (refusal != null) {
            return refusal;
        }
        final Namespace existing = state.namespace(name);
        if (existing != null) {
            return new Verdict(ProblemCode.NAMESPACE_EXISTS, "there is a namespace of this name", existing.id());
        }
        return Verdict.ok(addNamespace(name, autoCreateTables, nowUs).id());
    }

    Verdict ensureTable(final EnsureTableDecoder command, final long nowUs) {
        final long hashKey0 = command.hashKey0();
        final long hashKey1 = command.hashKey1();
        final boolean isOperatorRequest = command.operatorRequest() != 0;
        final EventIdentity identity = CatalogRecords.identity(command.identity());
        final SequencedSet<String> dimensions = new LinkedHashSet<>();
        for (final var dimension : command.dimensions()) {
            dimensions.add(dimension.name());
        }
        final SequencedSet<String> metrics = new LinkedHashSet<>();
        for (final var metric : command.metrics()) {
            metrics.add(metric.name());
        }
        final String namespaceName = command.namespaceName();
        final String tableName = command.tableName();

        final Verdict malformed = checkNames(namespaceName, tableName, dimensions, metrics);
        if (malformed != null) {
            return malformed;
        }
        final Table existing = state.table(namespaceName, tableName);
        if (existing != null) {
            return isOperatorRequest
                ? new Verdict(ProblemCode.TABLE_EXISTS, "there is a table of this name", existing.id())
                : extend(existing, dimensions, metrics);
        }
        final Namespace namespace = state.namespace(namespaceName);
        final Verdict refusal = checkNewTable(namespace, namespaceName, isOperatorRequest, dimensions, metrics);
        if (refusal != null) {
            return refusal;
        }
        final Namespace home = namespace == null ? addNamespace(namespaceName, true, nowUs) : namespace;
        final int tableId = state.nextTableId++;
        final int shardId = state.nextShardId++;
        state.put(new Table(
            tableId, home.id(), home.name(), tableName, nowUs, RETENTION_US, hashKey0, hashKey1, FIRST_VERSION, FIRST_VERSION,
            identity, List.copyOf(dimensions), List.copyOf(metrics), List.of(shardId)));
        state.put(new Shard(shardId, tableId, 0, FIRST_VERSION, Placement.propose(state, shardId)));
        return Verdict.ok(tableId);
    }

    private Verdict extend(final Table table, final SequencedSet<String> dimensions, final SequencedSet<String> metrics) {
        final SequencedSet<String> allDimensions = new LinkedHashSet<>(table.dimensions());
        final SequencedSet<String> allMetrics = new LinkedHashSet<>(table.metrics());
        final boolean hasNew = allDimensions.addAll(dimensions) | allMetrics.addAll(metrics);
        if (!hasNew) {
            return Verdict.ok(table.id());
        }
        if (allDimensions.size() > MAX_COLUMNS || allMetrics.size() > MAX_COLUMNS) {
            return schemaLimit();
        }
        state.put(new Table(
            table.id(), table.namespaceId(), table.namespace(), table.name(), table.createdUs(), table.retentionUs(), table.hashKey0(),
            table.hashKey1(), table.schemaVersion() + 1, table.layoutVersion(), table.identity(),
            new ArrayList<>(allDimensions), new ArrayList<>(allMetrics), table.shardIds()));
        return Verdict.ok(table.id());
    }

    private Verdict checkNewNamespace(final String name) {
        if (!Names.isIdentifier(name)) {
            return Verdict.reject(ProblemCode.INVALID_NAMESPACE, "a namespace's name is " + Names.IDENTIFIER_RULE);
        }
        if (state.namespace(name) == null && state.namespaces().size() >= MAX_NAMESPACES) {
            return Verdict.reject(ProblemCode.NAMESPACE_LIMIT, "the catalog holds " + MAX_NAMESPACES + " namespaces");
        }
        return null;
    }

    private static Verdict checkNames(
        final String namespace, final String table, final SequencedSet<String> dimensions, final SequencedSet<String> metrics) {
        if (!Names.isIdentifier(namespace)) {
            return Verdict.reject(ProblemCode.INVALID_NAMESPACE, "a namespace's name is " + Names.IDENTIFIER_RULE);
        }
        if (!Names.isIdentifier(table)) {
            return Verdict.reject(ProblemCode.INVALID_TABLE, "a table's name is " + Names.IDENTIFIER_RULE);
        }
        if (!dimensions.stream().allMatch(Names::isColumn)) {
            return Verdict.reject(ProblemCode.INVALID_DIMENSION, "a dimension's name is " + Names.COLUMN_RULE);
        }
        if (!metrics.stream().allMatch(Names::isColumn)) {
            return Verdict.reject(ProblemCode.INVALID_METRIC, "a metric's name is " + Names.COLUMN_RULE);
        }
        return null;
    }

    private Verdict checkNewTable(
        final Namespace namespace,
        final String namespaceName,
        final boolean isOperatorRequest,
        final SequencedSet<String> dimensions,
        final SequencedSet<String> metrics) {
        if (namespace == null) {
            final Verdict refusal = checkNewNamespace(namespaceName);
            if (refusal != null) {
                return refusal;
            }
        } else if (!namespace.autoCreateTables() && !isOperatorRequest) {
            return Verdict.reject(ProblemCode.TABLE_CREATION_FORBIDDEN, "the namespace's tables are created by an operator, not by events");
        }
        if (dimensions.size() > MAX_COLUMNS || metrics.size() > MAX_COLUMNS) {
            return schemaLimit();
        }
        if (state.tables().size() >= MAX_TABLES) {
            return Verdict.reject(ProblemCode.TABLE_LIMIT, "the catalog holds " + MAX_TABLES + " tables");
        }
        return null;
    }

    private Namespace addNamespace(final String name, final boolean autoCreateTables, final long nowUs) {
        final Namespace namespace = new Namespace(state.nextNamespaceId++, name, nowUs, autoCreateTables);
        state.put(namespace);
        return namespace;
    }

    private static Verdict schemaLimit() {
        return Verdict.reject(
            ProblemCode.SCHEMA_LIMIT, "a table has at most " + MAX_COLUMNS + " dimensions and " + MAX_COLUMNS + " metrics");
    }
}
