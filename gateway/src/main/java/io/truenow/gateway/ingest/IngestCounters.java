package io.truenow.gateway.ingest;

import io.truenow.fabric.problem.ProblemCode;

/** What an edge counts. May be called from each of its threads. */
public interface IngestCounters {
    /** So many events of a request were journaled. */
    void onAccepted(int events);

    /** Of the events of a request so many were rejected, by {@link ProblemCode#ordinal}. */
    default void onRejected(final int[] countByCode) {
    }

    /** A request was refused, as too much is in flight. */
    void onBusy();

    /** A request was turned into batches within this time. */
    default void onRead(final IngestCall call, final long elapsedNs) {
    }
}
