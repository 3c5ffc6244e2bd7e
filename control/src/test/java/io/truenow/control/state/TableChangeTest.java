package io.truenow.control.state;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.fabric.catalog.Namespace;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.catalog.TableProperties;
import io.truenow.fabric.control.CatalogCommand;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What an operator changes about namespaces and tables, and what goes with what is dropped. */
class TableChangeTest {
    private static final long HOUR_US = TimeUnit.HOURS.toMicros(1);

    private final Machine machine = new Machine();
    private long sequence;

    @Test
    void aTableIsCreatedWithItsProperties() {
        final TableProperties properties = new TableProperties(6 * HOUR_US, true, "orders of the shop");
        assertEquals("", create("t", properties));
        for (final Machine each : List.of(machine, machine.copyBySnapshot())) {
            assertEquals(properties, each.catalog().table("a", "t").properties());
        }
        assertEquals("invalid_retention", create("short", TableProperties.open(TimeUnit.MINUTES.toMicros(10) - 1)));
        assertEquals("invalid_retention", create("long", TableProperties.open(24 * HOUR_US + 1)));
        assertEquals("invalid_retention", create("zero", TableProperties.open(0)));
        assertEquals("", create("least", TableProperties.open(TimeUnit.MINUTES.toMicros(10))));
        assertEquals("invalid_description", create("told", new TableProperties(HOUR_US, false, "é".repeat(513))));
        assertEquals("", create("told", new TableProperties(HOUR_US, false, "é".repeat(512))));
        assertEquals(3, machine.catalog().tables().size());
    }

    @Test
    void eachPropertyIsChangedAloneAndWhatIsNotToldStays() {
        create("t", new TableProperties(6 * HOUR_US, true, "first"));
        final Table table = machine.catalog().table(1);
        assertEquals("", alter(1, HOUR_US, null, null));
        assertEquals(table.with(new TableProperties(HOUR_US, true, "first")), machine.catalog().table(1));
        assertEquals("", alter(1, null, false, null));
        assertEquals(table.with(new TableProperties(HOUR_US, false, "first")), machine.catalog().table(1));
        assertEquals("", alter(1, null, null, ""));
        assertEquals(table.with(new TableProperties(HOUR_US, false, "")), machine.catalog().table(1));
        final long version = machine.stateMachine.version();
        assertEquals("", alter(1, HOUR_US, false, ""));
        assertEquals(version, machine.stateMachine.version(), "nothing has changed");
        assertEquals("invalid_retention", alter(1, 1L, null, "x"));
        assertEquals("invalid_description", alter(1, null, null, "x".repeat(1_025)));
        assertEquals("unknown_table", alter(2, null, null, "x"));
        assertEquals(version, machine.stateMachine.version());
    }

    @Test
    void aClosedTableGetsColumnsFromOperatorsOnly() {
        create("t", new TableProperties(HOUR_US, true, ""));
        assertEquals("schema_closed", extend("t", List.of("x"), List.of()));
        assertEquals("schema_closed", extend("t", List.of(), List.of("y")));
        assertEquals("", extend("t", List.of("d"), List.of("m")), "what it has it need not be given");
        assertEquals("", Commands.code(machine.apply(Commands.alterTable(1, ++sequence,
            new CatalogCommand.AlterTable(1, null, null, null, List.of("d", "x"), List.of("y"))))));
        final Table table = machine.catalog().table(1);
        assertEquals(List.of("d", "x"), table.dimensions());
        assertEquals(List.of("m", "y"), table.metrics());
        assertEquals(2, table.schemaVersion());
        assertTrue(table.properties().isClosed());
        assertEquals("invalid_dimension", Commands.code(machine.apply(Commands.alterTable(1, ++sequence,
            new CatalogCommand.AlterTable(1, null, null, null, List.of("\n"), List.of())))));
        assertEquals("schema_limit", Commands.code(machine.apply(Commands.alterTable(1, ++sequence,
            new CatalogCommand.AlterTable(1, null, null, null, IntStream.range(0, 127).mapToObj(i -> "n" + i).toList(), List.of())))));
        assertEquals("", alter(1, null, false, null));
        assertEquals("", extend("t", List.of("z"), List.of()));
        assertEquals(List.of("d", "x", "z"), machine.catalog().table(1).dimensions());
    }

