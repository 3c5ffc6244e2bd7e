package io.truenow.control.state;

import io.truenow.codecs.control.AlterNamespaceDecoder;
import io.truenow.codecs.control.AlterTableDecoder;
import io.truenow.codecs.control.CommandBatchDecoder;
import io.truenow.codecs.control.CommandBatchReplyEncoder;
import io.truenow.codecs.control.CommandReplyEncoder;
import io.truenow.codecs.control.CommandStatus;
import io.truenow.codecs.control.CreateNamespaceDecoder;
import io.truenow.codecs.control.DropNamespaceDecoder;
import io.truenow.codecs.control.DropTableDecoder;
import io.truenow.codecs.control.EnsureTableDecoder;
import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.codecs.control.RegisterServiceDecoder;
import io.truenow.codecs.control.RenewLeaseDecoder;
import io.truenow.fabric.catalog.RecordFrames;
import io.truenow.fabric.problem.ProblemCode;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Carries out the log's entries. Deterministic: the outcome depends on the entries and their cluster time alone. One thread, the clustered
 * service's; committed changes are handed to a consumer, on that thread.
 */
public final class CatalogStateMachine {
    /** Sessions are looked through at least this often. */
    private static final long SWEEP_INTERVAL_US = 60_000_000L;
    /** clientId, sequence and expectedVersion begin every command. */
    private static final int COMMAND_PREFIX_LENGTH = 3 * Long.BYTES;
    private static final long ANY_VERSION = -1;

    private final CatalogState state = new CatalogState();
    private final CommandSessions sessions = new CommandSessions();
    private final NamespaceCommands namespaceCommands = new NamespaceCommands(state);
    private final TableCommands tableCommands = new TableCommands(state, namespaceCommands);
    private final ServiceCommands serviceCommands = new ServiceCommands(state);
    private final Consumer<CatalogChange> onChange;
    private final UnsafeBuffer entry = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer message = new UnsafeBuffer(0, 0);
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final RegisterServiceDecoder registerService = new RegisterServiceDecoder();
    private final RenewLeaseDecoder renewLease = new RenewLeaseDecoder();
    private final CreateNamespaceDecoder createNamespace = new CreateNamespaceDecoder();
    private final AlterNamespaceDecoder alterNamespace = new AlterNamespaceDecoder();
    private final DropNamespaceDecoder dropNamespace = new DropNamespaceDecoder();
    private final EnsureTableDecoder ensureTable = new EnsureTableDecoder();
    private final AlterTableDecoder alterTable = new AlterTableDecoder();
    private final DropTableDecoder dropTable = new DropTableDecoder();
    private final CommandBatchDecoder batch = new CommandBatchDecoder();
    private final ExpandableArrayBuffer replyBuffer = new ExpandableArrayBuffer(256);
    private final MessageHeaderEncoder replyHeader = new MessageHeaderEncoder();
    private final CommandReplyEncoder replyEncoder = new CommandReplyEncoder();

    /** An empty catalog, to be filled from a snapshot or the log. */
    public CatalogStateMachine(final Consumer<CatalogChange> onChange) {
        this.onChange = onChange;
    }

    /** Version of the last change. */
    public long version() {
        return state.version();
    }

    /**
     * A leader begins its term. The first one names the catalog; every one lets held leases begin anew.
     *
     * @param entropy what the log's entry has of randomness.
     */
    public void onLeadershipTerm(final long nowUs, final long entropy) {
        serviceCommands.restartLeases(nowUs);
        if (state.catalogIdHigh == 0 && state.catalogIdLow == 0) {
            state.catalogIdHigh = Placement.mix(nowUs);
            state.catalogIdLow = Placement.mix(entropy ^ state.catalogIdHigh);
            onChange.accept(whole());
        }
    }

    /** Cluster time has passed {@link #nextTimerUs}. */
    public void onTimer(final long nowUs) {
        serviceCommands.lapse(nowUs);
        sessions.expire(nowUs);
        commit();
    }

    /** When {@link #onTimer} has something to do next. */
    public long nextTimerUs(final long nowUs) {
        return Math.min(serviceCommands.nextLapseUs(), nowUs + SWEEP_INTERVAL_US);
    }

