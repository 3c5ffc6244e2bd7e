package io.truenow.query.scatter;

import io.netty.buffer.ByteBuf;
import io.truenow.codecs.query.MessageHeaderEncoder;
import io.truenow.codecs.query.PartialStatus;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.query.merge.MergeBudget;
import io.truenow.query.plan.Aggregate;
import io.truenow.query.plan.Filter;
import io.truenow.query.plan.LogicalPlan;
import io.truenow.query.plan.Refusal;
import io.truenow.query.plan.Selection;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The agent turn by turn: what each turn counts as work, what the metrics say, and answers that {@link ScatterAgentTest} has no room for.
 * Every turn in which a message went out, a message came in or somebody was answered counts as work, and none counts less than nothing.
 */
class ScatterTurnsTest {
    private static final long MILLI_NS = 1_000_000L;

    private final FakeLanes lanes = new FakeLanes();
    private final MergeBudget budget = new MergeBudget(1 << 24, 1 << 22);
    private final List<Throwable> errors = new ArrayList<>();
    private final ProcessMetrics metrics = ProcessMetrics.local();
    private final List<RecordedReply> replies = new ArrayList<>();
    private final int[] rings = new int[1];
    private Catalog catalog = Catalogs.of(5, 3, 1, 1, 2);
    private long nowNs = Long.MAX_VALUE - 3_000 * MILLI_NS; // the clock may begin anywhere
    private final ScatterAgent agent = agent(1, metrics);

    private ScatterAgent agent(final long incarnation, final ProcessMetrics counted) {
        return new ScatterAgent(() -> catalog, lanes,
            new ScatterSettings(incarnation, 40, 2_000 * MILLI_NS, 1_000 * MILLI_NS, 1 << 19, () -> rings[0]++), budget,
            new ScatterMetrics(counted, budget), errors::add, () -> nowNs);
    }

    @AfterEach
    void nothingIsLeft() {
        agent.onClose();
        assertEquals(0, budget.usedBytes());
    }

    private static LogicalPlan plan(final boolean partial) {
        return new LogicalPlan("shop", "orders", 0, 1_000, 0, Filter.ALL, List.of("region"), Selection.of(Aggregate.SUM, "price"),
            List.of(), 50_000, null, 10_000, partial);
    }

    private RecordedReply offer(final boolean partial) {
        final RecordedReply reply = new RecordedReply();
        replies.add(reply);
        assertTrue(agent.proxy().offer(new QueryTask(plan(partial), nowNs, reply)));
        return reply;
    }

    private RecordedReply ask(final boolean partial) {
        final RecordedReply reply = offer(partial);
        turn();
        return reply;
    }

    /** One turn; whatever can be seen of it must have been counted. */
    private int turn() {
        nowNs += MILLI_NS;
        final long before = seen();
        final int work = agent.doWork();
        assertTrue(work >= 0, () -> "a turn that did " + work);
        assertTrue(work > 0 || seen() == before, "something was done that was not counted");
        return work;
    }

    private long seen() {
        return lanes.asked.size() + lanes.cancelled.size() + lanes.statsAsked.size()
            + replies.stream().filter(RecordedReply::isDone).count();
    }

    private void pass(final long millis) {
        for (long i = 0; i < millis; i++) {
            turn();
        }
    }

    private void answer(final int node, final double value) {
        lanes.answer(Partials.group(lanes.askedOf(node).correlationId(), node, 0, true, "eu", value));
    }

