package io.truenow.fabric.control;

import io.truenow.codecs.control.CreateNamespaceEncoder;
import io.truenow.codecs.control.EnsureTableEncoder;
import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.codecs.control.RegisterServiceEncoder;
import io.truenow.codecs.control.RenewLeaseEncoder;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.util.List;

/** Encodes commands on the caller's thread; the sequence is set when the command's turn comes. One instance a command. */
final class CommandWriter {
    /** Every command's first fields are client id and sequence. */
    private static final int SEQUENCE_OFFSET = MessageHeaderEncoder.ENCODED_LENGTH + Long.BYTES;
    private static final long ANY_VERSION = -1;

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
            .expectedVersion(ANY_VERSION)
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
            .expectedVersion(ANY_VERSION)
            .incarnation(incarnation)
            .serviceId(serviceId)
            .leave((short) (leave ? 1 : 0));
        return encoded(encoder.encodedLength());
    }

    UnsafeBuffer createNamespace(final String name, final boolean autoCreateTables) {
        final CreateNamespaceEncoder encoder = new CreateNamespaceEncoder();
        encoder.wrapAndApplyHeader(target, 0, header)
            .clientId(clientId)
            .sequence(0)
            .expectedVersion(ANY_VERSION)
            .autoCreateTables((short) (autoCreateTables ? 1 : 0))
            .name(name);
        return encoded(encoder.encodedLength());
    }

    UnsafeBuffer ensureTable(
        final String namespace,
        final String table,
        final List<String> dimensions,
        final List<String> metrics,
        final long hashKey0,
        final long hashKey1) {
        return named(beginTable(false, EventIdentity.ID, hashKey0, hashKey1), namespace, table, dimensions, metrics);
    }

    UnsafeBuffer createTable(
        final String namespace,
        final String table,
        final List<String> dimensions,
        final List<String> metrics,
        final EventIdentity identity,
        final long hashKey0,
        final long hashKey1) {
        return named(beginTable(true, identity, hashKey0, hashKey1), namespace, table, dimensions, metrics);
    }

    private EnsureTableEncoder beginTable(
        final boolean isOperatorRequest, final EventIdentity identity, final long hashKey0, final long hashKey1) {
        return new EnsureTableEncoder().wrapAndApplyHeader(target, 0, header)
            .clientId(clientId)
            .sequence(0)
            .expectedVersion(ANY_VERSION)
            .hashKey0(hashKey0)
            .hashKey1(hashKey1)
            .operatorRequest((short) (isOperatorRequest ? 1 : 0))
            .identity(identity);
    }

    private UnsafeBuffer named(
        final EnsureTableEncoder encoder,
        final String namespace,
        final String table,
        final List<String> dimensions,
        final List<String> metrics) {
        final EnsureTableEncoder.DimensionsEncoder dimensionsEncoder = encoder.dimensionsCount(dimensions.size());
        for (final String dimension : dimensions) {
            dimensionsEncoder.next().name(dimension);
        }
        final EnsureTableEncoder.MetricsEncoder metricsEncoder = encoder.metricsCount(metrics.size());
        for (final String metric : metrics) {
            metricsEncoder.next().name(metric);
        }
        encoder.namespaceName(namespace).tableName(table);
        return encoded(encoder.encodedLength());
    }

    private UnsafeBuffer encoded(final int lengthBytes) {
        return new UnsafeBuffer(target, 0, MessageHeaderEncoder.ENCODED_LENGTH + lengthBytes);
    }
}