    /**
     * A client's message. Returns the encoded reply, or null where the message is no command at all.
     */
    public byte[] onCommand(final DirectBuffer buffer, final int offset, final int lengthBytes, final long nowUs) {
        if (lengthBytes < MessageHeaderDecoder.ENCODED_LENGTH + COMMAND_PREFIX_LENGTH) {
            return null;
        }
        // a malformed length must not reach what lies behind the message in the log, which may differ between members
        entry.wrap(buffer, offset, lengthBytes);
        header.wrap(entry, 0);
        if (header.schemaId() != MessageHeaderDecoder.SCHEMA_ID || header.blockLength() < COMMAND_PREFIX_LENGTH) {
            return null;
        }
        final int prefix = MessageHeaderDecoder.ENCODED_LENGTH;
        final long clientId = entry.getLong(prefix, ByteOrder.LITTLE_ENDIAN);
        final long sequence = entry.getLong(prefix + Long.BYTES, ByteOrder.LITTLE_ENDIAN);

        final CommandSessions.Session session = sessions.get(clientId);
        if (session != null && sequence == session.sequence()) {
            return session.reply();
        }
        if (session != null && sequence < session.sequence()) {
            return reply(
                clientId, sequence, Verdict.reject(ProblemCode.STALE_COMMAND, "a later command of this client has been carried out"));
        }
        final byte[] reply;
        if (header.templateId() == CommandBatchDecoder.TEMPLATE_ID) {
            reply = onBatch(clientId, sequence, nowUs);
        } else {
            final Verdict verdict = onOne(0, lengthBytes, nowUs);
            commit();
            reply = reply(clientId, sequence, verdict);
        }
        sessions.put(clientId, new CommandSessions.Session(sequence, nowUs, reply));
        return reply;
    }

    /** The whole catalog as a change. */
    public CatalogChange whole() {
        final FramedRecords records = new FramedRecords();
        state.write(records);
        return new CatalogChange(state.catalogIdHigh, state.catalogIdLow, -1, state.version(), records.bytes());
    }

    /** Whether the catalog has been named: before that there is nothing to publish. */
    public boolean isNamed() {
        return state.catalogIdHigh != 0 || state.catalogIdLow != 0;
    }

    /** Writes everything, message by message. */
    public void writeSnapshot(final SnapshotSink sink) {
        new SnapshotWriter(sink).write(state, sessions);
    }

    /** Reads what {@link #writeSnapshot} wrote into an empty machine, message by message. */
    public SnapshotReader snapshotReader() {
        return new SnapshotReader(state, sessions);
    }

    /** All in turn; the replies tell the version that holds what any of them changed. */
    private byte[] onBatch(final long clientId, final long sequence, final long nowUs) {
        final List<Verdict> verdicts = new ArrayList<>();
        try {
            batch.wrapAndApplyHeader(entry, 0, header);
            final int lengthBytes = batch.commandsLength();
            final int start = batch.limit() + CommandBatchDecoder.commandsHeaderLength();
            RecordFrames.check(entry, start, lengthBytes);
            if (isOther(batch.expectedVersion())) {
                return reply(clientId, sequence, versionConflict());
            }
            RecordFrames.forEach(entry, start, lengthBytes, (at, length) -> verdicts.add(onOne(at, length, nowUs)));
        } catch (final IndexOutOfBoundsException | IllegalArgumentException e) {
            // frames are checked before the first command is carried out
            return reply(clientId, sequence, malformed());
        }
        commit();
        int at = 0;
        final ExpandableArrayBuffer replies = new ExpandableArrayBuffer(verdicts.size() * 64 + 64);
        for (final Verdict verdict : verdicts) {
            final byte[] reply = reply(clientId, sequence, verdict);
            at = RecordFrames.append(replies, at, new UnsafeBuffer(reply), reply.length);
        }
        final CommandBatchReplyEncoder encoder = new CommandBatchReplyEncoder();
        encoder.wrapAndApplyHeader(replyBuffer, 0, replyHeader).clientId(clientId).sequence(sequence).putReplies(replies, 0, at);
        return encoded(encoder.encodedLength());
    }

