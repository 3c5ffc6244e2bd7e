package io.truenow.gateway.ingest;

import io.netty.buffer.ByteBuf;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.gateway.journal.HeldJournal;
import io.truenow.gateway.journal.IngestOutcome;
import io.truenow.gateway.table.FakeControl;
import io.truenow.gateway.table.NameSlice;
import io.truenow.gateway.table.TableResolver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Each call is answered once, ends once after that, and what was held for it is given back, however it ends. */
class IngestFlowTest {
    private static final long T = 1_764_000_000_000_000L;
    private static final int MAX_IN_FLIGHT = 4;
    private static final byte[] TEXT = "shop orders 12345 country DE".getBytes(StandardCharsets.UTF_8);

    private final FakeControl control = new FakeControl(1);
    private final HeldJournal journal = new HeldJournal(MAX_IN_FLIGHT);
    private final ClientBudget budget = new ClientBudget("gateway.max-in-flight", 1_000);
    private final List<Throwable> errors = new ArrayList<>();
    private final List<String> counted = new ArrayList<>();
    private int wakes;
    private final IngestFlow flow = new IngestFlow(new IngestFlow.Context(new TableResolver(control, control), journal.proxy(),
        new Admission(budget), () -> T, errors::add, TimeUnit.SECONDS.toNanos(60)), new Counters(), MAX_IN_FLIGHT, () -> wakes++);
    private final List<Call> calls = new ArrayList<>();

    @AfterEach
    void allIsGivenBack() {
        assertEquals(0, budget.usedBytes());
        assertTrue(errors.isEmpty(), () -> errors.getFirst().toString());
        for (final Call call : calls) {
            assertEquals(1, call.answers.size(), call.answers::toString);
            assertEquals(1, call.ends);
            assertNull(call.memory);
        }
    }

    @Test
    void aCallIsCompletedOnTheFlowsThread() {
        control.ensureTable("shop", "orders", List.of("country"), List.of());
        final Call call = take(new Call());
        final ByteBuf memory = call.memory;
        assertEquals(1, memory.refCnt());
        assertTrue(budget.usedBytes() > 0);
        journal.complete(IngestOutcome.OK);
        assertEquals(1, wakes);
        assertEquals(List.of(), call.answers);
        assertEquals(1, flow.poll());
        assertEquals(List.of("completed OK 1 of 1"), call.answers);
        assertEquals(0, memory.refCnt());
        assertEquals(List.of("accepted 1"), counted);
        assertEquals(0, flow.poll());
    }

    @Test
    void aCallIsReadAgainWhenItsTableIsThere() {
        control.hold(true);
        final Call call = take(new Call());
        assertTrue(flow.isWaiting());
        flow.poll();
        assertEquals(1, call.readings);
        control.hold(false);
        assertEquals(1, flow.poll());
        assertEquals(2, call.readings);
        assertEquals(1, call.received());
        journal.complete(IngestOutcome.OK);
        flow.poll();
        assertEquals(List.of("completed OK 1 of 1"), call.answers);
    }

    @ParameterizedTest
    @EnumSource(Priority.class)
    void whatMattersLeastIsRefusedFirst(final Priority priority) {
        final long full = Math.round(priority.refusedFrom() * budget.limitBytes());
        budget.take(full);
        final Call refused = new Call();
        refused.priority = priority;
        take(refused);
        assertTrue(refused.answers.getFirst().startsWith("refused gateway_busy"), refused.answers::toString);
        // what it brought itself does not count
        final Call alone = new Call();
        alone.priority = priority;
        alone.countedBytes = full;
        alone.problem = Problem.of(ProblemCode.MALFORMED_REQUEST, "as told");
        take(alone);
        assertEquals(List.of("refused malformed_request as told"), alone.answers);
        budget.giveBack(full);
        assertEquals(List.of("busy"), counted);
    }

