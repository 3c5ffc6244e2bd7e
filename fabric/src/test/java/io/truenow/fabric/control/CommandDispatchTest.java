package io.truenow.fabric.control;

import io.aeron.Publication;
import io.aeron.exceptions.AeronException;
import io.truenow.codecs.control.CommandBatchDecoder;
import io.truenow.codecs.control.CommandBatchReplyEncoder;
import io.truenow.codecs.control.CommandReplyEncoder;
import io.truenow.codecs.control.CommandStatus;
import io.truenow.codecs.control.CreateNamespaceDecoder;
import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.fabric.catalog.RecordFrames;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Commands on their way, by a clock of the test's own and a cluster that answers when it is told to. */
class CommandDispatchTest {
    private static final long CLIENT_ID = 77;
    private static final long TIMEOUT_NS = 5_000_000_000L;
    /** Near the end of the numbers: deadlines are compared by difference. */
    private static final long START_NS = Long.MAX_VALUE - 1_000_000_000L;

    private final Queue<PendingCommand> waiting = new ArrayDeque<>();
    private final CommandDispatch dispatch = new CommandDispatch(CLIENT_ID, waiting);
    private final List<byte[]> sent = new ArrayList<>();
    private long offered = 1;
    private long nowNs = START_NS;

    private long offer(final DirectBuffer buffer, final int lengthBytes) {
        if (offered > 0) {
            final byte[] bytes = new byte[lengthBytes];
            buffer.getBytes(0, bytes);
            sent.add(bytes);
        }
        return offered;
    }

    @Test
    void sendsEachCommandOnceWhileTheAnswerIsYoung() {
        final PendingCommand first = submit("a");
        assertEquals(2, dispatch.doWork(nowNs, this::offer));
        final PendingCommand second = submit("b");
        nowNs += CommandDispatch.RESEND_NS;
        assertEquals(0, dispatch.doWork(nowNs, this::offer));
        assertEquals(List.of("1 a"), sent.stream().map(CommandDispatchTest::describe).toList());
        reply(1, 9, 4);
        assertEquals(CommandReply.accepted(4, 9), first.future.resultNow());
        assertFalse(second.future.isDone());
        dispatch.doWork(nowNs, this::offer);
        assertEquals(List.of("1 a", "2 b"), sent.stream().map(CommandDispatchTest::describe).toList());
    }

    @Test
    void sendsAgainWithTheSameSequenceAndThenTakesTheSessionForDead() {
        submit("a");
        dispatch.doWork(nowNs, this::offer);
        nowNs += CommandDispatch.RESEND_NS + 1;
        assertEquals(1, dispatch.doWork(nowNs, this::offer));
        assertFalse(dispatch.isSessionDead());
        nowNs += CommandDispatch.RESEND_NS;
        assertEquals(0, dispatch.doWork(nowNs, this::offer));
        nowNs += 1;
        assertEquals(1, dispatch.doWork(nowNs, this::offer));
        assertTrue(dispatch.isSessionDead());
        assertEquals(List.of("1 a", "1 a"), sent.stream().map(CommandDispatchTest::describe).toList());
        // nothing more into a dead session; the next one is asked at once, twice again
        assertEquals(0, dispatch.doWork(nowNs, this::offer));
        dispatch.onNewSession();
        assertFalse(dispatch.isSessionDead());
        assertEquals(0, dispatch.doWork(nowNs, null));
        dispatch.doWork(nowNs, this::offer);
        nowNs += CommandDispatch.RESEND_NS + 1;
        dispatch.doWork(nowNs, this::offer);
        assertEquals(4, sent.size());
        assertFalse(dispatch.isSessionDead());
    }

    @Test
    void keepsTheDeadlineHoweverOftenItSends() {
        final PendingCommand command = submit("a");
        final long deadlineNs = nowNs + TIMEOUT_NS;
        while (nowNs - deadlineNs < 0) {
            dispatch.doWork(nowNs, this::offer);
            if (dispatch.isSessionDead()) {
                dispatch.onNewSession();
            }
            assertFalse(command.future.isDone());
            nowNs += CommandDispatch.RESEND_NS / 2;
        }
        nowNs = deadlineNs;
        dispatch.doWork(nowNs, this::offer);
        assertFalse(command.future.isDone());
        final int sends = sent.size();
        assertTrue(sends >= 6, () -> "sent again and again: " + sends);
        nowNs++;
        assertEquals(1, dispatch.doWork(nowNs, this::offer));
        assertInstanceOf(ControlUnavailableException.class, command.future.exceptionNow());
        // late: what is known to nobody is not sent
        nowNs += TIMEOUT_NS;
        assertEquals(0, dispatch.doWork(nowNs, this::offer));
        assertEquals(sends, sent.size());
    }

