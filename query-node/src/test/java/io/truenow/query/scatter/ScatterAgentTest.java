package io.truenow.query.scatter;

import io.truenow.codecs.query.PartialStatus;
import io.truenow.fabric.agent.Doorbell;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.http.route.HttpStatuses;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.fabric.position.Position;
import io.truenow.fabric.position.Token;
import io.truenow.fabric.problem.Problem;
import io.truenow.query.merge.MergeBudget;
import io.truenow.query.plan.Aggregate;
import io.truenow.query.plan.Filter;
import io.truenow.query.plan.LogicalPlan;
import io.truenow.query.plan.Selection;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The agent on the test's thread, with a clock that the test moves and lanes that do as they are told. */
class ScatterAgentTest {
    private static final long MILLI_NS = 1_000_000L;

    private final FakeLanes lanes = new FakeLanes();
    private final MergeBudget budget = new MergeBudget(1 << 24, 1 << 22);
    private final List<Throwable> errors = new ArrayList<>();
    private Catalog catalog = Catalogs.of(5, 3, 1, 1, 2);
    private long nowNs = 1_000_000_000L;
    private final ScatterAgent agent = new ScatterAgent(() -> catalog, lanes,
        new ScatterSettings(1, 4, 2_000 * MILLI_NS, 1_000 * MILLI_NS, 1 << 20, Doorbell.NONE), budget,
        new ScatterMetrics(ProcessMetrics.local(), budget), errors::add, () -> nowNs);

    @AfterEach
    void nothingIsLeft() {
        agent.onClose();
        assertTrue(lanes.isClosed);
        assertEquals(0, budget.usedBytes());
        if (!errors.isEmpty()) {
            throw new AssertionError(errors.getFirst());
        }
    }

    private static LogicalPlan plan(final Token token, final boolean partial) {
        return new LogicalPlan("shop", "orders", 0, 1_000, 0, Filter.ALL, List.of("region"), Selection.of(Aggregate.SUM, "price"),
            List.of(), 50_000, token, 10_000, partial);
    }

    private RecordedReply ask(final LogicalPlan plan) {
        final RecordedReply reply = new RecordedReply();
        assertTrue(agent.proxy().offer(new QueryTask(plan, nowNs, reply)));
        work();
        return reply;
    }

    private RecordedReply ask() {
        return ask(plan(null, false));
    }

    private void work() {
        for (int i = 0; i < 4; i++) {
            nowNs += MILLI_NS;
            agent.doWork();
        }
    }

    private void pass(final long millis) {
        final long untilNs = nowNs + millis * MILLI_NS;
        while (nowNs < untilNs) {
            work();
        }
    }

    private void answerAll() {
        for (int node = 1; node <= 2; node++) {
            lanes.answer(Partials.group(lanes.askedOf(node).correlationId(), node, 0, true, "eu", node));
        }
        work();
    }

    private static void assertSum(final RecordedReply reply, final double sum) {
        assertNotNull(reply.json, () -> "refused: " + reply.refusal);
        assertEquals(sum, reply.json.get("results").get(0).get("sum").asDouble());
    }

    @Test
    void mergesWhatTwoNodesAnswer() {
        final Token token = new Token(5, List.of(new Position(100, 4, 1, 11), new Position(101, 4, 1, 12), new Position(999, 4, 1, 13)));
        final RecordedReply reply = ask(plan(token, false));
        assertEquals(2, lanes.asked.size());
        assertEquals(List.of(100), lanes.askedOf(1).shardIds());
        assertEquals(List.of(3L), lanes.askedOf(1).epochs());
        assertEquals(List.of(11L), lanes.askedOf(1).wanted(), "positions of other shards are not its business");
        assertEquals(List.of(12L), lanes.askedOf(2).wanted());
        assertTrue(lanes.last().timeoutMs() > 9_000 && lanes.last().timeoutMs() <= 10_000);
        lanes.answer(Partials.group(lanes.askedOf(2).correlationId(), 2, 0, false, "eu", 5, 7));
        lanes.answer(Partials.group(lanes.askedOf(2).correlationId(), 2, 1, true, "us", 1));
        work();
        assertFalse(reply.isDone());
        lanes.answer(Partials.group(lanes.askedOf(1).correlationId(), 1, 0, true, "eu", 2));
        work();
        assertEquals("[{\"timestamp\":0,\"group\":\"region:eu\",\"dimensions\":{\"region\":\"eu\"},\"value\":14,\"count\":3,\"sum\":14,"
            + "\"avg\":4.666666666666667,\"min\":2,\"max\":7},{\"timestamp\":0,\"group\":\"region:us\",\"dimensions\":{\"region\":\"us\"},"
            + "\"value\":1,\"count\":1,\"sum\":1,\"avg\":1,\"min\":1,\"max\":1}]", reply.json.get("results").toString());
        final JsonNode metadata = reply.json.get("metadata");
        assertEquals(2, metadata.get("shards").asInt());
        assertEquals(2, metadata.get("records_scanned").asInt(), "each lane's count is in its last part");
        assertEquals(1_001, metadata.get("watermark_us").asInt(), "the least");
        assertTrue(metadata.get("available_from_us").isNull());
        assertFalse(metadata.get("cache_hit").asBoolean());
        assertNull(metadata.get("partial"));
        assertTrue(lanes.cancelled.isEmpty());
    }

