package io.truenow.fabric.control;

import io.truenow.codecs.control.AlterNamespaceDecoder;
import io.truenow.codecs.control.AlterTableDecoder;
import io.truenow.codecs.control.Choice;
import io.truenow.codecs.control.CreateNamespaceDecoder;
import io.truenow.codecs.control.DropNamespaceDecoder;
import io.truenow.codecs.control.DropTableDecoder;
import io.truenow.codecs.control.EnsureTableDecoder;
import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.codecs.control.RegisterServiceDecoder;
import io.truenow.codecs.control.RenewLeaseDecoder;
import io.truenow.codecs.control.SchemaMode;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.fabric.catalog.TableProperties;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** What control reads is what was asked, for any version of the catalog; the sequence is set when the command is sent. */
class CommandWriterTest {
    private static final long CLIENT_ID = 77;
    private static final long SEQUENCE = 1L << 40;

    private final CommandWriter writer = new CommandWriter(CLIENT_ID);
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();

    @Test
    void registration() {
        final UnsafeBuffer buffer = sent(writer.registerService(
            new ServiceRegistration(ServiceKind.HOT_TIER, 1L << 50, 2L << 50, 3, 4, "höst", 5, 6, 7, 8_000_000)));
        final RegisterServiceDecoder read = new RegisterServiceDecoder().wrapAndApplyHeader(buffer, 0, header);
        assertEquals(List.of(CLIENT_ID, SEQUENCE, -1L, 1L << 50, 2L << 50, 3L, 4L, 8_000_000L), List.of(read.clientId(), read.sequence(),
            read.expectedVersion(), read.instanceKeyHigh(), read.instanceKeyLow(), read.incarnation(), read.driverId(), read.leaseUs()));
        assertEquals(List.of(5, 6, 7), List.of(read.aeronPort(), read.httpPort(), read.lanes()));
        assertEquals(ServiceKind.HOT_TIER, read.kind());
        assertEquals("höst", read.host());
        assertEquals(buffer.capacity(), read.limit());
    }

    @Test
    void leases() {
        for (final boolean isLeaving : new boolean[] {false, true}) {
            final UnsafeBuffer buffer = sent(writer.renewLease(9, 1L << 33, isLeaving));
            final RenewLeaseDecoder read = new RenewLeaseDecoder().wrapAndApplyHeader(buffer, 0, header);
            assertEquals(List.of(CLIENT_ID, SEQUENCE, -1L, 1L << 33, 9L, isLeaving ? 1L : 0L), List.of(read.clientId(), read.sequence(),
                read.expectedVersion(), read.incarnation(), (long) read.serviceId(), (long) read.leave()));
            assertEquals(buffer.capacity(), read.limit());
        }
    }

    @Test
    void namespaces() {
        for (final boolean isOpen : new boolean[] {false, true}) {
            final UnsafeBuffer buffer = change(new CatalogCommand.CreateNamespace("shöp", isOpen, "söld"), 12);
            final CreateNamespaceDecoder read = new CreateNamespaceDecoder().wrapAndApplyHeader(buffer, 0, header);
            assertEquals(List.of(CLIENT_ID, SEQUENCE, 12L, isOpen ? 1L : 0L),
                List.of(read.clientId(), read.sequence(), read.expectedVersion(), (long) read.autoCreateTables()));
            assertEquals(List.of("shöp", "söld"), List.of(read.name(), read.description()));
            assertEquals(buffer.capacity(), read.limit());
        }
    }

    @Test
    void changesOfNamespaces() {
        final UnsafeBuffer buffer = change(new CatalogCommand.AlterNamespace(9, false, ""), 13);
        final AlterNamespaceDecoder read = new AlterNamespaceDecoder().wrapAndApplyHeader(buffer, 0, header);
        assertEquals(List.of(CLIENT_ID, SEQUENCE, 13L, 9L),
            List.of(read.clientId(), read.sequence(), read.expectedVersion(), (long) read.namespaceId()));
        assertEquals(List.of(Choice.NO, Choice.YES, ""), List.of(read.autoCreateTables(), read.describe(), read.description()));
        final UnsafeBuffer nothing = change(new CatalogCommand.AlterNamespace(9, null, null), -1);
        read.wrapAndApplyHeader(nothing, 0, header);
        assertEquals(List.of(Choice.NULL_VAL, Choice.NO, ""), List.of(read.autoCreateTables(), read.describe(), read.description()));
        final DropNamespaceDecoder drop =
            new DropNamespaceDecoder().wrapAndApplyHeader(change(new CatalogCommand.DropNamespace(7), 14), 0, header);
        assertEquals(List.of(CLIENT_ID, SEQUENCE, 14L, 7L),
            List.of(drop.clientId(), drop.sequence(), drop.expectedVersion(), (long) drop.namespaceId()));
    }

