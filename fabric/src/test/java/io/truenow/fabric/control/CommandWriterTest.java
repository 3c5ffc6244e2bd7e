package io.truenow.fabric.control;

import io.truenow.codecs.control.CreateNamespaceDecoder;
import io.truenow.codecs.control.EnsureTableDecoder;
import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.codecs.control.RegisterServiceDecoder;
import io.truenow.codecs.control.RenewLeaseDecoder;
import io.truenow.codecs.control.ServiceKind;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

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
            final UnsafeBuffer buffer = sent(writer.createNamespace("shöp", isOpen));
            final CreateNamespaceDecoder read = new CreateNamespaceDecoder().wrapAndApplyHeader(buffer, 0, header);
            assertEquals(List.of(CLIENT_ID, SEQUENCE, -1L, isOpen ? 1L : 0L),
                List.of(read.clientId(), read.sequence(), read.expectedVersion(), (long) read.autoCreateTables()));
            assertEquals("shöp", read.name());
            assertEquals(buffer.capacity(), read.limit());
        }
    }

    @Test
    void tables() {
        for (final boolean isOperator : new boolean[] {false, true}) {
            final List<String> dimensions = List.of("region", "product");
            final List<String> metrics = List.of("price");
            final UnsafeBuffer buffer = sent(isOperator
                ? writer.createTable("shop", "orders", dimensions, metrics, EventIdentity.ID_AND_TIME, 5, 1L << 60)
                : writer.ensureTable("shop", "orders", dimensions, metrics, 5, 1L << 60));
            final EnsureTableDecoder read = new EnsureTableDecoder().wrapAndApplyHeader(buffer, 0, header);
            assertEquals(List.of(CLIENT_ID, SEQUENCE, -1L, 5L, 1L << 60, isOperator ? 1L : 0L), List.of(read.clientId(), read.sequence(),
                read.expectedVersion(), read.hashKey0(), read.hashKey1(), (long) read.operatorRequest()));
            assertEquals(isOperator ? EventIdentity.ID_AND_TIME : EventIdentity.ID, read.identity());
            final List<String> names = new ArrayList<>();
            read.dimensions().forEach(dimension -> names.add(dimension.name()));
            read.metrics().forEach(metric -> names.add(metric.name()));
            names.add(read.namespaceName());
            names.add(read.tableName());
            assertEquals(List.of("region", "product", "price", "shop", "orders"), names);
            assertEquals(buffer.capacity(), read.limit());
        }
    }

    private static UnsafeBuffer sent(final UnsafeBuffer command) {
        CommandWriter.sequence(command, SEQUENCE);
        return command;
    }
}