    @Test
    void asksOneLaneOnceForAllItsShards() {
        catalog = Catalogs.of(5, 3, 1, 1, 1, 1);
        final RecordedReply reply = ask();
        assertEquals(1, lanes.asked.size());
        assertEquals(3, lanes.last().shardIds().size());
        lanes.answer(Partials.group(lanes.last().correlationId(), 1, 0, true, "eu", 2));
        work();
        assertEquals(3, reply.json.get("metadata").get("shards").asInt());
    }

    @ParameterizedTest
    @CsvSource({"CATCHING_UP", "STALE_EPOCH", "NOT_OWNER", "OVERLOADED"})
    void asksAgainWhatPassesAndGivesUpAfterTwoSeconds(final PartialStatus status) {
        final RecordedReply reply = ask();
        lanes.answer(Partials.status(lanes.askedOf(1).correlationId(), 1, status, 0));
        pass(20);
        assertEquals(3, lanes.asked.size());
        answerAll();
        assertSum(reply, 3);

        final RecordedReply second = ask();
        lanes.answer(Partials.group(lanes.askedOf(2).correlationId(), 2, 0, true, "eu", 1));
        for (int i = 0; i < 300 && !second.isDone(); i++) {
            lanes.answer(Partials.status(lanes.askedOf(1).correlationId(), 1, status, 0));
            work();
            pass(8);
        }
        assertEquals("shard_unavailable", second.refusal.code().text());
        assertEquals(503, HttpStatuses.of(second.refusal.code()));
        assertEquals(1, second.refusal.code().retryAfterSeconds());
    }

    @Test
    void followsAShardThatMoves() {
        final RecordedReply reply = ask();
        lanes.answer(Partials.group(lanes.askedOf(2).correlationId(), 2, 0, true, "eu", 2));
        work();
        catalog = Catalogs.of(6, 4, 1, 3, 2);
        pass(20);
        assertEquals(List.of(4L), lanes.askedOf(3).epochs());
        lanes.answer(Partials.group(lanes.askedOf(1).correlationId(), 1, 0, true, "eu", 100));
        lanes.answer(Partials.group(lanes.askedOf(3).correlationId(), 3, 0, true, "eu", 1));
        work();
        assertSum(reply, 3);
    }

    @Test
    void waitsForAnOwnerAndForANodeThatIsAway() {
        catalog = Catalogs.of(5, 3, 1, -1, 2);
        lanes.away.add(2);
        final RecordedReply reply = ask();
        pass(100);
        assertTrue(lanes.asked.isEmpty());
        lanes.away.clear();
        catalog = Catalogs.of(6, 4, 1, 1, 2);
        pass(20);
        answerAll();
        assertSum(reply, 3);

        lanes.away.add(1);
        final RecordedReply second = ask();
        pass(1_900);
        assertFalse(second.isDone());
        pass(200);
        assertEquals("shard_unavailable", second.refusal.code().text());
        assertEquals(List.of(lanes.askedOf(2).correlationId()), lanes.cancelled, "who was asked is told to stop");
    }

    @Test
    void asksAgainWhereAConnectionIsLost() {
        final RecordedReply reply = ask();
        lanes.away.add(1);
        work();
        lanes.away.clear();
        pass(20);
        assertEquals(3, lanes.asked.size());
        answerAll();
        assertSum(reply, 3);
    }

