package io.truenow.hottier.lane;

import io.truenow.engine.store.seal.SealDone;
import io.truenow.engine.store.seal.SealExchange;
import io.truenow.engine.store.seal.SealTask;
import io.truenow.engine.store.segment.FileSegment;
import io.truenow.engine.store.segment.OpenSegment;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.segment.Span;
import org.agrona.ErrorHandler;

import java.util.ArrayDeque;
import java.util.List;

/**
 * The lane's side of sealing: gives segments to the sealer agent, takes up the files that come back, puts them in place of what they hold.
 * A task that failed is tried again, later and later; meanwhile the sources serve on. Belongs to the lane.
 */
final class Sealing {
    /** More at once would only wait, and their files be touched for longer before they serve. */
    private static final int MAX_WRITES = 2;
    /** Values of a file that are retained in one duty cycle: some tens of microseconds. */
    private static final int VALUES_PER_CYCLE = 512;
    private static final long STUCK_NS = 1_000_000_000L;
    /** After which a task that failed is tried again, at first, and always while ingest waits for what it gives back. */
    static final long FIRST_RETRY_NS = 1_000_000_000L;
    private static final int MAX_DOUBLINGS = 6;

    private final SealExchange seals;
    private final LifeCounters counters;
    private final ErrorHandler errors;
    private final Placements placements;
    private final Leaving leaving;
    private final ArrayDeque<SealDone> arrived = new ArrayDeque<>();
    private int writes;
    private long takingUpSinceNs;
    private String failure = "";
    private boolean writesFail;
    private long writeFailedNs;

    Sealing(final LifeContext context, final ErrorHandler errors, final Placements placements, final Leaving leaving) {
        this.seals = context.seals();
        this.counters = context.counters();
        this.errors = errors;
        this.placements = placements;
        this.leaving = leaving;
    }

    /** Whether another segment may be given to the sealer agent now. */
    boolean hasRoom() {
        return writes < MAX_WRITES;
    }

    /** Whether nothing is under way. */
    boolean isIdle() {
        return writes == 0;
    }

    /** Whether a file is there, but for long there was no memory for its values. */
    boolean isStuck(final long nowNs) {
        return !arrived.isEmpty() && nowNs - takingUpSinceNs > STUCK_NS;
    }

    /**
     * Whether it is of use to ask for a segment: the last one was written, or it is time to see whether one can be again. Were all that
     * failed asked for at once, something would always be under way, and no span would go to make room.
     */
    boolean canWrite(final long nowNs) {
        return !writesFail || nowNs - writeFailedNs >= FIRST_RETRY_NS;
    }

    /** Why the last task failed, empty since a segment was written. */
    String failure() {
        return failure;
    }

    /** Has the rows of some segments of a span written as one file. */
    void write(final ShardStore store, final Span span, final List<Segment> sources) {
        long rows = 0;
        for (final Segment source : sources) {
            source.beginTask();
            rows += source.rowCount();
        }
        writes++;
        counters.sealTasks().incrementRelease();
        seals.offer(new SealTask.Write(store.state(), span.startUs(), sources, store.newUid(), store.durable(sources), rows));
    }

    /** Takes answers and takes files up; returns the work done. */
    int doWork(final long nowNs) {
        int work = seals.flushTasks();
        SealDone done = seals.pollDone();
        while (done != null) {
            work++;
            if (done.task() instanceof SealTask.Write write) {
                onWritten(write, done, nowNs);
            } else {
                leaving.onDone(done, nowNs);
            }
            if (!done.isDone()) {
                onFailure(done.failure());
            }
            done = seals.pollDone();
        }
        return arrived.isEmpty() ? work : work + takeUp(nowNs);
    }

    /** Some more values of the file that arrived first. Many take longer than a refusal may last: what counts is that some were taken. */
    private int takeUp(final long nowNs) {
        final FileSegment segment = arrived.peekFirst().segment();
        final long before = segment.retainedValues();
        final boolean isOver = segment.retainValues(VALUES_PER_CYCLE);
        if (!isOver && segment.retainedValues() == before) {
            return 0;
        }
        takingUpSinceNs = nowNs;
        if (isOver) {
            put((SealTask.Write) arrived.pollFirst().task(), segment);
        }
        return 1;
    }

    private void onWritten(final SealTask.Write write, final SealDone done, final long nowNs) {
        final FileSegment segment = done.segment();
        if (done.isDone() && segment.rowCount() == write.expectedRows()) {
            takingUpSinceNs = arrived.isEmpty() ? nowNs : takingUpSinceNs;
            arrived.add(done);
            writesFail = false;
            return;
        }
        if (done.isDone()) {
            errors.onError(new IllegalStateException("a segment file has not the rows that it was made of"));
            leaving.discard(segment);
        }
        writes--;
        writesFail = true;
        writeFailedNs = nowNs;
        for (final Segment source : write.sources()) {
            source.failTask(nowNs, FIRST_RETRY_NS << Math.min(source.failures(), MAX_DOUBLINGS));
        }
    }

    private void put(final SealTask.Write write, final FileSegment made) {
        writes--;
        write.sources().forEach(Segment::endTask);
        final LaneShard shard = placements.shard(write.shard().shardId());
        final boolean isAmendment = shard != null && hasFile(shard.store.span(write.spanStartUs()));
        if (shard == null || !shard.store.replace(write.sources(), made)) {
            // its span or its shard has gone meanwhile
            leaving.discard(made);
            return;
        }
        failure = "";
        leaving.retire(write.sources());
        if (write.sources().getFirst() instanceof OpenSegment) {
            counters.seals().incrementRelease();
            if (isAmendment) {
                counters.amendments().incrementRelease();
            }
        } else {
            counters.merges().incrementRelease();
        }
    }

    private void onFailure(final String reason) {
        counters.sealFailures().incrementRelease();
        if (failure.isEmpty()) {
            errors.onError(new IllegalStateException("the sealer agent failed; what it was to do is tried again, see the status page"));
        }
        failure = reason;
    }

    private static boolean hasFile(final Span span) {
        return span != null && span.hasFiles();
    }
}
