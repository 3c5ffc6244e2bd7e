package io.truenow.fabric.control;

import io.truenow.codecs.control.AlterNamespaceEncoder;
import io.truenow.codecs.control.AlterTableEncoder;
import io.truenow.codecs.control.Choice;
import io.truenow.codecs.control.CreateNamespaceEncoder;
import io.truenow.codecs.control.DropNamespaceEncoder;
import io.truenow.codecs.control.DropTableEncoder;
import io.truenow.codecs.control.EnsureTableEncoder;
import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.codecs.control.RegisterServiceEncoder;
import io.truenow.codecs.control.RenewLeaseEncoder;
import io.truenow.codecs.control.SchemaMode;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.util.List;
import java.util.function.LongSupplier;

/** Encodes commands on the caller's thread; the sequence is set when the command's turn comes. One instance a command. */
final class CommandWriter {
    /** Every command's first fields are client id and sequence. */
    private static final int SEQUENCE_OFFSET = MessageHeaderEncoder.ENCODED_LENGTH + Long.BYTES;

    private final long clientId;
    private final ExpandableArrayBuffer target = new ExpandableArrayBuffer(512);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();

    CommandWriter(final long clientId) {
        this.clientId = clientId;
    }

    static void sequence(final MutableDirectBuffer command, final long sequence) {
        command.putLong(SEQUENCE_OFFSET, sequence, ByteOrder.LITTLE_ENDIAN);
    }

    UnsafeBuffer registerService(final ServiceRegistration registration) {
        final RegisterServiceEncoder encoder = new RegisterServiceEncoder();
        encoder.wrapAndApplyHeader(target, 0, header)
            .clientId(clientId)
            .sequence(0)
            .expectedVersion(ControlClient.ANY_VERSION)
            .instanceKeyHigh(registration.instanceKeyHigh())
            .instanceKeyLow(registration.instanceKeyLow())
            .incarnation(registration.incarnation())
            .driverId(registration.driverId())
            .leaseUs(registration.leaseUs())
            .lanes(registration.lanes())
            .aeronPort(registration.aeronPort())
            .httpPort(registration.httpPort())
            .kind(registration.kind())
            .host(registration.host());
        return encoded(encoder.encodedLength());
    }

    UnsafeBuffer renewLease(final int serviceId, final long incarnation, final boolean leave) {
        final RenewLeaseEncoder encoder = new RenewLeaseEncoder();
        encoder.wrapAndApplyHeader(target, 0, header)
            .clientId(clientId)
            .sequence(0)
            .expectedVersion(ControlClient.ANY_VERSION)
            .incarnation(incarnation)
            .serviceId(serviceId)
            .leave((short) (leave ? 1 : 0));
        return encoded(encoder.encodedLength());
    }

    /** A table that events ask for. */
    UnsafeBuffer ensureTable(
        final String namespace,
        final String table,
        final List<String> dimensions,
        final List<String> metrics,
        final long hashKey0,
        final long hashKey1) {
        final EnsureTableEncoder encoder = new EnsureTableEncoder().wrapAndApplyHeader(target, 0, header)
            .clientId(clientId)
            .sequence(0)
            .expectedVersion(ControlClient.ANY_VERSION)
            .hashKey0(hashKey0)
            .hashKey1(hashKey1)
            .operatorRequest((short) 0)
            .identity(EventIdentity.ID)
            .schemaMode(SchemaMode.OPEN)
            .retentionUs(EnsureTableEncoder.retentionUsNullValue());
        putColumns(encoder, dimensions, metrics);
        encoder.namespaceName(namespace).tableName(table).description("");
        return encoded(encoder.encodedLength());
    }

    UnsafeBuffer change(final CatalogCommand command, final long expectedVersion, final LongSupplier random) {
        return switch (command) {
            case CatalogCommand.CreateNamespace it -> createNamespace(it, expectedVersion);
            case CatalogCommand.AlterNamespace it -> alterNamespace(it, expectedVersion);
            case CatalogCommand.DropNamespace it -> dropNamespace(it, expectedVersion);
            case CatalogCommand.CreateTable it -> createTable(it, expectedVersion, random.getAsLong(), random.getAsLong());
            case CatalogCommand.AlterTable it -> alterTable(it, expectedVersion);
            case CatalogCommand.DropTable it -> dropTable(it, expectedVersion);
        };
    }

    private UnsafeBuffer createNamespace(final CatalogCommand.CreateNamespace command, final long expectedVersion) {
        final CreateNamespaceEncoder encoder = new CreateNamespaceEncoder();
        encoder.wrapAndApplyHeader(target, 0, header)
            .clientId(clientId)
            .sequence(0)
            .expectedVersion(expectedVersion)
            .autoCreateTables((short) (command.autoCreateTables() ? 1 : 0))
            .name(command.name())
            .description(command.description());
        return encoded(encoder.encodedLength());
    }

