package io.truenow.query.scatter;

import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.codecs.query.PartialStatus;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.ServiceLease;
import io.truenow.fabric.http.route.HttpStatuses;
import io.truenow.fabric.metrics.ProcessMetrics;
import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What each turn counts as work, what the metrics say, who is asked for statistics, and the end. */
class ScatterTurnsTest extends TurnByTurn {
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
    void aLaneThatTakesNothingIsNoWork() {
        lanes.busy.add(1);
        ask(false);
        assertEquals(0, turn());
        assertEquals(0, turn());
        lanes.busy.clear();
        assertEquals(1, turn());
    }

    /** What waits for an owner waits once, however often the others begin anew. */
    @Test
    void everyWayAQueryEndsAndGoesOnIsWork() {
        lanes.away.add(1);
        ask(false);
        pass(2_100);
        assertEquals("shard_unavailable", replies.getLast().refusal.code().text());
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
        assertEquals("deadline_exceeded", replies.getLast().refusal.code().text());
        ask(false).isAbandoned = true;
        pass(2);
        assertEquals("abandoned", replies.getLast().refusal.code().text());
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
        assertEquals(504, HttpStatuses.of(reply.refusal.code()));
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
        replies.forEach(reply -> assertEquals("shutting_down", reply.refusal.code().text()));
        assertEquals(1, stats.unavailable, "what was still in the queue is answered too");
    }

    @Test
    void queuedQueriesAreRefusedAtTheEnd() {
        final RecordedReply queued = offer(false);
        agent.onClose();
        assertEquals("shutting_down", queued.refusal.code().text());
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
    void statisticsAreAskedOfEveryLaneThatIsThere() {
        catalog = catalog.change()
            .put(new ServiceInstance(3, ServiceKind.HOT_TIER, 1, 3, "127.0.0.1", 1, 0, 2, ServiceState.ACTIVE, 1, 1, ServiceLease.NONE))
            .put(new ServiceInstance(4, ServiceKind.HOT_TIER, 1, 4, "127.0.0.1", 1, 0, 2, ServiceState.LEFT, 1, 1, ServiceLease.NONE))
            .put(new ServiceInstance(1, ServiceKind.HOT_TIER, 1, 1, "127.0.0.1", 1, 0, 1, ServiceState.LEFT, 1, 1, ServiceLease.NONE))
            .build(6);
        final RecordedStats stats = new RecordedStats();
        agent.proxy().offer(stats);
        turn();
        assertEquals(List.of(1, 2, 3, 3), lanes.statsAsked.stream().map(FakeLanes.Asked::nodeId).sorted().toList(),
            "who has left and owns nothing has nothing to say");
        lanes.statsAsked.forEach(asked -> lanes.answer(Partials.stats(asked.correlationId(), asked.nodeId(), 10)));
        pass(2);
        assertEquals(40, stats.totals.rowsHeld());
        assertEquals(List.of(), stats.totals.unanswered());
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
        for (final ScatterAgent life : List.of(agent, agent(2, ProcessMetrics.local()), agent(3, ProcessMetrics.local()))) {
            for (int i = 0; i < 30; i++) {
                assertTrue(life.proxy().offer(new QueryTask(plan(false), nowNs, new RecordedReply())));
            }
            life.doWork();
            life.onClose();
        }
        final Set<Long> ids = new HashSet<>();
        lanes.asked.forEach(asked -> assertTrue(ids.add(asked.correlationId())));
        assertEquals(3 * 30 * 2, ids.size());
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
