package io.truenow.gateway.publish;

import io.truenow.codecs.StreamIds;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogDiff;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.channel.Inbox;
import io.truenow.fabric.time.RetentionClock;
import io.truenow.gateway.journal.Acknowledgements;
import io.truenow.gateway.journal.BatchFields;
import io.truenow.gateway.journal.Completions;
import io.truenow.gateway.journal.IngestOutcome;
import io.truenow.gateway.journal.IngestRequest;
import io.truenow.gateway.journal.Journal;
import io.truenow.gateway.table.KeptFrom;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.agrona.concurrent.NanoClock;

import java.util.function.IntSupplier;

/**
 * The one thread through which every accepted batch goes: append, offer to live lanes, acknowledge; beside it, feed lagging lanes from the
 * journal and hear what lanes have applied. Requests come in by a queue and go back by their completion. Owns the journal, the destinations
 * and the acknowledgements; {@link #close} is the launcher's, after the agent has ended.
 */
public final class JournalAgent implements Agent, AutoCloseable {
    private static final int REQUEST_LIMIT = 64;
    /** So many are answered together at most. */
    private static final int TURN_REQUESTS = 16;
    private static final long FAST_TIMER_NS = 10_000_000L;
    private static final long SLOW_TIMER_NS = 1_000_000_000L;
    private static final int NO_ID = -1;
    private static final String UNWRITABLE = "the journal cannot be written: is its disk full?";
    private static final long FIRST_EPOCH = 1;
    /** Lanes keep or let go of ten minutes of event time at once. */
    private static final long SPAN_US = 600_000_000L;
    private static final long SPAN_GRACE_US = 60_000_000L;
    private static final String OTHER_CATALOG =
        "control follows another catalog than the one this gateway's journal belongs to: its data was lost or exchanged; restore control's"
            + " directory, or move this gateway's directory away, with the events in it, and restart";

    /**
     * What it works with.
     *
     * @param journal   open; closed by the launcher.
     * @param binding   to the catalog that the journal belongs to.
     * @param requests  of the edges.
     * @param gatewayId -1 until known; called on the agent's thread.
     * @param inbox     where lanes answer.
     * @param keptFrom  written here as lanes tell, read by the edges.
     * @param ageClock  followed here: the journal's files grow old by it.
     */
    public record Context(
        Journal journal,
        CatalogBinding binding,
        ManyToOneConcurrentArrayQueue<IngestRequest> requests,
        CatalogView catalogView,
        IntSupplier gatewayId,
        long incarnation,
        Inbox inbox,
        KeptFrom keptFrom,
        LanePublications publications,
        GatewayCounters counters,
        Limits limits,
        NanoClock nanoClock,
        RetentionClock ageClock,
        ErrorHandler errors) {
    }

    /**
     * Its bounds.
     *
     * @param budgetBytes      of the journal: requests beyond it are refused.
     * @param appliedTimeoutNs after which a request that waits for its lanes is answered without them.
     * @param retentionUs      of tables that the catalog does not know.
     * @param graceUs          how long a batch is kept beyond its table's retention.
     * @param publish          of each destination.
     */
    public record Limits(long budgetBytes, long appliedTimeoutNs, long retentionUs, long graceUs, PublishLimits publish) {
    }

    private final Context context;
    private final Limits limits;
    private final Journal journal;
    private final Destinations destinations;
    private final Completions completions = new Completions();
    private final Acknowledgements acknowledgements;
    private LaneInbox inbox;
    private Catalog newest = Catalog.EMPTY;
    /** The newest, unless it is of another catalog than the journal: then empty, so that nothing is published or deleted by it. */
    private Catalog catalog = Catalog.EMPTY;
    private boolean isOtherCatalog;
    private int gatewayId = NO_ID;
    private long nowNs;
    private long nextFastTimerNs;
    private long nextSlowTimerNs;
    /** Of the last request that the budget had no room for, 0 since there is. */
    private long refusedBytes;
    private volatile String whyFull;
    private volatile String whyUnwritable;
    private volatile String whyNotReady = "the gateway has no id yet: control has not answered";

    public JournalAgent(final Context context) {
        this.context = context;
        this.limits = context.limits();
        this.journal = context.journal();
        this.destinations = new Destinations(journal, context.publications(), limits.publish());
        this.acknowledgements = new Acknowledgements(context.incarnation(), completions);
        this.nextFastTimerNs = context.nanoClock().nanoTime();
        this.nextSlowTimerNs = nextFastTimerNs;
    }

