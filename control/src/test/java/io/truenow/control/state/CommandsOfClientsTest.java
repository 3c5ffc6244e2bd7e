package io.truenow.control.state;

import io.truenow.codecs.control.CommandReplyDecoder;
import io.truenow.codecs.control.CommandStatus;
import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.codecs.control.ServiceKind;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** What a command's frame, its client's session and its expected version do to it, whatever it asks for. */
class CommandsOfClientsTest {
    private static final int PREFIX = MessageHeaderEncoder.ENCODED_LENGTH + 3 * Long.BYTES;

    private final Machine machine = new Machine();

    @Test
    void aReplyNamesItsCommand() {
        machine.apply(Commands.createNamespace(7, 4, -1, "a", true));
        final CommandReplyDecoder reply = Commands.reply(machine.apply(Commands.createNamespace(7, 5, -1, "b", true)));
        assertEquals(7, reply.clientId());
        assertEquals(5, reply.sequence());
        assertEquals(2, reply.catalogVersion());
        assertEquals(2, reply.resultId());
        assertEquals(CommandStatus.OK, reply.status());
        final CommandReplyDecoder refusal = Commands.reply(machine.apply(Commands.createNamespace(7, 6, -1, "b", true)));
        assertEquals(CommandStatus.REJECTED, refusal.status());
        // what is there already is named, so that the caller can go on with it
        assertEquals(2, refusal.resultId());
        final CommandReplyDecoder stale = Commands.reply(machine.apply(Commands.createNamespace(7, 5, -1, "c", true)));
        assertEquals("stale_command", stale.code());
        assertEquals(5, stale.sequence());
        assertEquals(2, machine.stateMachine.version());
    }

    @Test
    void whatIsNoCommandHasNoReplyAndNoSession() {
        final byte[] command = Commands.createNamespace(7, 1, -1, "a", true);
        assertNull(machine.apply(Arrays.copyOf(command, PREFIX - 1)));
        assertNull(machine.apply(withShort(command, 4, 999)));
        assertNull(machine.apply(withShort(command, 0, 3 * Long.BYTES - 1)));
        // as long as a command's beginning, it can be answered
        assertEquals("malformed_command", Commands.code(machine.apply(Arrays.copyOf(command, PREFIX))));
        assertEquals(0, machine.stateMachine.version());
        assertEquals("", Commands.code(machine.apply(Commands.createNamespace(7, 2, -1, "a", true))));
    }

    @Test
    void aCommandBehindOthersInTheLogIsReadWhereItStands() {
        final byte[] command = Commands.createNamespace(7, 1, -1, "abc", true);
        final UnsafeBuffer log = new UnsafeBuffer(new byte[command.length + 64]);
        log.putBytes(24, command);
        assertNotNull(machine.stateMachine.onCommand(log, 24, command.length, machine.nowUs));
        assertNotNull(machine.catalog().namespace("abc"));
    }

    @Test
    void theExpectedVersionHoldsForEachCommandOfABatch() {
        machine.apply(Commands.createNamespace(7, 1, -1, "a", true));
        final byte[] reply = machine.apply(Commands.batch(7, 2,
            Commands.createNamespace(7, 0, 1, "b", true), Commands.createNamespace(7, 0, 2, "c", true)));
        assertEquals(List.of("", "version_conflict"), Commands.replies(reply).stream().map(CommandReplyDecoder::code).toList());
        // and of the batch as a whole
        final byte[] whole = Commands.batch(7, 3, Commands.createNamespace(7, 0, -1, "d", true));
        new UnsafeBuffer(whole).putLong(PREFIX - Long.BYTES, 1, ByteOrder.LITTLE_ENDIAN);
        assertEquals("version_conflict", Commands.code(machine.apply(whole)));
        new UnsafeBuffer(whole).putLong(PREFIX - 2 * Long.BYTES, 4, ByteOrder.LITTLE_ENDIAN);
        new UnsafeBuffer(whole).putLong(PREFIX - Long.BYTES, 2, ByteOrder.LITTLE_ENDIAN);
        assertEquals(List.of(""), Commands.replies(machine.apply(whole)).stream().map(CommandReplyDecoder::code).toList());
        assertEquals(List.of("a", "b", "d"), machine.catalog().namespaces().values().stream().map(n -> n.name()).toList());
    }

    @Test
    void commandsOfABatchThatAreNoneAreRefusedAlone() {
        final byte[] other = withShort(Commands.createNamespace(7, 0, -1, "x", true), 4, 999);
        final byte[] reply = machine.apply(Commands.batch(7, 1, other, new byte[PREFIX - 1], new byte[0],
            Commands.createNamespace(7, 0, -1, "y", true)));
        assertEquals(List.of("malformed_command", "malformed_command", "malformed_command", ""),
            Commands.replies(reply).stream().map(CommandReplyDecoder::code).toList());
    }

