package io.truenow.query.scatter;

import io.truenow.codecs.query.PartialStatus;
import io.truenow.fabric.agent.Doorbell;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.http.route.HttpStatuses;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.fabric.problem.Problem;
import io.truenow.query.merge.MergeBudget;
import io.truenow.query.plan.Aggregate;
import io.truenow.query.plan.Filter;
import io.truenow.query.plan.LogicalPlan;
import io.truenow.query.plan.Selection;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** What passes is told as something to repeat, with a time to wait; what does not is the caller's to change, and has none. */
class RefusalStatusTest {
    private static final long QUERY_LIMIT_BYTES = 1 << 20;
    private static final int MANY = 20_000;

    private final FakeLanes lanes = new FakeLanes();
    private final List<Throwable> errors = new ArrayList<>();
    private final Catalog catalog = Catalogs.of(5, 3, 1, 1);
    private long nowNs = 1_000_000_000L;

    @ParameterizedTest
    @CsvSource({
        "NO_MEMORY,query_busy,503,1",
        "TOO_MANY_GROUPS,too_many_groups,422,0",
        "SKETCHES_TOO_LARGE,sketches_too_large,422,0",
        "NOT_RETAINED,range_not_retained,422,0",
        "MISSING_ROWS,range_incomplete,422,0",
        "DEADLINE,deadline_exceeded,504,0",
        "INTERNAL,lane_failed,500,0"})
    void whatALaneCannotDo(final PartialStatus status, final String code, final int httpStatus, final int retryAfterSeconds) {
        final MergeBudget budget = new MergeBudget(QUERY_LIMIT_BYTES, QUERY_LIMIT_BYTES);
        final ScatterAgent agent = agent(budget);
        final RecordedReply reply = ask(agent);
        lanes.answer(Partials.status(lanes.last().correlationId(), 1, status, 500));
        work(agent);
        assertRefused(reply.refusal, code, httpStatus, retryAfterSeconds);
        close(agent, budget);
    }

    @Test
    void groupsThatOneQueryMayNotHaveAreNotForLater() {
        final MergeBudget budget = new MergeBudget(4 * QUERY_LIMIT_BYTES, QUERY_LIMIT_BYTES);
        final ScatterAgent agent = agent(budget);
        assertRefused(askForMany(agent).refusal, "merge_too_large", 422, 0);
        close(agent, budget);
    }

    @Test
    void groupsThatOthersTakeTheRoomOfAre() {
        final MergeBudget budget = new MergeBudget(QUERY_LIMIT_BYTES, 4 * QUERY_LIMIT_BYTES);
        final ScatterAgent agent = agent(budget);
        assertRefused(askForMany(agent).refusal, "query_busy", 503, 1);
        close(agent, budget);
    }

    private static void assertRefused(final Problem refusal, final String code, final int httpStatus, final int retryAfterSeconds) {
        assertEquals(code, refusal.code().text());
        assertEquals(httpStatus, HttpStatuses.of(refusal.code()));
        assertEquals(retryAfterSeconds, refusal.code().retryAfterSeconds());
    }

    private ScatterAgent agent(final MergeBudget budget) {
        return new ScatterAgent(() -> catalog, lanes, new ScatterSettings(1, 4, 2_000_000_000L, 1_000_000_000L, 1 << 20, Doorbell.NONE),
            budget, new ScatterMetrics(ProcessMetrics.local(), budget), errors::add, () -> nowNs);
    }

    private RecordedReply ask(final ScatterAgent agent) {
        final RecordedReply reply = new RecordedReply();
        agent.proxy().offer(new QueryTask(new LogicalPlan("shop", "orders", 0, 1_000, 0, Filter.ALL, List.of("region"),
            Selection.of(Aggregate.SUM, "price"), List.of(), 50_000, null, 10_000, false), nowNs, reply));
        work(agent);
        return reply;
    }

    private RecordedReply askForMany(final ScatterAgent agent) {
        final RecordedReply reply = ask(agent);
        for (final DirectBuffer part : Partials.groups(lanes.last().correlationId(), 1, MANY, 1.0)) {
            lanes.answer(part);
            work(agent);
        }
        return reply;
    }

    private void work(final ScatterAgent agent) {
        for (int i = 0; i < 4; i++) {
            nowNs += 1_000_000L;
            agent.doWork();
        }
    }

    private void close(final ScatterAgent agent, final MergeBudget budget) {
        agent.onClose();
        assertEquals(0, budget.usedBytes());
        assertEquals(List.of(), errors);
    }
}
