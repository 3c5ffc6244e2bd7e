package io.truenow.control.state;

import io.truenow.codecs.control.AlterTableDecoder;
import io.truenow.codecs.control.Choice;
import io.truenow.codecs.control.DropTableDecoder;
import io.truenow.codecs.control.EnsureTableDecoder;
import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.control.SchemaMode;
import io.truenow.fabric.catalog.Namespace;
import io.truenow.fabric.catalog.Names;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.catalog.TableProperties;
import io.truenow.fabric.problem.ProblemCode;

import java.util.List;

/** Creation, extension, change and removal of tables. */
final class TableCommands {
    static final int MAX_TABLES = 10_000;

    /** Owners that a shard is given. */
    static final int REPLICAS = 1;

    private static final int FIRST_VERSION = 1;

    private final CatalogState state;
    private final NamespaceCommands namespaces;

    TableCommands(final CatalogState state, final NamespaceCommands namespaces) {
        this.state = state;
        this.namespaces = namespaces;
    }

    /** What an {@link EnsureTableDecoder} says. */
    private record Wanted(
        String namespace,
        String table,
        boolean isOperatorRequest,
        EventIdentity identity,
        TableProperties properties,
        ColumnNames columns,
        long hashKey0,
        long hashKey1) {
        static Wanted of(final EnsureTableDecoder command) {
            final ColumnNames columns = new ColumnNames();
            // groups and variable parts stand in this order
            command.dimensions().forEach(dimension -> columns.dimensions().add(dimension.name()));
            command.metrics().forEach(metric -> columns.metrics().add(metric.name()));
            final String namespace = command.namespaceName();
            final String table = command.tableName();
            final long retentionUs = command.retentionUs() == EnsureTableDecoder.retentionUsNullValue()
                ? PropertyRules.DEFAULT_RETENTION_US : command.retentionUs();
            return new Wanted(
                namespace,
                table,
                command.operatorRequest() != 0,
                command.identity() == EventIdentity.NULL_VAL ? EventIdentity.ID : command.identity(),
                new TableProperties(retentionUs, command.schemaMode() == SchemaMode.CLOSED, command.description()),
                columns,
                command.hashKey0(),
                command.hashKey1());
        }

        Verdict check() {
            if (!Names.isIdentifier(namespace)) {
                return Verdict.reject(ProblemCode.INVALID_NAMESPACE, "a namespace's name is " + Names.IDENTIFIER_RULE);
            }
            if (!Names.isIdentifier(table)) {
                return Verdict.reject(ProblemCode.INVALID_TABLE, "a table's name is " + Names.IDENTIFIER_RULE);
            }
            return firstOf(
                columns.checkNames(),
                PropertyRules.checkRetention(properties.retentionUs()),
                PropertyRules.checkDescription(properties.description()));
        }
    }

    Verdict ensure(final EnsureTableDecoder command, final long nowUs) {
        final Wanted wanted = Wanted.of(command);
        final Verdict malformed = wanted.check();
        if (malformed != null) {
            return malformed;
        }
        final Table existing = state.table(wanted.namespace(), wanted.table());
        if (existing != null) {
            return wanted.isOperatorRequest()
                ? new Verdict(ProblemCode.TABLE_EXISTS, "there is a table of this name", existing.id())
                : extend(existing, wanted.columns());
        }
        final Namespace namespace = state.namespaces().get(wanted.namespace());
        final Verdict refusal = checkNew(namespace, wanted);
        if (refusal != null) {
            return refusal;
        }
        final Namespace home = namespace == null ? namespaces.add(wanted.namespace(), true, "", nowUs) : namespace;
        final int tableId = state.nextTableId++;
        final int shardId = state.nextShardId++;
        state.put(new Table(
            tableId, home.id(), home.name(), wanted.table(), nowUs, wanted.properties(), wanted.hashKey0(), wanted.hashKey1(),
            FIRST_VERSION, FIRST_VERSION, wanted.identity(), wanted.columns().dimensionList(), wanted.columns().metricList(),
            List.of(shardId)));
        state.put(new Shard(shardId, tableId, 0, FIRST_VERSION, Placement.propose(state, shardId, REPLICAS)));
        return Verdict.ok(tableId);
    }

    Verdict alter(final AlterTableDecoder command) {
        final Table table = state.tables().get(command.tableId());
        final ColumnNames columns = new ColumnNames();
        command.dimensions().forEach(dimension -> columns.dimensions().add(dimension.name()));
        command.metrics().forEach(metric -> columns.metrics().add(metric.name()));
        final String description = command.description();
        if (table == null) {
            return unknown();
        }
        final TableProperties former = table.properties();
        final TableProperties properties = new TableProperties(
            command.retentionUs() == AlterTableDecoder.retentionUsNullValue() ? former.retentionUs() : command.retentionUs(),
            command.schemaMode() == SchemaMode.NULL_VAL ? former.isClosed() : command.schemaMode() == SchemaMode.CLOSED,
            command.describe() == Choice.YES ? description : former.description());
        final ColumnNames all = columns.behindThoseOf(table);
        final Verdict refusal = firstOf(
            columns.checkNames(),
            all.checkCount(),
            PropertyRules.checkRetention(properties.retentionUs()),
            PropertyRules.checkDescription(properties.description()));
        if (refusal != null) {
            return refusal;
        }
        final Table next = table.with(properties);
        if (!all.areThoseOf(table)) {
            state.put(next.extendedTo(all.dimensionList(), all.metricList()));
        } else if (!next.equals(table)) {
            state.put(next);
        }
        return Verdict.ok(table.id());
    }

    Verdict drop(final DropTableDecoder command) {
        final Table table = state.tables().get(command.tableId());
        if (table == null) {
            return unknown();
        }
        table.shardIds().forEach(state.shards()::remove);
        state.tables().remove(table.id());
        return Verdict.ok(table.id());
    }

    private Verdict extend(final Table table, final ColumnNames columns) {
        final ColumnNames all = columns.behindThoseOf(table);
        if (all.areThoseOf(table)) {
            return Verdict.ok(table.id());
        }
        if (table.properties().isClosed()) {
            return Verdict.reject(ProblemCode.SCHEMA_CLOSED, "events may not add columns to this table: an operator may");
        }
        final Verdict refusal = all.checkCount();
        if (refusal != null) {
            return refusal;
        }
        state.put(table.extendedTo(all.dimensionList(), all.metricList()));
        return Verdict.ok(table.id());
    }

    private Verdict checkNew(final Namespace namespace, final Wanted wanted) {
        if (namespace == null) {
            final Verdict refusal = namespaces.checkNew(wanted.namespace());
            if (refusal != null) {
                return refusal;
            }
        } else if (!namespace.autoCreateTables() && !wanted.isOperatorRequest()) {
            return Verdict.reject(ProblemCode.TABLE_CREATION_FORBIDDEN, "the namespace's tables are created by an operator, not by events");
        }
        final Verdict refusal = wanted.columns().checkCount();
        if (refusal == null && state.tables().size() >= MAX_TABLES) {
            return Verdict.reject(ProblemCode.TABLE_LIMIT, "the catalog holds " + MAX_TABLES + " tables");
        }
        return refusal;
    }

    private static Verdict firstOf(final Verdict... refusals) {
        for (final Verdict refusal : refusals) {
            if (refusal != null) {
                return refusal;
            }
        }
        return null;
    }

    private static Verdict unknown() {
        return Verdict.reject(ProblemCode.UNKNOWN_TABLE, "there is no table of this id any more");
    }
}