    @Test
    void isLateWithoutASessionToo() {
        final PendingCommand command = submit("a");
        nowNs += TIMEOUT_NS / 2;
        dispatch.doWork(nowNs, null);
        final PendingCommand later = submit("b");
        nowNs += TIMEOUT_NS / 2 + 1;
        dispatch.doWork(nowNs, null);
        assertTrue(command.future.isCompletedExceptionally());
        dispatch.doWork(nowNs, null);
        assertFalse(later.future.isDone());
        nowNs += TIMEOUT_NS / 2;
        dispatch.doWork(nowNs, null);
        assertTrue(later.future.isCompletedExceptionally());
        assertEquals(List.of(), sent);
    }

    @Test
    void commandsThatWaitGoTogetherAndEachKeepsItsOwnDeadline() {
        final PendingCommand first = submit("a");
        nowNs += 1_000_000_000L;
        final PendingCommand second = submit("b");
        dispatch.doWork(nowNs, this::offer);
        assertEquals("1 batch of 2", describe(sent.getFirst()));
        nowNs = START_NS + TIMEOUT_NS + 1;
        dispatch.doWork(nowNs, this::offer);
        assertTrue(first.future.isCompletedExceptionally());
        assertFalse(second.future.isDone());
        batchReply(1, 11, 12);
        assertEquals(12, second.future.resultNow().resultId());
        assertTrue(first.future.isCompletedExceptionally());
    }

    @Test
    void oneAnswerToABatchIsTheAnswerToEach() {
        final PendingCommand first = submit("a");
        final PendingCommand second = submit("b");
        dispatch.doWork(nowNs, this::offer);
        reply(1, 9, 4);
        assertEquals(CommandReply.accepted(4, 9), first.future.resultNow());
        assertEquals(CommandReply.accepted(4, 9), second.future.resultNow());
    }

    @Test
    void takesAsManyAsFitAndLeavesTheRest() {
        for (int i = 0; i < CommandFlight.MAX_COMMANDS + 1; i++) {
            submit("n" + i);
        }
        dispatch.doWork(nowNs, this::offer);
        assertEquals("1 batch of " + CommandFlight.MAX_COMMANDS, describe(sent.getFirst()));
        assertEquals(1, waiting.size());
        // and no more bytes than one message of the catalog's publication has room for
        reply(1, 9, 1);
        waiting.clear();
        for (int i = 0; i < 4; i++) {
            submit("n".repeat(CommandFlight.MAX_BATCH_BYTES / 3 - 200));
        }
        dispatch.doWork(nowNs, this::offer);
        assertEquals("2 batch of 3", describe(sent.getLast()));
        assertEquals(1, waiting.size());
    }

    @Test
    void answersToOthersAreNotOurs() {
        final PendingCommand command = submit("a");
        dispatch.doWork(nowNs, this::offer);
        replyTo(CLIENT_ID + 1, 1);
        reply(2, 9, 4);
        batchReply(2, 9);
        final ExpandableArrayBuffer other = new ExpandableArrayBuffer();
        new MessageHeaderEncoder().wrap(other, 0).schemaId(1).templateId(CommandReplyEncoder.TEMPLATE_ID);
        dispatch.onReply(other, 0);
        assertFalse(command.future.isDone());
        reply(1, 9, 4);
        assertTrue(command.future.isDone());
        // nothing is under way any more
        reply(1, 9, 4);
        batchReply(1, 9);
    }

    @Test
    void backPressureIsTriedAgainAndDoesNotCountAsSent() {
        submit("a");
        offered = Publication.BACK_PRESSURED;
        assertEquals(1, dispatch.doWork(nowNs, this::offer));
        assertEquals(0, dispatch.doWork(nowNs, this::offer));
        assertFalse(dispatch.isSessionDead());
        offered = 1;
        assertEquals(1, dispatch.doWork(nowNs, this::offer));
        assertEquals(0, dispatch.doWork(nowNs, this::offer));
        assertEquals(1, sent.size());
    }

