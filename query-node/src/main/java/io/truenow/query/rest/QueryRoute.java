package io.truenow.query.rest;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.fabric.http.route.HttpHandler;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.query.answer.AnswerSink;
import io.truenow.query.answer.JsonAnswer;
import io.truenow.query.merge.ResultSchema;
import io.truenow.query.plan.LogicalPlan;
import io.truenow.query.plan.RefusedQueryException;
import io.truenow.query.scatter.QueryReply;
import io.truenow.query.scatter.QueryTask;
import io.truenow.query.scatter.ScatterProxy;
import org.agrona.concurrent.NanoClock;

/** {@code POST /v1/query}: checks the request on the event loop and hands it to the scatter agent, which answers. Stateless. */
public final class QueryRoute implements HttpHandler {
    private static final String JSON = "application/json";

    private final QueryJsonParser parser;
    private final ScatterProxy proxy;
    /** The scatter agent's. */
    private final NanoClock clock;

    public QueryRoute(final QueryJsonParser parser, final ScatterProxy proxy, final NanoClock clock) {
        this.parser = parser;
        this.proxy = proxy;
        this.clock = clock;
    }

    @Override
    public void handle(final HttpExchange exchange) {
        final long arrivedNs = clock.nanoTime();
        final LogicalPlan plan;
        try {
            plan = parser.parse(ByteBufUtil.getBytes(exchange.body()), exchange.header("X-Namespace"), exchange.header("X-Table"));
        } catch (final RefusedQueryException e) {
            exchange.problem(e.refusal());
            return;
        }
        if (!proxy.offer(new QueryTask(plan, arrivedNs, new Reply(exchange)))) {
            exchange.problem(Problem.of(ProblemCode.TOO_MANY_QUERIES, "this query node has as many queries waiting as it may; try again"));
        }
    }

    /** Hands the agent's answer to the exchange, whose event loop sends it. */
    private record Reply(HttpExchange exchange) implements QueryReply {
        @Override
        public AnswerSink begin(final ResultSchema schema, final int rowCount, final long maxBytes) {
            // from the allocator that the edges have warmed
            return new JsonAnswer(
                schema, rowCount, ByteBufAllocator.DEFAULT, maxBytes, json -> exchange.reply(200, JSON, json));
        }

        @Override
        public void refuse(final Problem refusal) {
            exchange.problem(refusal);
        }

        @Override
        public boolean isAbandoned() {
            return !exchange.isOpen();
        }
    }
}