    /** Null when requests are taken, else one sentence why not. Any thread. */
    public String whyNotReady() {
        return whyNotReady;
    }

    /** Null, or a sentence: the journal is at its budget. Any thread. */
    public String whyFull() {
        return whyFull;
    }

    /** Null, or a sentence: the journal's files cannot be written. Any thread. */
    public String whyUnwritable() {
        return whyUnwritable;
    }

    @Override
    public int doWork() {
        nowNs = context.nanoClock().nanoTime();
        int work = 0;
        if (gatewayId != NO_ID) {
            work += inbox.poll();
            work += pollCatalog();
        } else {
            work += pollIdentity();
        }
        work += pollRequests();
        if (!journal.isBroken()) {
            work += destinations.poll(nowNs);
        }
        if (nowNs - nextFastTimerNs >= 0) {
            nextFastTimerNs = nowNs + FAST_TIMER_NS;
            onFastTimer();
        }
        if (nowNs - nextSlowTimerNs >= 0) {
            nextSlowTimerNs = nowNs + SLOW_TIMER_NS;
            onSlowTimer();
        }
        completions.endTurn();
        return work;
    }

    @Override
    public String roleName() {
        return "gateway-journal";
    }

    /** Refuses what is still queued, gives up what still waits, closes publications and the inbox. */
    @Override
    public void close() {
        IngestRequest request = context.requests().poll();
        while (request != null) {
            completions.complete(request, IngestOutcome.CLOSED);
            request = context.requests().poll();
        }
        acknowledgements.close();
        completions.endTurn();
        destinations.close();
        CloseHelper.close(inbox);
    }

    private int pollIdentity() {
        final int id = context.gatewayId().getAsInt();
        if (id == NO_ID) {
            return 0;
        }
        if (journal.gatewayId() != NO_ID && journal.gatewayId() != id) {
            whyNotReady = "the journal holds batches of another gateway: its directory does not belong to this identity";
            return 0;
        }
        inbox = new LaneInbox(context.inbox().subscribe(StreamIds.gatewayInbox(id)), destinations, acknowledgements,
            context.keptFrom(), context.counters());
        destinations.identity(id, context.incarnation());
        gatewayId = id;
        whyNotReady = null;
        return 1;
    }

    private int pollCatalog() {
        final Catalog viewed = context.catalogView().catalog();
        if (viewed == newest) {
            return 0;
        }
        final boolean isAdmitted = context.binding().admits(viewed);
        newest = viewed;
        if (isAdmitted == isOtherCatalog) {
            isOtherCatalog = !isAdmitted;
            whyNotReady = isAdmitted ? null : OTHER_CATALOG;
            if (!isAdmitted) {
                context.errors().onError(new IllegalStateException(OTHER_CATALOG));
            }
        }
        final CatalogDiff diff = new CatalogDiff(catalog, isAdmitted ? viewed : Catalog.EMPTY);
        catalog = diff.after();
        destinations.onCatalog(diff, nowNs);
        acknowledgements.onCatalog(diff);
        return 1;
    }

    private int pollRequests() {
        int count = 0;
        while (count < REQUEST_LIMIT) {
            final IngestRequest request = context.requests().poll();
            if (request == null) {
                break;
            }
            count++;
            onRequest(request);
            if (count % TURN_REQUESTS == 0) {
                completions.endTurn();
            }
        }
        completions.endTurn();
        return count;
    }

    private void onRequest(final IngestRequest request) {
        final IngestOutcome refusal = refusal(request);
        if (refusal != null) {
            refuse(request, refusal);
            return;
        }
        final long index = journal.append(request, gatewayId, nowNs);
        if (index < 0) {
            whyUnwritable = UNWRITABLE;
            whyNotReady = UNWRITABLE;
            refuse(request, IngestOutcome.JOURNAL_UNAVAILABLE);
            return;
        }
        long rows = 0;
        for (int i = 0, count = request.batchCount(); i < count; i++) {
            rows += BatchFields.rowCount(request.batch(i), request.batchOffset(i));
        }
        context.counters().onJournaled(request, rows);
        if (request.ackLevel() == AckLevel.APPLIED) {
            acknowledgements.await(request, nowNs + limits.appliedTimeoutNs());
            publish(index, request);
        } else {
            publish(index, request);
            completions.complete(request, IngestOutcome.OK);
        }
    }

