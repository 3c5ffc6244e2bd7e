package io.truenow.gateway.edge.rest;

import io.truenow.fabric.metrics.Metrics;
import org.agrona.concurrent.status.AtomicCounter;

/** Counters of the REST edge, shared by its event loops: they add atomically, once a request. */
final class RestMetrics {
    final AtomicCounter accepted;
    final AtomicCounter parseNs;
    final AtomicCounter parsedBytes;
    final AtomicCounter busy;
    private final AtomicCounter[] rejectedByCode = new AtomicCounter[RejectCode.values().length];

    RestMetrics(final Metrics metrics) {
        accepted = metrics.counter("truenow_gateway_rest_events_accepted_total", "events acknowledged over REST");
        parseNs = metrics.counter("truenow_gateway_rest_parse_nanoseconds_total", "time spent from request bytes to batches");
        parsedBytes = metrics.counter("truenow_gateway_rest_parse_bytes_total", "bytes of request bodies read");
        busy = metrics.counter("truenow_gateway_rest_refused_busy_total", "requests refused, as the journal or the loop has too many");
        for (final RejectCode code : RejectCode.values()) {
            rejectedByCode[code.ordinal()] =
                metrics.counter("truenow_gateway_rest_events_rejected_total", "events rejected over REST, by code", "code", code.text());
        }
    }

    void onRead(final long elapsedNs, final int bytes) {
        parseNs.getAndAdd(elapsedNs);
        parsedBytes.getAndAdd(bytes);
    }

    void onRejected(final int[] countByCode) {
        for (int i = 0; i < countByCode.length; i++) {
            if (countByCode[i] != 0) {
                rejectedByCode[i].getAndAdd(countByCode[i]);
            }
        }
    }
}