    @Test
    void whatFindsNoRoomForItsBatchesIsBusy() {
        control.ensureTable("shop", "orders", List.of("country"), List.of());
        budget.take(990);
        final Call call = new Call();
        call.priority = Priority.CRITICAL;
        call.countedBytes = 990;
        take(call);
        assertTrue(call.answers.getFirst().startsWith("refused gateway_busy Too much is in flight."), call.answers::toString);
        assertEquals(0, journal.held());
        budget.giveBack(990);
    }

    @Test
    void soManyAreInFlight() {
        control.ensureTable("shop", "orders", List.of("country"), List.of());
        for (int round = 0; round < 2; round++) {
            final int before = calls.size();
            for (int i = 0; i <= MAX_IN_FLIGHT; i++) {
                take(new Call());
            }
            assertTrue(calls.getLast().answers.getFirst().startsWith("refused gateway_busy"));
            assertEquals(MAX_IN_FLIGHT, journal.complete(IngestOutcome.JOURNAL_FULL));
            assertEquals(MAX_IN_FLIGHT, flow.poll());
            assertEquals(List.of("completed JOURNAL_FULL 1 of 1"), calls.get(before).answers);
        }
        assertEquals(List.of("busy", "busy"), counted);
    }

    @Test
    void whatThrowsIsAFaultOfTheGateway() {
        final Call call = new Call();
        call.fault = new IllegalStateException("as told");
        take(call);
        assertTrue(call.answers.getFirst().startsWith("refused internal_error"), call.answers::toString);
        assertEquals(List.of(call.fault), errors);
        errors.clear();
    }

    @Test
    void aCallOfNothingAndOneOfNothingGoodAreToldApart() {
        final Call none = new Call();
        none.events = 0;
        take(none);
        assertEquals(List.of("none accepted of 0"), none.answers);
        final Call bad = new Call();
        bad.timeUs = 1;
        take(bad);
        assertEquals(List.of("none accepted of 1"), bad.answers);
        assertEquals(List.of("rejected event_too_old"), counted);
    }

    private Call take(final Call call) {
        calls.add(call);
        flow.take(call);
        return call;
    }

    private static final class Call extends IngestCall {
        private final EventRow row = new EventRow();
        private final NameSlice namespace = new NameSlice();
        private final NameSlice table = new NameSlice();
        private final List<String> answers = new ArrayList<>();
        private Priority priority = Priority.NORMAL;
        private long countedBytes;
        private Problem problem;
        private RuntimeException fault;
        private int events = 1;
        private long timeUs = T;
        private int readings;
        private int ends;

        @Override
        protected AckLevel ackLevel() {
            return AckLevel.JOURNALED;
        }

        @Override
        protected Priority priority() {
            return priority;
        }

        @Override
        protected long countedBytes() {
            return countedBytes;
        }

        @Override
        protected Problem read(final EventSink sink) {
            readings++;
            if (fault != null) {
                throw fault;
            }
            namespace.set(TEXT, 0, 4);
            table.set(TEXT, 5, 6);
            for (int i = 0; i < events; i++) {
                row.clear();
                row.eventId(12, 5);
                row.eventTime(timeUs);
                row.dimension(18, 7, 26, 2);
                append(sink, row, TEXT, namespace, table);
            }
            return problem;
        }

        @Override
        protected void onRefused(final Problem why) {
            answers.add("refused " + why.code().text() + ' ' + why.detail());
        }

        @Override
        protected void onNoneAccepted() {
            answers.add("none accepted of " + received());
        }

        @Override
        protected void onCompleted() {
            answers.add("completed " + request().outcome() + ' ' + accepted() + " of " + received());
        }

        @Override
        protected void onEnd() {
            ends++;
        }
    }

    private final class Counters implements IngestCounters {
        @Override
        public void onAccepted(final int events) {
            counted.add("accepted " + events);
        }

        @Override
        public void onRejected(final int[] countByCode) {
            for (final ProblemCode code : ProblemCode.values()) {
                if (countByCode[code.ordinal()] > 0) {
                    counted.add("rejected " + code.text());
                }
            }
        }

        @Override
        public void onBusy() {
            counted.add("busy");
        }
    }
}
