package io.truenow.gateway.edge.rest;

import io.netty.channel.EventLoop;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.ControlUnavailableException;
import io.truenow.fabric.http.HttpExchange;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.fabric.time.ProcessClock;
import io.truenow.gateway.journal.IngestCompletion;
import io.truenow.gateway.journal.IngestOutcome;
import io.truenow.gateway.journal.IngestRequest;
import io.truenow.gateway.table.TableNeed;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One event loop's part of the REST edge: it reads requests, hands them to the journal, and answers. Everything here belongs to the loop
 * but {@link Completed}, which the journal's thread calls.
 */
final class RestLoop {
    /** Requests of a loop that the journal or the control plane may have at a time. */
    static final int MAX_IN_FLIGHT = 16_384;

    private static final int MAX_PASSES = 3;
    private static final int MAX_POOLED = 256;
    private static final long POLL_INTERVAL_US = 500;
    private static final int RETRY_SECONDS = 1;

    private final RestEdge.Context context;
    private final RestMetrics metrics;
    private final EventLoop eventLoop;
    private final RequestReader reader = new RequestReader();
    private final RestReply replies = new RestReply();
    private final ArrayDeque<RestRequest> pool = new ArrayDeque<>();
    private final List<RestRequest> waiting = new ArrayList<>();
    private final ManyToOneConcurrentArrayQueue<RestRequest> completed = new ManyToOneConcurrentArrayQueue<>(MAX_IN_FLIGHT);
    private final AtomicBoolean isWoken = new AtomicBoolean();
    private final IngestCompletion completion = new Completed();
    private final Runnable drainTask = this::drainCompleted;
    private final Runnable pollTask = this::pollWaiting;
    private int inFlight;
    private boolean isPolling;

    RestLoop(final RestEdge.Context context, final RestMetrics metrics, final EventLoop eventLoop) {
        this.context = context;
        this.metrics = metrics;
        this.eventLoop = eventLoop;
    }

    void onRequest(final HttpExchange exchange, final boolean batchOnly) {
        final AckLevel ackLevel = ackLevel(exchange);
        if (ackLevel == null) {
            exchange.problem(Problem.ofField(ProblemCode.INVALID_ACK, "ack", "ack must be journaled or applied."));
            return;
        }
        if (inFlight == MAX_IN_FLIGHT) {
            metrics.busy.increment();
            exchange.problem(busy());
            return;
        }
        inFlight++;
        RestRequest request = pool.pollFirst();
        if (request == null) {
            request = new RestRequest();
        }
        request.start(exchange, batchOnly, ackLevel);
        process(request);
    }

    private void drainCompleted() {
        isWoken.set(false);
        for (RestRequest request = completed.poll(); request != null; request = completed.poll()) {
            answer(request);
        }
    }

    private void answer(final RestRequest request) {
        try {
            if (request.ingest.outcome().isJournaled()) {
                metrics.accepted.getAndAdd(request.accepted);
                metrics.onRejected(request.rejectedByCode);
            }
            replies.answer(request);
        } catch (final RuntimeException | Error e) {
            context.errors().onError(e);
            request.exchange.problem(internalError());
        }
        finish(request);
    }

    private void process(final RestRequest request) {
        try {
            if (!read(request)) {
                finish(request);
            }
        } catch (final RuntimeException | Error e) {
            context.errors().onError(e);
            reader.appender().batches().reset();
            request.exchange.problem(internalError());
            finish(request);
        }
    }

    /** False: it has been answered. */
    private boolean read(final RestRequest request) {
        final EventAppender appender = reader.appender();
        appender.tables().catalog(context.tables().catalog());
        appender.keptFrom(context.tables().keptFrom());
        request.catalogVersion = appender.tables().catalog().version();
        final int bodyBytes = request.exchange.body().readableBytes();
        final long startNs = System.nanoTime();
        final Problem problem = reader.read(request, context.clock().microTime());
        if (problem != null) {
            appender.batches().reset();
            metrics.onRejected(request.rejectedByCode);
            request.exchange.problem(problem);
            return false;
        }
        if (!appender.needs().isEmpty()) {
            appender.batches().reset();
            return ask(request, appender.needs().toList());
        }
        if (request.accepted == 0) {
            metrics.onRejected(request.rejectedByCode);
            replies.noneAccepted(request);
            return false;
        }
        final boolean isTaken = handOver(request, appender.batches());
        metrics.onRead(System.nanoTime() - startNs, bodyBytes);
        return isTaken;
    }

    private boolean handOver(final RestRequest request, final EncodedBatches batches) {
        batches.encodeAll();
        if (batches.isTooLarge()) {
            batches.reset();
            request.exchange.problem(IngestOutcome.TOO_LARGE.problem());
            return false;
        }
        request.exchange.hold(batches.lengthBytes() + request.textBytes());
        request.ingest.reset(request.ackLevel, completion).attachment(request);
        request.batches = batches.copyTo(request.ingest, request.batchesView);
        batches.reset();
        if (!context.journal().offer(request.ingest)) {
            metrics.busy.increment();
            request.exchange.problem(busy());
            return false;
        }
        return true;
    }