    @Test
    void waitsWhileALinkIsFull() {
        lanes.busy.add(1);
        final RecordedReply reply = ask();
        lanes.busy.clear();
        work();
        answerAll();
        assertSum(reply, 3);
    }

    /** What other lanes have answered stays: parts wait for the last of their lane before they are merged. */
    @Test
    void aLostPartCostsTheLaneThatLostIt() {
        final RecordedReply reply = ask();
        final long lost = lanes.askedOf(1).correlationId();
        lanes.answer(Partials.group(lanes.askedOf(2).correlationId(), 2, 0, true, "eu", 2));
        work();
        final long before = budget.usedBytes();
        lanes.answer(Partials.group(lost, 1, 0, false, "eu", 50));
        work();
        assertTrue(budget.usedBytes() > before, "what waits counts");
        lanes.answer(Partials.group(lost, 1, 2, true, "eu", 50));
        pass(20);
        assertEquals(3, lanes.asked.size(), "only the lane that lost a part is asked anew");
        assertEquals(before, budget.usedBytes());
        lanes.answer(Partials.group(lost, 1, 1, false, "eu", 50));
        lanes.answer(Partials.group(lanes.askedOf(1).correlationId(), 1, 0, false, "eu", 1));
        work();
        assertFalse(reply.isDone());
        lanes.answer(Partials.group(lanes.askedOf(1).correlationId(), 1, 1, true, "us", 4));
        work();
        assertSum(reply, 3);
        assertEquals(2, reply.json.get("results").size());
        assertEquals(2, reply.json.get("metadata").get("shards").asInt());
    }

    @Test
    void anOwnerThatChangesAmongItsPartsCostsItsOwnShardsOnly() {
        final RecordedReply reply = ask();
        lanes.answer(Partials.group(lanes.askedOf(2).correlationId(), 2, 0, true, "eu", 2));
        lanes.answer(Partials.group(lanes.askedOf(1).correlationId(), 1, 0, false, "eu", 50));
        work();
        catalog = Catalogs.of(6, 4, 1, 1, 2);
        pass(20);
        assertEquals(3, lanes.asked.size());
        lanes.answer(Partials.group(lanes.askedOf(1).correlationId(), 1, 0, true, "eu", 1));
        work();
        assertSum(reply, 3);
    }

    @ParameterizedTest
    @CsvSource({"DEADLINE,504,deadline_exceeded", "TOO_MANY_GROUPS,422,too_many_groups", "NOT_RETAINED,422,range_not_retained",
        "BAD_PLAN,500,lane_failed", "INTERNAL,500,lane_failed"})
    void tellsWhatALaneCannotDo(final PartialStatus status, final int httpStatus, final String code) {
        final RecordedReply reply = ask();
        lanes.answer(Partials.status(lanes.askedOf(1).correlationId(), 1, status, 400));
        work();
        final Problem refusal = reply.refusal;
        assertEquals(httpStatus, HttpStatuses.of(refusal.code()));
        assertEquals(code, refusal.code().text());
        if (status == PartialStatus.NOT_RETAINED) {
            assertEquals(400, refusal.members().get("available_from_us"));
        }
        assertTrue(lanes.cancelled.contains(lanes.askedOf(2).correlationId()));
    }

    @Test
    void shortensARangeOnlyWithLeave() {
        final RecordedReply reply = ask(plan(null, true));
        lanes.answer(Partials.status(lanes.askedOf(1).correlationId(), 1, PartialStatus.NOT_RETAINED, 400));
        pass(20);
        assertEquals(400, lanes.askedOf(1).startTimeUs());
        assertEquals(400, lanes.askedOf(2).startTimeUs());
        answerAll();
        assertSum(reply, 3);
        final JsonNode metadata = reply.json.get("metadata");
        assertEquals("{\"complete\":false,\"start_time\":400,\"missing_shards\":[],"
            + "\"missing_ranges\":[]}", metadata.get("partial").toString());
        assertEquals(400, metadata.get("available_from_us").asInt());

        final RecordedReply nothing = ask(plan(null, true));
        lanes.answer(Partials.status(lanes.askedOf(1).correlationId(), 1, PartialStatus.NOT_RETAINED, 5_000));
        work();
        assertEquals(0, nothing.json.get("results").size());
        assertEquals(1_000, nothing.json.get("metadata").get("partial").get("start_time").asInt());
    }