    @Test
    void aSessionIsForgottenAfterTenMinutesOfSilence() {
        final byte[] command = Commands.createNamespace(7, 5, -1, "a", true);
        final byte[] reply = machine.apply(command);
        machine.nowUs += CommandSessions.IDLE_TIMEOUT_US;
        machine.stateMachine.onTimer(machine.nowUs);
        assertArrayEquals(reply, machine.apply(command));
        machine.nowUs += 1;
        machine.stateMachine.onTimer(machine.nowUs);
        assertEquals("namespace_exists", Commands.code(machine.apply(command)));
    }

    @Test
    void theSessionsThatWereSilentLongestMakeRoom() {
        for (int client = 1; client <= CommandSessions.MAX_SESSIONS; client++) {
            machine.nowUs++;
            machine.apply(Commands.createNamespace(client, 5, -1, "n" + client, true));
        }
        // the first one speaks again, so the second is the oldest
        machine.nowUs++;
        machine.apply(Commands.createNamespace(1, 6, -1, "again", true));
        machine.nowUs++;
        machine.apply(Commands.createNamespace(9_999, 1, -1, "new", true));
        assertEquals("stale_command", Commands.code(machine.apply(Commands.createNamespace(1, 5, -1, "x", true))));
        assertEquals("stale_command", Commands.code(machine.apply(Commands.createNamespace(3, 4, -1, "x", true))));
        assertEquals("namespace_exists", Commands.code(machine.apply(Commands.createNamespace(2, 4, -1, "n2", true))));
        // that one has taken the place of the third
        assertEquals("namespace_exists", Commands.code(machine.apply(Commands.createNamespace(3, 4, -1, "n3", true))));
        assertArrayEquals(machine.snapshot(), machine.copyBySnapshot().snapshot());
    }

    @Test
    void whatWasAnsweredBeforeASnapshotIsNotCarriedOutAgainAfterIt() {
        final byte[] command = Commands.createNamespace(7, 1, -1, "once", true);
        final byte[] reply = machine.apply(command);
        machine.apply(Commands.createNamespace(8, 1, -1, "other", true));
        final Machine copy = machine.copyBySnapshot();
        final long version = copy.stateMachine.version();
        assertArrayEquals(reply, copy.apply(command), "the member that answered may be gone");
        assertEquals(version, copy.stateMachine.version());
        assertEquals("stale_command", Commands.code(copy.apply(Commands.createNamespace(7, 0, -1, "before", true))));
    }

    @Test
    void timePassingIsALookAtSessionsOnceAMinute() {
        assertEquals(machine.nowUs + 60_000_000, machine.stateMachine.nextTimerUs(machine.nowUs));
        machine.apply(Commands.register(1, 1, ServiceKind.QUERY, 1, 1, 0));
        assertEquals(machine.nowUs + 5_000_000, machine.stateMachine.nextTimerUs(machine.nowUs));
    }

    @Test
    void aChangeTellsWhatItFollows() {
        machine.stateMachine.onLeadershipTerm(machine.nowUs, 1);
        machine.apply(Commands.createNamespace(1, 1, -1, "a", true));
        machine.apply(Commands.createNamespace(1, 2, -1, "a", true));
        machine.apply(Commands.createNamespace(1, 3, -1, "b", true));
        final CatalogChange whole = machine.changes.getFirst();
        assertEquals(List.of(-1L, 0L, 1L), machine.changes.stream().map(CatalogChange::baseVersion).toList());
        assertEquals(List.of(0L, 1L, 2L), machine.changes.stream().map(CatalogChange::version).toList());
        machine.changes.forEach(change -> assertEquals(whole.catalogIdLow(), change.catalogIdLow()));
        machine.changes.forEach(change -> assertEquals(whole.catalogIdHigh(), change.catalogIdHigh()));
    }

    @Test
    void aSnapshotThatLacksAMessageIsRefused() {
        machine.apply(Commands.ensureTable(1, 1, "a", "t", List.of("d"), List.of("m"), false));
        final int[] messages = {0};
        machine.stateMachine.writeSnapshot((buffer, offset, length) -> messages[0]++);
        for (int lacking = 1; lacking < messages[0] - 1; lacking++) {
            final int left = lacking;
            final SnapshotReader reader = new Machine().stateMachine.snapshotReader();
            final int[] at = {0};
            // a table without its namespace cannot even be read
            assertThrows(RuntimeException.class, () -> machine.stateMachine.writeSnapshot((buffer, offset, length) -> {
                if (at[0]++ != left) {
                    reader.onMessage(buffer, offset, length);
                }
            }));
            assertEquals(false, reader.isDone());
        }
        final SnapshotReader reader = new Machine().stateMachine.snapshotReader();
        final byte[] unknown = withShort(Commands.createNamespace(7, 0, -1, "x", true), 2, 99);
        assertThrows(IllegalStateException.class, () -> reader.onMessage(new UnsafeBuffer(unknown), 0, unknown.length));
    }

    private static byte[] withShort(final byte[] command, final int at, final int value) {
        final byte[] copy = command.clone();
        new UnsafeBuffer(copy).putShort(at, (short) value, ByteOrder.LITTLE_ENDIAN);
        return copy;
    }
}