    private boolean ask(final RestRequest request, final List<TableNeed> needs) {
        if (request.passes == 0) {
            request.deadlineNs = ProcessClock.INSTANCE.nanoTime() + context.controlTimeoutNs();
        }
        if (++request.passes > MAX_PASSES) {
            request.exchange.problem(controlUnavailable());
            return false;
        }
        request.asked.clear();
        request.replies.clear();
        for (final TableNeed need : needs) {
            request.asked.add(need);
            request.replies.add(context.tables().ensure(need));
        }
        waiting.add(request);
        if (!isPolling) {
            isPolling = true;
            eventLoop.schedule(pollTask, POLL_INTERVAL_US, TimeUnit.MICROSECONDS);
        }
        return true;
    }

    private void pollWaiting() {
        isPolling = false;
        final long nowNs = ProcessClock.INSTANCE.nanoTime();
        final List<RestRequest> settled = new ArrayList<>();
        for (final Iterator<RestRequest> iterator = waiting.iterator(); iterator.hasNext(); ) {
            final RestRequest request = iterator.next();
            if (isAnswered(request) || nowNs - request.deadlineNs >= 0) {
                iterator.remove();
                settled.add(request);
            }
        }
        for (final RestRequest request : settled) {
            final Problem problem = isAnswered(request) ? takeAnswers(request) : controlUnavailable();
            if (problem == null) {
                process(request);
            } else {
                request.exchange.problem(problem);
                finish(request);
            }
        }
        if (!waiting.isEmpty() && !isPolling) {
            isPolling = true;
            eventLoop.schedule(pollTask, POLL_INTERVAL_US, TimeUnit.MICROSECONDS);
        }
    }

    /** All answers are there and the catalog shows them, or one failed. */
    private boolean isAnswered(final RestRequest request) {
        final long catalogVersion = context.tables().catalog().version();
        for (final CompletableFuture<CommandReply> reply : request.replies) {
            if (reply.isCompletedExceptionally()) {
                return true;
            }
            if (!reply.isDone() || mustBeShown(reply.join()) && reply.join().catalogVersion() > catalogVersion) {
                return false;
            }
        }
        return true;
    }

    /** A table that is full for control and not for the catalog here has been filled by others meanwhile. */
    private static boolean mustBeShown(final CommandReply reply) {
        return reply.isAccepted() || reply.refusal().code() == ProblemCode.SCHEMA_LIMIT;
    }

    /** Null: the request can be read again. */
    private Problem takeAnswers(final RestRequest request) {
        for (int i = 0; i < request.asked.size(); i++) {
            final CompletableFuture<CommandReply> reply = request.replies.get(i);
            if (reply.isCompletedExceptionally()) {
                return ofFailure(reply.exceptionNow());
            }
            if (!reply.join().isAccepted()) {
                final Problem problem = takeRefusal(request, request.asked.get(i), reply.join().refusal());
                if (problem != null) {
                    return problem;
                }
            }
        }
        return null;
    }

    /** Null: it concerns the events that named the table, not the request. */
    private Problem takeRefusal(final RestRequest request, final TableNeed need, final Problem refusal) {
        return switch (refusal.code().problemClass()) {
            case UNAVAILABLE -> controlUnavailable();
            case INTERNAL ->
                ofFailure(new IllegalStateException("the control plane does not understand this gateway: " + refusal.code().text()));
            case USER, RESOURCE -> {
                final boolean isNews = refusal.code() == ProblemCode.SCHEMA_LIMIT && request.passes < MAX_PASSES
                    && request.catalogVersion < context.tables().catalog().version();
                if (!isNews) {
                    request.refusals.put(SchemaNeeds.key(need.namespace(), need.table()), refusal);
                }
                // else the newer catalog tells, event by event, what fits
                yield null;
            }
        };
    }

    private Problem ofFailure(final Throwable failure) {
        if (failure instanceof ControlUnavailableException) {
            return controlUnavailable();
        }
        context.errors().onError(failure);
        return internalError();
    }

    private static Problem controlUnavailable() {
        return Problem.of(ProblemCode.CONTROL_UNAVAILABLE,
            "The control plane did not create the new table or columns in time. Nothing was accepted; send the request again.");
    }

    private static Problem internalError() {
        return Problem.of(ProblemCode.INTERNAL_ERROR, "The request could not be served for a reason of the gateway's own; its log has it.");
    }

    private static Problem busy() {
        return Problem.of(ProblemCode.GATEWAY_BUSY, "Too much is in flight. Nothing was accepted; send the request again.");
    }

    /** The request has been answered: gives back what it held. */
    private void finish(final RestRequest request) {
        inFlight--;
        request.releaseBuffers();
        request.exchange = null;
        if (pool.size() < MAX_POOLED) {
            pool.addFirst(request);
        }
    }

    private static AckLevel ackLevel(final HttpExchange exchange) {
        final String ack = exchange.queryParameter("ack");
        if (ack == null || "journaled".equals(ack)) {
            return AckLevel.JOURNALED;
        }
        return "applied".equals(ack) ? AckLevel.APPLIED : null;
    }

    /** Called on the journal's thread: queues requests and wakes the loop once for all of a turn and all that gather until it runs. */
    private final class Completed implements IngestCompletion {
        @Override
        public void onComplete(final IngestRequest ingest) {
            // There is room: no more requests are in flight than the queue holds.
            completed.offer((RestRequest) ingest.attachment());
        }

        @Override
        public void onTurnEnd() {
            if (isWoken.compareAndSet(false, true)) {
                try {
                    eventLoop.execute(drainTask);
                } catch (final RejectedExecutionException e) {
                    // The loops were shut down before the journal: nobody is left to be answered.
                    isWoken.set(false);
                }
            }
        }
    }
}