    @Test
    void aDroppedTableGoesWithItsShardsAndItsNameIsFree() {
        machine.apply(Commands.register(9, 1, ServiceKind.HOT_TIER, 1, 1, 2));
        create("t", TableProperties.open(HOUR_US));
        create("u", TableProperties.open(HOUR_US));
        final Catalog before = published();
        assertEquals(2, before.shards().size());
        assertEquals("", drop(1));
        for (final Catalog catalog : List.of(machine.catalog(), machine.copyBySnapshot().catalog(), published())) {
            assertNull(catalog.table(1));
            assertNull(catalog.table("a", "t"));
            assertNull(catalog.shard(1));
            assertNotNull(catalog.table("a", "u"));
            assertEquals(1, catalog.shards().size());
        }
        assertEquals("unknown_table", drop(1));
        assertEquals("", extend("t", List.of("d"), List.of()));
        final Table again = machine.catalog().table("a", "t");
        assertEquals(3, again.id(), "an id is not given again");
        assertEquals(List.of(3), again.shardIds());
        assertEquals(List.of("d"), again.dimensions());
    }

    @Test
    void whatIsMadeAndDroppedInOneVersionWasNever() {
        final byte[] reply = machine.apply(Commands.batch(1, ++sequence,
            Commands.ensureTable(1, 0, "a", "t", List.of(), List.of(), true), Commands.dropTable(1, 0, 1)));
        Commands.replies(reply).forEach(each -> assertEquals("", each.code()));
        assertEquals(0, published().tables().size());
        assertEquals(0, machine.catalog().tables().size());
        assertNotNull(published().namespace("a"));
    }

    @Test
    void namespacesAreChangedAndDroppedWhenTheyAreEmpty() {
        machine.apply(Commands.createNamespace(1, ++sequence, -1, "a", true));
        final Namespace namespace = machine.catalog().namespace("a");
        assertEquals("", alterNamespace(1, false, null));
        assertFalse(machine.catalog().namespace("a").autoCreateTables());
        assertEquals("", alterNamespace(1, null, "those of A"));
        assertEquals(namespace.with(false, "those of A"), machine.catalog().namespace("a"));
        assertEquals("invalid_description", alterNamespace(1, true, "x".repeat(1_025)));
        assertEquals("unknown_namespace", alterNamespace(2, true, null));
        assertEquals(namespace.with(false, "those of A"), machine.copyBySnapshot().catalog().namespace("a"));
        final long version = machine.stateMachine.version();
        assertEquals("", alterNamespace(1, null, null));
        assertEquals(version, machine.stateMachine.version());
        create("t", TableProperties.open(HOUR_US));
        assertEquals("namespace_not_empty", dropNamespace(1));
        assertEquals("", drop(1));
        assertEquals("", dropNamespace(1));
        assertEquals("unknown_namespace", dropNamespace(1));
        assertEquals(0, machine.catalog().namespaces().size());
        assertEquals(0, published().namespaces().size());
        assertEquals(2, Commands.resultId(machine.apply(Commands.createNamespace(1, ++sequence, -1, "a", true))));
    }

    /** What a view has that has followed every change. */
    private Catalog published() {
        final CatalogBuilder builder = new CatalogBuilder();
        machine.changes.forEach(change -> builder.apply(new UnsafeBuffer(change.records()), 0, change.records().length));
        return builder.build(machine.stateMachine.version());
    }

    private String create(final String table, final TableProperties properties) {
        return Commands.code(machine.apply(Commands.createTable(1, ++sequence,
            new CatalogCommand.CreateTable("a", table, EventIdentity.ID, properties, List.of("d"), List.of("m")))));
    }

    private String extend(final String table, final List<String> dimensions, final List<String> metrics) {
        return Commands.code(machine.apply(Commands.ensureTable(1, ++sequence, "a", table, dimensions, metrics, false)));
    }

    private String alter(final int tableId, final Long retentionUs, final Boolean isClosed, final String description) {
        return Commands.code(machine.apply(Commands.alterTable(1, ++sequence,
            new CatalogCommand.AlterTable(tableId, retentionUs, isClosed, description, List.of(), List.of()))));
    }

    private String drop(final int tableId) {
        return Commands.code(machine.apply(Commands.dropTable(1, ++sequence, tableId)));
    }

    private String alterNamespace(final int id, final Boolean autoCreateTables, final String description) {
        return Commands.code(machine.apply(Commands.alterNamespace(1, ++sequence,
            new CatalogCommand.AlterNamespace(id, autoCreateTables, description))));
    }

    private String dropNamespace(final int id) {
        return Commands.code(machine.apply(Commands.dropNamespace(1, ++sequence, id)));
    }
}