    @Test
    void namesMissingShardsWithLeave() {
        lanes.away.add(1);
        final RecordedReply reply = ask(plan(null, true));
        lanes.answer(Partials.group(lanes.askedOf(2).correlationId(), 2, 0, true, "eu", 2));
        pass(2_100);
        assertSum(reply, 2);
        assertEquals("{\"complete\":false,\"start_time\":0,\"missing_shards\":[100],\"missing_ranges\":[]}",
            reply.json.get("metadata").get("partial").toString());
        assertEquals(1, reply.json.get("metadata").get("shards").asInt());

        lanes.away.add(2);
        final RecordedReply none = ask(plan(null, true));
        pass(2_100);
        assertEquals("shard_unavailable", none.refusal.code().text(), "an answer from nothing is none");
    }

    @Test
    void endsAtTheDeadlineAndIgnoresWhatComesLate() {
        final RecordedReply reply = ask();
        pass(9_900);
        assertFalse(reply.isDone());
        pass(200);
        assertEquals(504, HttpStatuses.of(reply.refusal.code()));
        assertEquals(2, lanes.cancelled.size());
        answerAll();
    }

    @Test
    void whatIsCancelledGivesItsPlaceToOthers() {
        final List<RecordedReply> running = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            running.add(ask());
        }
        assertEquals("too_many_queries", ask().refusal.code().text(), "as many as may run");
        assertEquals(8, lanes.asked.size());
        running.get(1).isAbandoned = true;
        running.get(2).isAbandoned = true;
        work();
        final List<Long> ofTheAbandoned = List.of(
            lanes.asked.get(2).correlationId(), lanes.asked.get(3).correlationId(), lanes.asked.get(4).correlationId(),
            lanes.asked.get(5).correlationId());
        assertEquals(Set.copyOf(ofTheAbandoned), Set.copyOf(lanes.cancelled), "theirs, and nobody else's");
        assertEquals(4, lanes.cancelled.size(), "once each");
        running.add(ask());
        running.add(ask());
        assertNull(running.get(4).refusal);
        assertNull(running.get(5).refusal);
        assertEquals("too_many_queries", ask().refusal.code().text());
        // what lanes still say to the cancelled ones is nobody's answer
        ofTheAbandoned.forEach(id -> lanes.answer(Partials.group(id, 1, 0, true, "eu", 1_000)));
        answerAll();
        assertSum(running.get(5), 3);
        running.forEach(reply -> reply.isAbandoned = true);
        work();
    }

    @Test
    void aLaneThatCannotTakeTheCancelIsNoReasonToKeepThePlace() {
        final RecordedReply reply = ask();
        lanes.busy.add(1);
        lanes.away.add(2);
        reply.isAbandoned = true;
        work();
        assertEquals("abandoned", reply.refusal.code().text());
        assertTrue(lanes.cancelled.isEmpty());
        lanes.busy.clear();
        lanes.away.clear();
        final RecordedReply next = ask();
        answerAll();
        assertSum(next, 3);
    }

    @Test
    void cancelsWhatNobodyWaitsFor() {
        final RecordedReply reply = ask();
        reply.isAbandoned = true;
        work();
        assertEquals(2, lanes.cancelled.size());
        answerAll();
        assertEquals("abandoned", reply.refusal.code().text(), "an exchange that is never answered leaks its request's buffer");
    }

    @Test
    void waitsForTheCatalogOfTheToken() {
        final Catalog full = catalog;
        catalog = Catalog.EMPTY;
        final Token token = new Token(5, List.of(new Position(100, 4, 1, 11)));
        final RecordedReply reply = ask(plan(token, false));
        pass(5_000);
        assertFalse(reply.isDone());
        catalog = full;
        work();
        assertEquals(2, lanes.asked.size());
        answerAll();
        assertSum(reply, 3);

        final RecordedReply late = ask(plan(new Token(99, List.of()), false));
        pass(10_100);
        assertEquals("deadline_exceeded", late.refusal.code().text());
    }

    @Test
    void refusesNamesThatTheCatalogDoesNotKnow() {
        assertEquals("unknown_table", ask(new LogicalPlan("shop", "nothing", 0, 1, 0, Filter.ALL, List.of(), Selection.count(),
            List.of(), 1, null, 1_000, false)).refusal.code().text());
        final Problem dimension = ask(new LogicalPlan("shop", "orders", 0, 1, 0, Filter.ALL, List.of("colour"), Selection.count(),
            List.of(), 1, null, 1_000, false)).refusal;
        assertEquals("unknown_dimension", dimension.code().text());
        assertEquals("group_by", dimension.field());
        assertEquals("unknown_metric", ask(new LogicalPlan("shop", "orders", 0, 1, 0, Filter.ALL, List.of(),
            Selection.of(Aggregate.SUM, "weight"), List.of(), 1, null, 1_000, false)).refusal.code().text());
    }

    @Test
    void refusesWhatALaneWouldNotTakeByItsMember() {
        final Filter unknown = new Filter.Not(new Filter.Contains("colour", "e"));
        assertEquals("where", ask(filtered(new Filter.Of("where", unknown))).refusal.field());
        assertEquals("filters", ask(filtered(new Filter.And(List.of(new Filter.Of("where", Filter.ALL), unknown)))).refusal.field());
        final Filter test = new Filter.And(List.of(new Filter.Not(new Filter.Contains("region", "e")), new Filter.MetricNull("price")));
        final Problem tooMany = ask(filtered(new Filter.Of("where", new Filter.Or(Collections.nCopies(256, test))))).refusal;
        assertEquals("query_too_large", tooMany.code().text(), "1 025 nodes");
        assertEquals("where", tooMany.field());
        assertNull(ask(filtered(new Filter.Of("where", new Filter.Or(Collections.nCopies(255, test))))).refusal);
    }

    private static LogicalPlan filtered(final Filter filter) {
        return new LogicalPlan("shop", "orders", 0, 1_000, 0, filter, List.of(), Selection.count(), List.of(), 1, null, 1_000, false);
    }

    @Test
    void boundsWhatRuns() {
        final List<RecordedReply> replies = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            replies.add(ask());
        }
        assertEquals("too_many_queries", replies.getLast().refusal.code().text());
        assertEquals(503, HttpStatuses.of(replies.getLast().refusal.code()));
        agent.onClose();
        for (int i = 0; i < 4; i++) {
            assertEquals("shutting_down", replies.get(i).refusal.code().text());
        }
        assertFalse(agent.proxy().offer(new QueryTask(plan(null, false), nowNs, new RecordedReply())));
    }

    @Test
    void refusesUntilItHasAnId() {
        lanes.queryNodeId = -1;
        assertEquals("not_ready", ask().refusal.code().text());
    }

    @Test
    void refusesAnAnswerToAnotherQuestion() {
        final RecordedReply reply = ask(new LogicalPlan("shop", "orders", 0, 1_000, 0, Filter.ALL, List.of(), Selection.count(),
            List.of(), 10, null, 1_000, false));
        lanes.answer(Partials.group(lanes.askedOf(1).correlationId(), 1, 0, true, "eu", 1));
        work();
        assertEquals("lane_failed", reply.refusal.code().text());
    }

    @Test
    void sumsStatisticsAndNamesWhoIsSilent() {
        final List<StatsReply.Totals> totals = new ArrayList<>();
        final StatsReply reply = new StatsReply() {
            @Override
            public void onStats(final Totals answer) {
                totals.add(answer);
            }

            @Override
            public void onUnavailable() {
                throw new AssertionError("unavailable");
            }
        };
        agent.proxy().offer(reply);
        work();
        assertEquals(2, lanes.statsAsked.size());
        pass(60);
        assertEquals(4, lanes.statsAsked.size(), "a lane may have lost them");
        lanes.statsAsked.forEach(asked -> lanes.answer(Partials.stats(asked.correlationId(), asked.nodeId(), 10)));
        work();
        assertEquals(List.of(new StatsReply.Totals(20, 3.0, List.of())), totals);

        totals.clear();
        lanes.away.add(2);
        agent.proxy().offer(reply);
        work();
        lanes.answer(Partials.stats(lanes.statsAsked.getLast().correlationId(), 1, 10));
        pass(1_100);
        assertEquals(List.of(new StatsReply.Totals(10, 1.5, List.of("node 2 lane 0"))), totals);
    }
}
