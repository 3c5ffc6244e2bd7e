package io.truenow.gateway.edge.rest;

import io.netty.channel.EventLoop;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.gateway.ingest.IngestFlow;
import io.truenow.gateway.ingest.Priority;

import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** One event loop's part of the REST edge. Everything here belongs to the loop but {@link #wake}. */
final class RestLoop {
    /** Requests of a loop that the journal or the control plane may have at a time. */
    static final int MAX_IN_FLIGHT = 16_384;

    private static final int MAX_POOLED = 256;
    private static final long POLL_INTERVAL_US = 500;

    private final EventLoop eventLoop;
    private final RequestReader reader = new RequestReader();
    private final RestReply replies = new RestReply();
    private final ArrayDeque<RestRequest> pool = new ArrayDeque<>();
    private final IngestFlow flow;
    private final AtomicBoolean isWoken = new AtomicBoolean();
    private final Runnable wokenTask = this::onWoken;
    private final Runnable pollTask = this::onPoll;
    private boolean isPolling;

    RestLoop(final IngestFlow.Context context, final RestMetrics metrics, final EventLoop eventLoop) {
        this.eventLoop = eventLoop;
        this.flow = new IngestFlow(context, metrics, MAX_IN_FLIGHT, this::wake);
    }

    RequestReader reader() {
        return reader;
    }

    RestReply replies() {
        return replies;
    }

    void onRequest(final HttpExchange exchange, final boolean batchOnly) {
        final AckLevel ackLevel = ackLevel(exchange.queryParameter("ack"));
        if (ackLevel == null) {
            exchange.problem(Problem.ofField(ProblemCode.INVALID_ACK, "ack", "ack must be journaled or applied."));
            return;
        }
        final String priorityText = exchange.header("X-Priority");
        final Priority priority = priorityText == null ? Priority.NORMAL : Priority.ofText(priorityText);
        if (priority == null) {
            exchange.problem(
                Problem.ofField(ProblemCode.INVALID_PRIORITY, "X-Priority", "X-Priority must be critical, high, normal or low."));
            return;
        }
        final RestRequest pooled = pool.pollFirst();
        final RestRequest request = pooled == null ? new RestRequest(this) : pooled;
        request.start(exchange, batchOnly, ackLevel, priority);
        flow.take(request);
        pollWhileWaiting();
    }

    /** The request was answered. */
    void giveBack(final RestRequest request) {
        if (pool.size() < MAX_POOLED) {
            pool.addFirst(request);
        }
    }

    private void onWoken() {
        isWoken.set(false);
        flow.poll();
        pollWhileWaiting();
    }

    private void onPoll() {
        isPolling = false;
        flow.poll();
        pollWhileWaiting();
    }

    private void pollWhileWaiting() {
        if (!isPolling && flow.isWaiting()) {
            isPolling = true;
            eventLoop.schedule(pollTask, POLL_INTERVAL_US, TimeUnit.MICROSECONDS);
        }
    }

    /** Called on the journal's thread: one task for all of a turn, and for all that gather until it runs. */
    private void wake() {
        if (isWoken.compareAndSet(false, true)) {
            try {
                eventLoop.execute(wokenTask);
            } catch (final RejectedExecutionException e) {
                // the loops were shut down before the journal: nobody is left to be answered
                isWoken.set(false);
            }
        }
    }

    private static AckLevel ackLevel(final String ack) {
        if (ack == null || "journaled".equals(ack)) {
            return AckLevel.JOURNALED;
        }
        return "applied".equals(ack) ? AckLevel.APPLIED : null;
    }
}
