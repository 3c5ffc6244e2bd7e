package io.truenow.control.state;

import io.truenow.codecs.control.AlterNamespaceEncoder;
import io.truenow.codecs.control.AlterTableEncoder;
import io.truenow.codecs.control.Choice;
import io.truenow.codecs.control.CommandBatchEncoder;
import io.truenow.codecs.control.CommandBatchReplyDecoder;
import io.truenow.codecs.control.CommandReplyDecoder;
import io.truenow.codecs.control.CreateNamespaceEncoder;
import io.truenow.codecs.control.DropNamespaceEncoder;
import io.truenow.codecs.control.DropTableEncoder;
import io.truenow.codecs.control.EnsureTableEncoder;
import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.codecs.control.RegisterServiceEncoder;
import io.truenow.codecs.control.RenewLeaseEncoder;
import io.truenow.codecs.control.SchemaMode;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.fabric.catalog.RecordFrames;
import io.truenow.fabric.control.CatalogCommand;
import io.truenow.fabric.control.ServiceRegistration;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;

/** Encoded commands and decoded replies, for tests of the state machine alone. */
final class Commands {
    static final long ANY_VERSION = -1;

    private Commands() {
    }

    static byte[] createNamespace(
        final long clientId, final long sequence, final long expectedVersion, final String name, final boolean auto) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final CreateNamespaceEncoder encoder = new CreateNamespaceEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .clientId(clientId).sequence(sequence).expectedVersion(expectedVersion).autoCreateTables((short) (auto ? 1 : 0)).name(name)
            .description("");
        return bytes(buffer, encoder.encodedLength());
    }

    static byte[] ensureTable(
        final long clientId,
        final long sequence,
        final String namespace,
        final String table,
        final List<String> dimensions,
        final List<String> metrics,
        final boolean operator) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final EnsureTableEncoder encoder = new EnsureTableEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .clientId(clientId).sequence(sequence).expectedVersion(ANY_VERSION).hashKey0(sequence * 31).hashKey1(clientId * 17)
            .operatorRequest((short) (operator ? 1 : 0)).identity(EventIdentity.ID).schemaMode(SchemaMode.NULL_VAL)
            .retentionUs(EnsureTableEncoder.retentionUsNullValue());
        final EnsureTableEncoder.DimensionsEncoder dimensionsEncoder = encoder.dimensionsCount(dimensions.size());
        dimensions.forEach(name -> dimensionsEncoder.next().name(name));
        final EnsureTableEncoder.MetricsEncoder metricsEncoder = encoder.metricsCount(metrics.size());
        metrics.forEach(name -> metricsEncoder.next().name(name));
        encoder.namespaceName(namespace).tableName(table).description("");
        return bytes(buffer, encoder.encodedLength());
    }

    /** An {@link #ensureTable} that wants another identity, of whatever value. */
    static byte[] withIdentity(final byte[] ensureTable, final int identity) {
        ensureTable[MessageHeaderEncoder.ENCODED_LENGTH + EnsureTableEncoder.identityEncodingOffset()] = (byte) identity;
        return ensureTable;
    }

    /** An {@link #ensureTable} of an operator. */
    static byte[] createTable(final long clientId, final long sequence, final CatalogCommand.CreateTable wanted) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final EnsureTableEncoder encoder = new EnsureTableEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .clientId(clientId).sequence(sequence).expectedVersion(ANY_VERSION).hashKey0(sequence * 31).hashKey1(clientId * 17)
            .operatorRequest((short) 1).identity(wanted.identity())
            .schemaMode(wanted.properties().isClosed() ? SchemaMode.CLOSED : SchemaMode.OPEN)
            .retentionUs(wanted.properties().retentionUs());
        final EnsureTableEncoder.DimensionsEncoder dimensionsEncoder = encoder.dimensionsCount(wanted.dimensions().size());
        wanted.dimensions().forEach(name -> dimensionsEncoder.next().name(name));
        final EnsureTableEncoder.MetricsEncoder metricsEncoder = encoder.metricsCount(wanted.metrics().size());
        wanted.metrics().forEach(name -> metricsEncoder.next().name(name));
        encoder.namespaceName(wanted.namespace()).tableName(wanted.table()).description(wanted.properties().description());
        return bytes(buffer, encoder.encodedLength());
    }

    static byte[] alterNamespace(final long clientId, final long sequence, final CatalogCommand.AlterNamespace wanted) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final AlterNamespaceEncoder encoder = new AlterNamespaceEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .clientId(clientId).sequence(sequence).expectedVersion(ANY_VERSION).namespaceId(wanted.namespaceId())
            .autoCreateTables(choice(wanted.autoCreateTables())).describe(choice(wanted.description() != null))
            .description(wanted.description() == null ? "" : wanted.description());
        return bytes(buffer, encoder.encodedLength());
    }

    static byte[] dropNamespace(final long clientId, final long sequence, final int namespaceId) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final DropNamespaceEncoder encoder = new DropNamespaceEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .clientId(clientId).sequence(sequence).expectedVersion(ANY_VERSION).namespaceId(namespaceId);
        return bytes(buffer, encoder.encodedLength());
    }

    static byte[] alterTable(final long clientId, final long sequence, final CatalogCommand.AlterTable wanted) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final AlterTableEncoder encoder = new AlterTableEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .clientId(clientId).sequence(sequence).expectedVersion(ANY_VERSION)
            .retentionUs(wanted.retentionUs() == null ? AlterTableEncoder.retentionUsNullValue() : wanted.retentionUs())
            .tableId(wanted.tableId())
            .schemaMode(wanted.isClosed() == null ? SchemaMode.NULL_VAL : wanted.isClosed() ? SchemaMode.CLOSED : SchemaMode.OPEN)
            .describe(choice(wanted.description() != null));
        final AlterTableEncoder.DimensionsEncoder dimensionsEncoder = encoder.dimensionsCount(wanted.dimensions().size());
        wanted.dimensions().forEach(name -> dimensionsEncoder.next().name(name));
        final AlterTableEncoder.MetricsEncoder metricsEncoder = encoder.metricsCount(wanted.metrics().size());
        wanted.metrics().forEach(name -> metricsEncoder.next().name(name));
        encoder.description(wanted.description() == null ? "" : wanted.description());
        return bytes(buffer, encoder.encodedLength());
    }

    static byte[] dropTable(final long clientId, final long sequence, final int tableId) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final DropTableEncoder encoder = new DropTableEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .clientId(clientId).sequence(sequence).expectedVersion(ANY_VERSION).tableId(tableId);
        return bytes(buffer, encoder.encodedLength());
    }

    private static Choice choice(final Boolean value) {
        return value == null ? Choice.NULL_VAL : value ? Choice.YES : Choice.NO;
    }

    static byte[] register(
        final long clientId, final long sequence, final ServiceKind kind, final long key, final long incarnation, final int lanes) {
        return register(clientId, sequence, new ServiceRegistration(kind, key, ~key, incarnation, 1, "h", 1, 2, lanes, 5_000_000));
    }

    static byte[] register(final long clientId, final long sequence, final ServiceRegistration wanted) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final RegisterServiceEncoder encoder = new RegisterServiceEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .clientId(clientId).sequence(sequence).expectedVersion(ANY_VERSION).instanceKeyHigh(wanted.instanceKeyHigh())
            .instanceKeyLow(wanted.instanceKeyLow()).incarnation(wanted.incarnation()).driverId(wanted.driverId())
            .leaseUs(wanted.leaseUs()).lanes(wanted.lanes()).aeronPort(wanted.aeronPort()).httpPort(wanted.httpPort())
            .kind(wanted.kind()).host(wanted.host());
        return bytes(buffer, encoder.encodedLength());
    }

    static byte[] renew(final long clientId, final long sequence, final int serviceId, final long incarnation, final boolean leave) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final RenewLeaseEncoder encoder = new RenewLeaseEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .clientId(clientId).sequence(sequence).expectedVersion(ANY_VERSION).incarnation(incarnation).serviceId(serviceId)
            .leave((short) (leave ? 1 : 0));
        return bytes(buffer, encoder.encodedLength());
    }

    static byte[] batch(final long clientId, final long sequence, final byte[]... commands) {
        final ExpandableArrayBuffer frames = new ExpandableArrayBuffer();
        int at = 0;
        for (final byte[] command : commands) {
            at = RecordFrames.append(frames, at, new UnsafeBuffer(command), command.length);
        }
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final CommandBatchEncoder encoder = new CommandBatchEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .clientId(clientId).sequence(sequence).expectedVersion(ANY_VERSION).putCommands(frames, 0, at);
        return bytes(buffer, encoder.encodedLength());
    }

    /** Of each command in a batch. */
    static List<CommandReplyDecoder> replies(final byte[] bytes) {
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        final CommandBatchReplyDecoder decoder = new CommandBatchReplyDecoder().wrapAndApplyHeader(buffer, 0, new MessageHeaderDecoder());
        final List<CommandReplyDecoder> replies = new ArrayList<>();
        final int length = decoder.repliesLength();
        RecordFrames.forEach(buffer, decoder.limit() + CommandBatchReplyDecoder.repliesHeaderLength(), length, (at, ignored) ->
            replies.add(new CommandReplyDecoder().wrapAndApplyHeader(buffer, at, new MessageHeaderDecoder())));
        return replies;
    }

    static CommandReplyDecoder reply(final byte[] bytes) {
        return new CommandReplyDecoder().wrapAndApplyHeader(new UnsafeBuffer(bytes), 0, new MessageHeaderDecoder());
    }

    /** Empty if the command was carried out. */
    static String code(final byte[] reply) {
        return reply(reply).code();
    }

    static long resultId(final byte[] reply) {
        return reply(reply).resultId();
    }

    private static byte[] bytes(final ExpandableArrayBuffer buffer, final int encodedLength) {
        final byte[] bytes = new byte[MessageHeaderEncoder.ENCODED_LENGTH + encodedLength];
        buffer.getBytes(0, bytes);
        return bytes;
    }
}