    private UnsafeBuffer alterNamespace(final CatalogCommand.AlterNamespace command, final long expectedVersion) {
        final AlterNamespaceEncoder encoder = new AlterNamespaceEncoder();
        encoder.wrapAndApplyHeader(target, 0, header)
            .clientId(clientId)
            .sequence(0)
            .expectedVersion(expectedVersion)
            .namespaceId(command.namespaceId())
            .autoCreateTables(choice(command.autoCreateTables()))
            .describe(choice(command.description() != null))
            .description(orEmpty(command.description()));
        return encoded(encoder.encodedLength());
    }

    private UnsafeBuffer dropNamespace(final CatalogCommand.DropNamespace command, final long expectedVersion) {
        final DropNamespaceEncoder encoder = new DropNamespaceEncoder();
        encoder.wrapAndApplyHeader(target, 0, header)
            .clientId(clientId)
            .sequence(0)
            .expectedVersion(expectedVersion)
            .namespaceId(command.namespaceId());
        return encoded(encoder.encodedLength());
    }

    private UnsafeBuffer createTable(
        final CatalogCommand.CreateTable command, final long expectedVersion, final long hashKey0, final long hashKey1) {
        final EnsureTableEncoder encoder = new EnsureTableEncoder().wrapAndApplyHeader(target, 0, header)
            .clientId(clientId)
            .sequence(0)
            .expectedVersion(expectedVersion)
            .hashKey0(hashKey0)
            .hashKey1(hashKey1)
            .operatorRequest((short) 1)
            .identity(command.identity())
            .schemaMode(schemaMode(command.properties().isClosed()))
            .retentionUs(command.properties().retentionUs());
        putColumns(encoder, command.dimensions(), command.metrics());
        encoder.namespaceName(command.namespace()).tableName(command.table()).description(command.properties().description());
        return encoded(encoder.encodedLength());
    }

    private UnsafeBuffer alterTable(final CatalogCommand.AlterTable command, final long expectedVersion) {
        final AlterTableEncoder encoder = new AlterTableEncoder().wrapAndApplyHeader(target, 0, header)
            .clientId(clientId)
            .sequence(0)
            .expectedVersion(expectedVersion)
            .retentionUs(command.retentionUs() == null ? AlterTableEncoder.retentionUsNullValue() : command.retentionUs())
            .tableId(command.tableId())
            .schemaMode(command.isClosed() == null ? SchemaMode.NULL_VAL : schemaMode(command.isClosed()))
            .describe(choice(command.description() != null));
        final AlterTableEncoder.DimensionsEncoder dimensions = encoder.dimensionsCount(command.dimensions().size());
        command.dimensions().forEach(name -> dimensions.next().name(name));
        final AlterTableEncoder.MetricsEncoder metrics = encoder.metricsCount(command.metrics().size());
        command.metrics().forEach(name -> metrics.next().name(name));
        encoder.description(orEmpty(command.description()));
        return encoded(encoder.encodedLength());
    }

    private UnsafeBuffer dropTable(final CatalogCommand.DropTable command, final long expectedVersion) {
        final DropTableEncoder encoder = new DropTableEncoder();
        encoder.wrapAndApplyHeader(target, 0, header)
            .clientId(clientId)
            .sequence(0)
            .expectedVersion(expectedVersion)
            .tableId(command.tableId());
        return encoded(encoder.encodedLength());
    }

    private static void putColumns(final EnsureTableEncoder encoder, final List<String> dimensions, final List<String> metrics) {
        final EnsureTableEncoder.DimensionsEncoder dimensionsEncoder = encoder.dimensionsCount(dimensions.size());
        dimensions.forEach(name -> dimensionsEncoder.next().name(name));
        final EnsureTableEncoder.MetricsEncoder metricsEncoder = encoder.metricsCount(metrics.size());
        metrics.forEach(name -> metricsEncoder.next().name(name));
    }

    private static Choice choice(final Boolean value) {
        if (value == null) {
            return Choice.NULL_VAL;
        }
        return value ? Choice.YES : Choice.NO;
    }

    private static SchemaMode schemaMode(final boolean isClosed) {
        return isClosed ? SchemaMode.CLOSED : SchemaMode.OPEN;
    }

    private static String orEmpty(final String text) {
        return text == null ? "" : text;
    }

    private UnsafeBuffer encoded(final int lengthBytes) {
        return new UnsafeBuffer(target, 0, MessageHeaderEncoder.ENCODED_LENGTH + lengthBytes);
    }
}
