package io.truenow.gateway.edge.rest;

import io.truenow.fabric.metrics.Metrics;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.gateway.ingest.IngestCall;
import io.truenow.gateway.ingest.IngestCounters;
import org.agrona.concurrent.status.AtomicCounter;

import java.util.EnumSet;
import java.util.Set;

/** Counters of the REST edge, shared by its event loops: they add atomically, once a request. */
final class RestMetrics implements IngestCounters {
    /** Why an event can be rejected. What else control says counts as {@link ProblemCode#REFUSED_BY_CONTROL}. */
    private static final Set<ProblemCode> CODES_OF_EVENTS = EnumSet.of(ProblemCode.INVALID_TYPE, ProblemCode.UNKNOWN_FIELD,
        ProblemCode.DUPLICATE_FIELD, ProblemCode.MISSING_NAMESPACE, ProblemCode.MISSING_TABLE, ProblemCode.INVALID_NAMESPACE,
        ProblemCode.INVALID_TABLE, ProblemCode.MISSING_EVENT_ID, ProblemCode.INVALID_EVENT_ID, ProblemCode.MISSING_EVENT_TIME,
        ProblemCode.INVALID_EVENT_TIME, ProblemCode.EVENT_TOO_OLD, ProblemCode.EVENT_IN_FUTURE, ProblemCode.INVALID_DIMENSION,
        ProblemCode.INVALID_METRIC, ProblemCode.INEXACT_METRIC, ProblemCode.SCHEMA_LIMIT, ProblemCode.EVENT_TOO_LARGE,
        ProblemCode.TOO_MANY_TABLES, ProblemCode.REFUSED_BY_CONTROL);

    private final AtomicCounter accepted;
    private final AtomicCounter parseNs;
    private final AtomicCounter parsedBytes;
    private final AtomicCounter busy;
    private final AtomicCounter[] rejectedByCode = new AtomicCounter[ProblemCode.values().length];

    RestMetrics(final Metrics metrics) {
        accepted = metrics.counter("truenow_gateway_rest_events_accepted_total", "events acknowledged over REST");
        parseNs = metrics.counter("truenow_gateway_rest_parse_nanoseconds_total", "time spent from request bytes to batches");
        parsedBytes = metrics.counter("truenow_gateway_rest_parse_bytes_total", "bytes of request bodies read");
        busy = metrics.counter("truenow_gateway_rest_refused_busy_total", "requests refused, as the journal or the loop has too many");
        for (final ProblemCode code : CODES_OF_EVENTS) {
            rejectedByCode[code.ordinal()] =
                metrics.counter("truenow_gateway_rest_events_rejected_total", "events rejected over REST, by code", "code", code.text());
        }
        for (final ProblemCode code : EnumSet.complementOf(EnumSet.copyOf(CODES_OF_EVENTS))) {
            rejectedByCode[code.ordinal()] = rejectedByCode[ProblemCode.REFUSED_BY_CONTROL.ordinal()];
        }
    }

    @Override
    public void onAccepted(final int events) {
        accepted.getAndAdd(events);
    }

    @Override
    public void onBusy() {
        busy.increment();
    }

    @Override
    public void onRead(final IngestCall call, final long elapsedNs) {
        parseNs.getAndAdd(elapsedNs);
        parsedBytes.getAndAdd(((RestRequest) call).exchange.body().readableBytes());
    }

    @Override
    public void onRejected(final int[] countByCode) {
        for (int i = 0; i < countByCode.length; i++) {
            if (countByCode[i] != 0) {
                rejectedByCode[i].getAndAdd(countByCode[i]);
            }
        }
    }
}