    /** The request is in the journal, so it is acknowledged whatever becomes of this. */
    private void publish(final long index, final IngestRequest request) {
        try {
            destinations.onAppended(index, request);
        } catch (final RuntimeException e) {
            context.errors().onError(new IllegalStateException("cannot publish a batch at once: it is read from the journal", e));
        }
    }

    private IngestOutcome refusal(final IngestRequest request) {
        if (gatewayId == NO_ID) {
            return IngestOutcome.NOT_REGISTERED;
        }
        if (request.lengthBytes() > IngestRequest.MAX_BYTES) {
            return IngestOutcome.TOO_LARGE;
        }
        if (journal.bytes() + request.lengthBytes() > limits.budgetBytes()) {
            onFull(request.lengthBytes());
            return IngestOutcome.JOURNAL_FULL;
        }
        for (int i = 0, count = request.batchCount(); i < count; i++) {
            final int shardId = BatchFields.shardId(request.batch(i), request.batchOffset(i));
            if (!destinations.hasOwner(shardId) && !refreshedCatalogHasOwner(shardId)) {
                return isOtherCatalog ? IngestOutcome.JOURNAL_UNAVAILABLE : IngestOutcome.SHARD_UNASSIGNED;
            }
            if (destinations.isStalled(shardId, nowNs)) {
                return IngestOutcome.SHARD_STALLED;
            }
            final IngestOutcome notKept = notKept(shardId, BatchFields.minEventTimeUs(request.batch(i), request.batchOffset(i)));
            if (notKept != null) {
                return notKept;
            }
        }
        return null;
    }

    private void onFull(final long requestBytes) {
        refusedBytes = requestBytes;
        if (whyFull == null) {
            whyFull = "the journal is at its budget of " + limits.budgetBytes() + " bytes, so events are refused until batches that it"
                + " keeps are past their retention: raise gateway.journal-budget";
            whyNotReady = whyFull;
        }
    }

    /**
     * What its lane would drop is not acknowledged: who looks here has heard all that the lane said. Until it has said something, since
     * this start of the gateway, only events are taken that it cannot have let go: of this span, or of a shard that has never had another
     * owner.
     */
    private IngestOutcome notKept(final int shardId, final long minEventTimeUs) {
        final long fromUs = context.keptFrom().timeUs(shardId);
        if (fromUs != KeptFrom.UNKNOWN) {
            return minEventTimeUs < fromUs ? IngestOutcome.RETENTION_MOVED : null;
        }
        final Shard shard = catalog.shard(shardId);
        final boolean isNew = shard != null && shard.epoch() <= FIRST_EPOCH;
        final long spanUs = Math.floorDiv(context.ageClock().microTime() - SPAN_GRACE_US, SPAN_US) * SPAN_US;
        return isNew || minEventTimeUs >= spanUs ? null : IngestOutcome.RETENTION_UNKNOWN;
    }

    /** An edge may have seen a newer catalog than this duty cycle. */
    private boolean refreshedCatalogHasOwner(final int shardId) {
        return pollCatalog() > 0 && destinations.hasOwner(shardId);
    }

    private void refuse(final IngestRequest request, final IngestOutcome outcome) {
        context.counters().onRefused(outcome);
        completions.complete(request, outcome);
    }

    private void onFastTimer() {
        final int expired = acknowledgements.expire(nowNs);
        if (expired > 0) {
            context.counters().onExpired(expired);
        }
        context.counters().show(
            destinations, journal.bytes(), journal.damagedDocuments(), acknowledgements.pendingRequests(), nowNs);
    }

    private void onSlowTimer() {
        if (journal.isBroken()) {
            final long lastIndex = journal.lastIndex();
            if (journal.reopen(nowNs)) {
                destinations.onReopened(lastIndex);
            }
        }
        if (gatewayId != NO_ID && !isOtherCatalog) {
            whyUnwritable = journal.isWritable(nowNs) ? null : UNWRITABLE;
            if (journal.bytes() + refusedBytes <= limits.budgetBytes()) {
                refusedBytes = 0;
                whyFull = null;
            }
            whyNotReady = whyUnwritable == null ? whyFull : whyUnwritable;
        }
        context.ageClock().update();
        if (catalog != Catalog.EMPTY && journal.deleteExpired(context.ageClock().microTime(), this::neededForUs)) {
            context.counters().onDeleted();
            destinations.onDeleted();
        }
    }

    private long neededForUs(final long tableId) {
        final Table table = catalog.table((int)tableId);
        return (table == null ? limits.retentionUs() : table.retentionUs()) + limits.graceUs();
    }
}