    @Test
    void aSessionThatCannotBeWrittenToIsDead() {
        submit("a");
        offered = Publication.MAX_POSITION_EXCEEDED;
        dispatch.doWork(nowNs, this::offer);
        assertTrue(dispatch.isSessionDead());
        dispatch.onNewSession();
        assertEquals(1, dispatch.doWork(nowNs, (buffer, length) -> {
            throw new AeronException("closed");
        }));
        assertTrue(dispatch.isSessionDead());
    }

    @Test
    void aNewLeaderIsAskedAtOnceAndCountsTowardsTheLimit() {
        submit("a");
        dispatch.doWork(nowNs, this::offer);
        dispatch.onNewLeader();
        assertEquals(1, dispatch.doWork(nowNs, this::offer));
        nowNs += CommandDispatch.RESEND_NS + 1;
        dispatch.doWork(nowNs, this::offer);
        assertTrue(dispatch.isSessionDead());
        assertEquals(2, sent.size());
    }

    @Test
    void closingFailsWhatIsUnderWay() {
        final PendingCommand command = submit("a");
        dispatch.fail("nothing is");
        dispatch.doWork(nowNs, this::offer);
        dispatch.fail("closed");
        assertEquals("closed", command.future.exceptionNow().getMessage());
        assertEquals(0, dispatch.doWork(nowNs, this::offer));
    }

    private PendingCommand submit(final String name) {
        final UnsafeBuffer buffer = new CommandWriter(CLIENT_ID)
            .change(new CatalogCommand.CreateNamespace(name, true, ""), ControlClient.ANY_VERSION, () -> 0);
        final PendingCommand command = new PendingCommand(buffer, buffer.capacity(), nowNs + TIMEOUT_NS);
        waiting.add(command);
        return command;
    }

    private void reply(final long sequence, final long resultId, final long version) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        // as it stands in a fragment, behind others
        encodeReply(buffer, 16, CLIENT_ID, sequence, resultId, version);
        dispatch.onReply(buffer, 16);
    }

    private void replyTo(final long clientId, final long sequence) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        encodeReply(buffer, 0, clientId, sequence, 9, 4);
        dispatch.onReply(buffer, 0);
    }

    private void batchReply(final long sequence, final long... resultIds) {
        final ExpandableArrayBuffer frames = new ExpandableArrayBuffer();
        int at = 0;
        for (final long resultId : resultIds) {
            final ExpandableArrayBuffer one = new ExpandableArrayBuffer();
            at = RecordFrames.append(frames, at, one, encodeReply(one, 0, CLIENT_ID, sequence, resultId, 1));
        }
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        new CommandBatchReplyEncoder().wrapAndApplyHeader(buffer, 8, new MessageHeaderEncoder())
            .clientId(CLIENT_ID).sequence(sequence).putReplies(frames, 0, at);
        dispatch.onReply(buffer, 8);
    }

    private static int encodeReply(
        final ExpandableArrayBuffer buffer, final int offset, final long clientId, final long sequence, final long resultId,
        final long version) {
        final CommandReplyEncoder encoder = new CommandReplyEncoder();
        encoder.wrapAndApplyHeader(buffer, offset, new MessageHeaderEncoder()).clientId(clientId).sequence(sequence)
            .catalogVersion(version).resultId(resultId).status(CommandStatus.OK).code("").message("");
        return MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
    }

    /** Sequence and name of a command, or how many a batch has. */
    private static String describe(final byte[] message) {
        final UnsafeBuffer buffer = new UnsafeBuffer(message);
        final MessageHeaderDecoder header = new MessageHeaderDecoder().wrap(buffer, 0);
        if (header.templateId() == CommandBatchDecoder.TEMPLATE_ID) {
            final CommandBatchDecoder batch = new CommandBatchDecoder().wrapAndApplyHeader(buffer, 0, header);
            assertEquals(CLIENT_ID, batch.clientId());
            assertEquals(-1, batch.expectedVersion());
            final int length = batch.commandsLength();
            final int[] count = {0};
            RecordFrames.forEach(buffer, batch.limit() + CommandBatchDecoder.commandsHeaderLength(), length, (at, ignored) -> count[0]++);
            return batch.sequence() + " batch of " + count[0];
        }
        final CreateNamespaceDecoder command = new CreateNamespaceDecoder().wrapAndApplyHeader(buffer, 0, header);
        assertEquals(CLIENT_ID, command.clientId());
        return command.sequence() + " " + command.name();
    }
}