    /** A command that stands in the entry, or is it. */
    private Verdict onOne(final int offset, final int lengthBytes, final long nowUs) {
        if (lengthBytes < MessageHeaderDecoder.ENCODED_LENGTH + COMMAND_PREFIX_LENGTH) {
            return malformed();
        }
        message.wrap(entry, offset, lengthBytes);
        header.wrap(message, 0);
        if (header.schemaId() != MessageHeaderDecoder.SCHEMA_ID) {
            return malformed();
        }
        final int expectedVersionAt = MessageHeaderDecoder.ENCODED_LENGTH + 2 * Long.BYTES;
        return isOther(message.getLong(expectedVersionAt, ByteOrder.LITTLE_ENDIAN)) ? versionConflict() : execute(nowUs);
    }

    private boolean isOther(final long expectedVersion) {
        return expectedVersion != ANY_VERSION && expectedVersion != state.version();
    }

    private static Verdict versionConflict() {
        return Verdict.reject(ProblemCode.VERSION_CONFLICT, "the catalog's version is another than expected");
    }

    private static Verdict malformed() {
        return Verdict.reject(ProblemCode.MALFORMED_COMMAND, "the command cannot be decoded");
    }

    private Verdict execute(final long nowUs) {
        try {
            return switch (header.templateId()) {
                case RegisterServiceDecoder.TEMPLATE_ID ->
                    serviceCommands.register(registerService.wrapAndApplyHeader(message, 0, header), nowUs);
                case RenewLeaseDecoder.TEMPLATE_ID ->
                    serviceCommands.renew(renewLease.wrapAndApplyHeader(message, 0, header), nowUs);
                case CreateNamespaceDecoder.TEMPLATE_ID ->
                    namespaceCommands.create(createNamespace.wrapAndApplyHeader(message, 0, header), nowUs);
                case AlterNamespaceDecoder.TEMPLATE_ID ->
                    namespaceCommands.alter(alterNamespace.wrapAndApplyHeader(message, 0, header));
                case DropNamespaceDecoder.TEMPLATE_ID ->
                    namespaceCommands.drop(dropNamespace.wrapAndApplyHeader(message, 0, header));
                case EnsureTableDecoder.TEMPLATE_ID ->
                    tableCommands.ensure(ensureTable.wrapAndApplyHeader(message, 0, header), nowUs);
                case AlterTableDecoder.TEMPLATE_ID ->
                    tableCommands.alter(alterTable.wrapAndApplyHeader(message, 0, header));
                case DropTableDecoder.TEMPLATE_ID ->
                    tableCommands.drop(dropTable.wrapAndApplyHeader(message, 0, header));
                default -> Verdict.reject(ProblemCode.UNKNOWN_COMMAND, "this version of the control plane does not know the command");
            };
        } catch (final IndexOutOfBoundsException | IllegalArgumentException e) {
            // every command is decoded as a whole before anything is changed
            return malformed();
        }
    }

    private void commit() {
        final long baseVersion = state.version();
        final byte[] records = state.commit();
        if (records != null) {
            onChange.accept(new CatalogChange(state.catalogIdHigh, state.catalogIdLow, baseVersion, state.version(), records));
        }
    }

    private byte[] reply(final long clientId, final long sequence, final Verdict verdict) {
        replyEncoder.wrapAndApplyHeader(replyBuffer, 0, replyHeader)
            .clientId(clientId)
            .sequence(sequence)
            .catalogVersion(state.version())
            .resultId(verdict.resultId())
            .status(verdict.isAccepted() ? CommandStatus.OK : CommandStatus.REJECTED)
            .code(verdict.code())
            .message(verdict.message());
        return encoded(replyEncoder.encodedLength());
    }

    private byte[] encoded(final int lengthBytes) {
        final byte[] bytes = new byte[MessageHeaderEncoder.ENCODED_LENGTH + lengthBytes];
        replyBuffer.getBytes(0, bytes);
        return bytes;
    }
}
