package io.truenow.gateway.publish;

import io.truenow.fabric.metrics.Metrics;
import io.truenow.gateway.journal.IngestOutcome;
import io.truenow.gateway.journal.IngestRequest;
import org.agrona.concurrent.status.AtomicCounter;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.DoubleSupplier;

/** What the journal agent counts. Written by its thread; the gauges are read by any. */
public final class GatewayCounters {
    private static final String JOURNAL = "truenow_gateway_journal_";

    private final AtomicCounter requests;
    private final AtomicCounter batches;
    private final AtomicCounter events;
    private final AtomicCounter bytes;
    private final AtomicCounter resumes;
    private final AtomicCounter applied;
    private final AtomicCounter expired;
    private final AtomicCounter deletions;
    private final Map<IngestOutcome, AtomicCounter> refusals = new EnumMap<>(IngestOutcome.class);
    private volatile long journalBytes;
    private volatile long batchesPublished;
    private volatile int pendingRequests;
    private volatile int damagedDocuments;
    private volatile int liveDestinations;
    private volatile int laggingDestinations;
    private volatile int connectingDestinations;
    private volatile int stalledDestinations;

    public GatewayCounters(final Metrics metrics) {
        requests = metrics.counter(JOURNAL + "requests_total", "Requests appended to the journal.");
        batches = metrics.counter(JOURNAL + "batches_total", "Batches appended to the journal.");
        events = metrics.counter(JOURNAL + "events_total", "Events appended to the journal.");
        bytes = metrics.counter(JOURNAL + "bytes_total", "Bytes of batches appended to the journal.");
        deletions = metrics.counter(JOURNAL + "deletions_total", "Times that roll files were deleted because nothing in them is needed.");
        resumes = metrics.counter("truenow_gateway_resumes_total", "Resume messages of lanes.");
        applied = metrics.counter("truenow_gateway_applied_messages_total", "Applied messages of lanes.");
        expired = metrics.counter("truenow_gateway_not_applied_in_time_total", "Requests journaled, but not known to be applied in time.");
        for (final IngestOutcome outcome : IngestOutcome.values()) {
            if (outcome != IngestOutcome.PENDING && !outcome.isJournaled()) {
                refusals.put(outcome, metrics.counter(
                    "truenow_gateway_refusals_total", "Requests refused.", "reason", outcome.name().toLowerCase(Locale.ROOT)));
            }
        }
        metrics.gauge(JOURNAL + "held_bytes", "Bytes of the documents in the journal's files.", () -> journalBytes);
        metrics.gauge(JOURNAL + "damaged_documents", "Documents that could not be read.", () -> damagedDocuments);
        metrics.gauge("truenow_gateway_pending_applied_requests", "Requests that wait to be applied.", () -> pendingRequests);
        metrics.gauge("truenow_gateway_batches_published", "Batches sent to lanes, repeated ones included.", () -> batchesPublished);
        destinations(metrics, "live", () -> liveDestinations);
        destinations(metrics, "lagging", () -> laggingDestinations);
        destinations(metrics, "connecting", () -> connectingDestinations);
        metrics.gauge("truenow_gateway_destinations_stalled", "Lanes that have taken nothing for a second.", () -> stalledDestinations);
    }

    /** Bytes of the journal's documents, as of a moment ago. */
    public long journalBytes() {
        return journalBytes;
    }

    /** Lanes that get batches straight from the append, as of a moment ago. */
    public int liveDestinations() {
        return liveDestinations;
    }

    /** Lanes that are fed from the journal, as of a moment ago. */
    public int laggingDestinations() {
        return laggingDestinations;
    }

    /** Lanes that are connected and have taken nothing for a second, as of a moment ago. */
    public int stalledDestinations() {
        return stalledDestinations;
    }

    /** Lanes that have not answered or are away, as of a moment ago. */
    public int connectingDestinations() {
        return connectingDestinations;
    }

    void onJournaled(final IngestRequest request, final long rows) {
        requests.incrementRelease();
        batches.getAndAddRelease(request.batchCount());
        events.getAndAddRelease(rows);
        bytes.getAndAddRelease(request.lengthBytes());
    }

    void onRefused(final IngestOutcome outcome) {
        refusals.get(outcome).incrementRelease();
    }

    void onResume() {
        resumes.incrementRelease();
    }

    void onApplied() {
        applied.incrementRelease();
    }

    void onExpired(final int count) {
        expired.getAndAddRelease(count);
    }

    void onDeleted() {
        deletions.incrementRelease();
    }

    void show(
        final Destinations destinations, final long newJournalBytes, final long newDamagedDocuments, final int newPendingRequests,
        final long nowNs) {
        stalledDestinations = destinations.stalled(nowNs);
        journalBytes = newJournalBytes;
        damagedDocuments = (int)newDamagedDocuments;
        pendingRequests = newPendingRequests;
        batchesPublished = destinations.batchesSent();
        liveDestinations = destinations.count(Destination.State.LIVE);
        laggingDestinations = destinations.count(Destination.State.LAGGING);
        connectingDestinations = destinations.count(Destination.State.CONNECTING) + destinations.count(Destination.State.AWAY);
    }

    private static void destinations(final Metrics metrics, final String state, final DoubleSupplier value) {
        metrics.gauge("truenow_gateway_destinations", "Lanes, by how they are fed.", value, "state", state);
    }
}
