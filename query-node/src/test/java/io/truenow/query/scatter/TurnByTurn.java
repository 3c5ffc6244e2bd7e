package io.truenow.query.scatter;

import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.query.merge.MergeBudget;
import io.truenow.query.plan.Aggregate;
import io.truenow.query.plan.Filter;
import io.truenow.query.plan.LogicalPlan;
import io.truenow.query.plan.Selection;
import org.junit.jupiter.api.AfterEach;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The agent on the test's thread, turn by turn. Every turn in which a message went out, a message came in or somebody was answered counts
 * as work, and none counts less than nothing.
 */
abstract class TurnByTurn {
    static final long MILLI_NS = 1_000_000L;

    final FakeLanes lanes = new FakeLanes();
    final MergeBudget budget = new MergeBudget(1 << 24, 1 << 22);
    final List<Throwable> errors = new ArrayList<>();
    final ProcessMetrics metrics = ProcessMetrics.local();
    final List<RecordedReply> replies = new ArrayList<>();
    final int[] rings = new int[1];
    Catalog catalog = Catalogs.of(5, 3, 1, 1, 2);
    long nowNs = Long.MAX_VALUE - 3_000 * MILLI_NS; // the clock may begin anywhere
    final ScatterAgent agent = agent(1, metrics);

    ScatterAgent agent(final long incarnation, final ProcessMetrics counted) {
        return new ScatterAgent(() -> catalog, lanes,
            new ScatterSettings(incarnation, 40, 2_000 * MILLI_NS, 1_000 * MILLI_NS, 1 << 19, () -> rings[0]++), budget,
            new ScatterMetrics(counted, budget), errors::add, () -> nowNs);
    }

    @AfterEach
    void nothingIsLeft() {
        agent.onClose();
        assertEquals(0, budget.usedBytes());
    }

    static LogicalPlan plan(final boolean partial) {
        return new LogicalPlan("shop", "orders", 0, 1_000, 0, Filter.ALL, List.of("region"), Selection.of(Aggregate.SUM, "price"),
            List.of(), 50_000, null, 10_000, partial);
    }

    RecordedReply offer(final boolean partial) {
        final RecordedReply reply = new RecordedReply();
        replies.add(reply);
        assertTrue(agent.proxy().offer(new QueryTask(plan(partial), nowNs, reply)));
        return reply;
    }

    RecordedReply ask(final boolean partial) {
        final RecordedReply reply = offer(partial);
        turn();
        return reply;
    }

    /** One turn; whatever can be seen of it must have been counted. */
    int turn() {
        nowNs += MILLI_NS;
        final long before = seen();
        final int work = agent.doWork();
        assertTrue(work >= 0, () -> "a turn that did " + work);
        assertTrue(work > 0 || seen() == before, "something was done that was not counted");
        return work;
    }

    long seen() {
        return lanes.asked.size() + lanes.cancelled.size() + lanes.statsAsked.size()
            + replies.stream().filter(RecordedReply::isDone).count();
    }

    void pass(final long millis) {
        for (long i = 0; i < millis; i++) {
            turn();
        }
    }

    void answer(final int node, final double value) {
        lanes.answer(Partials.group(lanes.askedOf(node).correlationId(), node, 0, true, "eu", value));
    }

    double value(final String series) {
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
}