    private double value(final String series) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            metrics.expose(out);
        } catch (final IOException e) {
            throw new AssertionError(e);
        }
        return out.toString(StandardCharsets.UTF_8).lines().filter(line -> line.startsWith("truenow_query_" + series + ' '))
            .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))).findFirst()
            .orElseThrow(() -> new AssertionError("no " + series + " in\n" + out.toString(StandardCharsets.UTF_8)));
    }

    @Test
    void aTurnInWhichNothingHappensIsNoWork() {
        assertEquals(0, turn());
        ask(false);
        assertEquals(0, turn(), "it waits for lanes");
        answer(1, 1);
        assertEquals(1, turn());
        assertEquals(0, turn());
        lanes.work = 3;
        assertEquals(3, turn(), "the links' work is the agent's");
        lanes.work = 0;
        answer(2, 2);
        assertTrue(turn() > 0);
        assertEquals(0, turn());
    }

    @Test
    void everyWayAQueryEndsAndGoesOnIsWork() {
        lanes.away.add(1);
        ask(false);
        pass(2_100);
        assertEquals("shard_unavailable", replies.getLast().refusal.code());
        ask(true);
        answer(2, 5);
        pass(2_100);
        assertEquals(5, replies.getLast().json.get("results").get(0).get("sum").asDouble());
        lanes.away.clear();
        ask(false);
        catalog = Catalogs.of(6, 4, 1, 2, 1);
        pass(30);
        lanes.away.add(2);
        turn();
        lanes.away.clear();
        pass(30);
        pass(10_000);
        assertEquals("deadline_exceeded", replies.getLast().refusal.code());
        ask(false).isAbandoned = true;
        pass(2);
        assertEquals("abandoned", replies.getLast().refusal.code());
    }

    @Test
    void aQueryGivesUpAtItsDeadlineAndNotBefore() {
        final RecordedReply reply = offer(false);
        final long arrivedNs = nowNs;
        agent.doWork();
        nowNs = arrivedNs + 10_000 * MILLI_NS - 1;
        agent.doWork();
        assertFalse(reply.isDone());
        nowNs++;
        agent.doWork();
        // the last sweep was a nanosecond ago
        assertFalse(reply.isDone());
        nowNs += 200_000;
        agent.doWork();
        assertEquals(504, reply.refusal.status());
    }

    @Test
    void manyRowsAreWrittenInManyTurnsOneAfterTheOther() {
        final RecordedReply reply = ask(false);
        for (int node = 1; node <= 2; node++) {
            Partials.groups(lanes.askedOf(node).correlationId(), node, 2_500, node).forEach(lanes::answer);
        }
        assertTrue(turn() > 0, "the lanes' answers");
        int turns = 0;
        while (!reply.isDone()) {
            nowNs += 1_000; // far less than a sweep's interval: who has rows to write is not kept waiting for it
            assertTrue(agent.doWork() > 0);
            assertTrue(++turns < 5_000, "it comes to an end");
        }
        assertTrue(turns > 2, "one turn for all would keep the others waiting");
        assertEquals(2_500, reply.json.get("results").size());
        assertEquals(3, reply.json.get("results").get(2_499).get("sum").asDouble());
        assertTrue(reply.json.get("metadata").get("records_folded").asInt() > 0);
        assertTrue(reply.json.get("metadata").get("cube_hits").asInt() > 0);
        assertEquals(0, agent.doWork());
    }

    @Test
    void anAnswerThatIsTooLongIsRefused() {
        final RecordedReply reply = ask(false);
        answer(1, 1);
        Partials.groups(lanes.askedOf(2).correlationId(), 2, 8_000, 2).forEach(lanes::answer);
        pass(50);
        assertEquals("answer_too_large", reply.refusal.code());
        assertEquals(422, reply.refusal.status());
        assertEquals(0, turn());
    }

    @Test
    void whatALaneHasNoMemoryForSaysWhose() {
        final Refusal sketches = refusalOf(PartialStatus.SKETCHES_TOO_LARGE);
        assertEquals(422, sketches.status());
        assertEquals("sketches_too_large", sketches.code());
        assertEquals("limit_bytes", sketches.memberName());
        assertEquals(12_345, sketches.memberValue());
        final Refusal memory = refusalOf(PartialStatus.NO_MEMORY);
        assertEquals(503, memory.status());
        assertEquals("query_busy", memory.code());
        assertEquals(1, memory.retryAfterSeconds());
    }

    private Refusal refusalOf(final PartialStatus status) {
        final RecordedReply reply = ask(false);
        lanes.answer(Partials.status(lanes.askedOf(1).correlationId(), 1, status, 0));
        turn();
        return reply.refusal;
    }

    @Test
    void rowsThatWereLostAreAnErrorOrNamed() {
        final RecordedReply whole = ask(false);
        lanes.answer(Partials.missing(lanes.askedOf(1).correlationId(), 1, PartialStatus.MISSING_ROWS, 300, 400, 600, 700));
        turn();
        assertEquals(422, whole.refusal.status());
        assertEquals("range_incomplete", whole.refusal.code());
        assertEquals("missing_from_us", whole.refusal.memberName());
        assertEquals(300, whole.refusal.memberValue());
        assertTrue(whole.refusal.detail().contains("[300, 400)"), whole.refusal.detail());

        final RecordedReply unnamed = ask(false);
        lanes.answer(Partials.missing(lanes.askedOf(1).correlationId(), 1, PartialStatus.MISSING_ROWS));
        turn();
        assertEquals("range_incomplete", unnamed.refusal.code());
        assertNull(unnamed.refusal.memberName());

        final RecordedReply partial = ask(true);
        lanes.answer(Partials.missing(lanes.askedOf(1).correlationId(), 1, PartialStatus.OK, 300, 400));
        answer(2, 2);
        pass(3);
        assertEquals("[{\"shard\":100,\"start_time\":300,\"end_time\":400}]",
            partial.json.get("metadata").get("partial").get("missing_ranges").toString(), "the second lane misses none");

        // begun anew, it misses nothing any more
        final RecordedReply again = ask(true);
        lanes.answer(Partials.missing(lanes.askedOf(1).correlationId(), 1, PartialStatus.OK, 300, 400));
        turn();
        lanes.answer(Partials.status(lanes.askedOf(2).correlationId(), 2, PartialStatus.NOT_RETAINED, 500));
        pass(3);
        answer(1, 1);
        answer(2, 2);
        pass(3);
        assertEquals("[]", again.json.get("metadata").get("partial").get("missing_ranges").toString());
    }

    @Test
    void aLaneThatRefusesWhatItHoldsHasFailed() {
        for (final long heldFromUs : new long[] {-1, 0}) {
            final RecordedReply reply = ask(true);
            lanes.answer(Partials.status(lanes.askedOf(1).correlationId(), 1, PartialStatus.NOT_RETAINED, heldFromUs));
            turn();
            assertEquals("lane_failed", reply.refusal.code(), "it would be asked for ever");
        }
    }

    @Test
    void anAnswerThatIsNotOneIsAnErrorOfThatQueryAlone() {
        final RecordedReply broken = ask(false);
        final RecordedReply other = ask(false);
        final long other1 = lanes.askedOf(1).correlationId();
        final long other2 = lanes.askedOf(2).correlationId();
        final FakeLanes.Asked first = lanes.asked.getFirst();
        final UnsafeBuffer cut = (UnsafeBuffer) Partials.group(first.correlationId(), first.nodeId(), 0, true, "eu", 1);
        lanes.answer(new UnsafeBuffer(cut, 0, cut.capacity() - 9));
        turn();
        assertEquals("lane_failed", broken.refusal.code());
        lanes.answer(Partials.group(other1, 1, 0, true, "eu", 1));
        lanes.answer(Partials.group(other2, 2, 0, true, "eu", 1));
        pass(3);
        assertEquals(2, other.json.get("results").get(0).get("sum").asDouble());
    }

    @Test
    void aFailureOfOneQueryIsToldAndNotTheOthers() {
        final RecordedReply other = ask(false);
        final QueryReply failing = new QueryReply() {
            private boolean isOver;

            @Override
            public void answer(final ByteBuf json) {
                throw new AssertionError();
            }

            @Override
            public void refuse(final Refusal refusal) {
                assertEquals("internal_error", refusal.code());
                isOver = true;
            }

            @Override
            public boolean isAbandoned() {
                assertFalse(isOver);
                throw new IllegalArgumentException("a fault");
            }
        };
        agent.proxy().offer(new QueryTask(plan(false), nowNs, failing));
        assertTrue(turn() > 0);
        assertEquals(1, errors.size());
        assertInstanceOf(IllegalArgumentException.class, errors.getFirst().getCause());
        turn();
        answer(1, 1);
        answer(2, 1);
        pass(3);
        assertEquals(2, other.json.get("results").get(0).get("sum").asDouble());
        assertEquals(1, value("queries_total{outcome=\"failed\"}"));
    }

    @Test
    void messagesThatAreNoneOfThisAreIgnored() {
        final RecordedReply reply = ask(false);
        lanes.answer(new UnsafeBuffer(new byte[16], 0, 7));
        final ExpandableArrayBuffer other = new ExpandableArrayBuffer();
        new MessageHeaderEncoder().wrap(other, 0).blockLength(0).templateId(1_000).schemaId(MessageHeaderEncoder.SCHEMA_ID).version(0);
        lanes.answer(new UnsafeBuffer(other, 0, MessageHeaderEncoder.ENCODED_LENGTH));
        // from a node and a lane that were not asked
        lanes.answer(Partials.group(lanes.askedOf(1).correlationId(), 2, 0, true, "eu", 100));
        assertEquals(3, turn());
        assertEquals(1, value("stray_partial_results_total"));
        answer(1, 1);
        answer(2, 1);
        pass(3);
        assertEquals(2, reply.json.get("results").get(0).get("sum").asDouble());
        assertEquals(3, value("partial_results_total"));
    }

    @Test
    void theMetricsTellWhatHappened() {
        ask(false);
        turn();
        assertEquals(1, value("running"));
        assertTrue(value("merge_bytes") > 0);
        lanes.answer(Partials.status(lanes.askedOf(1).correlationId(), 1, PartialStatus.CATCHING_UP, 0));
        pass(20);
        answer(1, 1);
        answer(2, 1);
        nowNs += 7 * MILLI_NS;
        pass(3);
        assertEquals(1, value("retries_total"));
        assertEquals(1, value("queries_total{outcome=\"answered\"}"));
        assertEquals(2, value("records_scanned_total"));
        assertEquals(0, value("running"));
        assertEquals(0, value("merge_bytes"));
        ask(false);
        lanes.answer(Partials.status(lanes.askedOf(1).correlationId(), 1, PartialStatus.TOO_MANY_GROUPS, 0));
        pass(9_000);
        assertEquals(0, value("latency_seconds{quantile=\"1.0\"}"), "the ten seconds are not over");
        pass(1_100);
        final double seconds = value("latency_seconds{quantile=\"1.0\"}");
        assertTrue(seconds > 0.027 && seconds < 0.04, () -> "from arrival to answer, of the one that was answered: " + seconds);
        assertEquals(1, value("queries_total{outcome=\"refused\"}"));
        final double ms = replies.getFirst().json.get("metadata").get("query_time_ms").asDouble();
        assertTrue(ms > 27 && ms < 34, () -> "ms: " + ms);
    }

    @Test
    void whoHandsOverATaskRingsAndTheAgentTakesWhatItCanInATurn() {
        for (int i = 0; i < 30; i++) {
            offer(false);
        }
        assertEquals(30, rings[0]);
        assertEquals(30, turn());
        final RecordedStats stats = new RecordedStats();
        assertTrue(agent.proxy().offer(stats));
        assertEquals(31, rings[0]);
        agent.onClose();
        assertFalse(agent.proxy().offer(stats));
        assertFalse(agent.proxy().offer(new QueryTask(plan(false), nowNs, new RecordedReply())));
        assertEquals(31, rings[0], "nobody is rung for what was not taken");
        replies.forEach(reply -> assertEquals("shutting_down", reply.refusal.code()));
        assertEquals(1, stats.unavailable, "what was still in the queue is answered too");
    }

    @Test
    void queuedQueriesAreRefusedAtTheEnd() {
        final RecordedReply queued = offer(false);
        agent.onClose();
        assertEquals("shutting_down", queued.refusal.code());
        agent.onClose();
    }

    @Test
    void statisticsAreAskedOfAllThatOwnAndEndWithTheAgent() {
        lanes.queryNodeId = -1;
        final RecordedStats early = new RecordedStats();
        agent.proxy().offer(early);
        turn();
        assertEquals(1, early.unavailable);
        lanes.queryNodeId = 0;
        final RecordedStats stats = new RecordedStats();
        agent.proxy().offer(stats);
        turn();
        assertEquals(2, lanes.statsAsked.size());
        assertEquals(0, turn());
        pass(49);
        assertEquals(4, lanes.statsAsked.size());
        agent.onClose();
        assertEquals(1, stats.unavailable);
        agent.onClose();
        assertEquals(1, stats.unavailable);
    }

    @Test
    void statisticsWaitAsLongAsTheyMay() {
        lanes.busy.add(1);
        final RecordedStats stats = new RecordedStats();
        agent.proxy().offer(stats);
        turn();
        lanes.busy.clear();
        turn();
        assertEquals(2, lanes.statsAsked.size(), "who could not be asked at once is asked as soon as it can");
        pass(990);
        assertNull(stats.totals);
        pass(15);
        assertEquals(List.of("node 1 lane 0", "node 2 lane 0"), stats.totals.unanswered());
        assertEquals(0, turn());
    }

    @Test
    void aNodeWithoutAnIdMayBeTheFirst() {
        lanes.queryNodeId = 0;
        final RecordedReply reply = ask(false);
        assertEquals(2, lanes.asked.size());
        reply.isAbandoned = true;
    }

    @Test
    void correlationIdsOfTwoLivesAreNeverTheSame() {
        final Set<Long> ids = new HashSet<>();
        for (final ScatterAgent life : List.of(agent, agent(2, ProcessMetrics.local()), agent(3, ProcessMetrics.local()))) {
            for (int i = 0; i < 100; i++) {
                assertTrue(ids.add(life.nextCorrelationId()));
            }
        }
        assertEquals("query-scatter", agent.roleName());
    }

    private static final class RecordedStats implements StatsReply {
        private Totals totals;
        private int unavailable;

        @Override
        public void onStats(final Totals answer) {
            assertNull(totals);
            totals = answer;
        }

        @Override
        public void onUnavailable() {
            unavailable++;
        }
    }
}