    @Test
    void tables() {
        for (final boolean isOperator : new boolean[] {false, true}) {
            final List<String> dimensions = List.of("region", "product");
            final List<String> metrics = List.of("price");
            final UnsafeBuffer buffer = isOperator
                ? change(new CatalogCommand.CreateTable(
                    "shop", "orders", EventIdentity.ID_AND_TIME, new TableProperties(77, true, "söld"), dimensions, metrics), -1)
                : sent(writer.ensureTable("shop", "orders", dimensions, metrics, 5, 6));
            final EnsureTableDecoder read = new EnsureTableDecoder().wrapAndApplyHeader(buffer, 0, header);
            assertEquals(List.of(CLIENT_ID, SEQUENCE, -1L, 5L, 6L, isOperator ? 1L : 0L), List.of(read.clientId(), read.sequence(),
                read.expectedVersion(), read.hashKey0(), read.hashKey1(), (long) read.operatorRequest()));
            assertEquals(isOperator ? EventIdentity.ID_AND_TIME : EventIdentity.ID, read.identity());
            assertEquals(isOperator ? SchemaMode.CLOSED : SchemaMode.OPEN, read.schemaMode());
            assertEquals(isOperator ? 77 : EnsureTableDecoder.retentionUsNullValue(), read.retentionUs());
            final List<String> names = new ArrayList<>();
            read.dimensions().forEach(dimension -> names.add(dimension.name()));
            read.metrics().forEach(metric -> names.add(metric.name()));
            names.add(read.namespaceName());
            names.add(read.tableName());
            names.add(read.description());
            assertEquals(List.of("region", "product", "price", "shop", "orders", isOperator ? "söld" : ""), names);
            assertEquals(buffer.capacity(), read.limit());
        }
    }

    @Test
    void changesOfTables() {
        final AlterTableDecoder read = new AlterTableDecoder();
        final UnsafeBuffer buffer = change(new CatalogCommand.AlterTable(9, 77L, true, "söld", List.of("region"), List.of("price")), 13);
        read.wrapAndApplyHeader(buffer, 0, header);
        assertEquals(List.of(CLIENT_ID, SEQUENCE, 13L, 9L, 77L),
            List.of(read.clientId(), read.sequence(), read.expectedVersion(), (long) read.tableId(), read.retentionUs()));
        assertEquals(List.of(SchemaMode.CLOSED, Choice.YES), List.of(read.schemaMode(), read.describe()));
        final List<String> names = new ArrayList<>();
        read.dimensions().forEach(dimension -> names.add(dimension.name()));
        read.metrics().forEach(metric -> names.add(metric.name()));
        names.add(read.description());
        assertEquals(List.of("region", "price", "söld"), names);
        assertEquals(buffer.capacity(), read.limit());
        read.wrapAndApplyHeader(change(new CatalogCommand.AlterTable(9, null, null, null, List.of(), List.of()), 13), 0, header);
        assertEquals(AlterTableDecoder.retentionUsNullValue(), read.retentionUs());
        assertEquals(List.of(SchemaMode.NULL_VAL, Choice.NO), List.of(read.schemaMode(), read.describe()));
        final DropTableDecoder drop = new DropTableDecoder().wrapAndApplyHeader(change(new CatalogCommand.DropTable(7), 14), 0, header);
        assertEquals(List.of(CLIENT_ID, SEQUENCE, 14L, 7L),
            List.of(drop.clientId(), drop.sequence(), drop.expectedVersion(), (long) drop.tableId()));
    }

    /** The random numbers are 5, 6, .. */
    private UnsafeBuffer change(final CatalogCommand command, final long expectedVersion) {
        final AtomicLong random = new AtomicLong(5);
        return sent(new CommandWriter(CLIENT_ID).change(command, expectedVersion, random::getAndIncrement));
    }

    private static UnsafeBuffer sent(final UnsafeBuffer command) {
        CommandWriter.sequence(command, SEQUENCE);
        return command;
    }
}
