package io.truenow.hottier.lane;

import io.truenow.engine.store.segment.FileSegment;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.OpenSegment;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.segment.Span;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.MemoryPressure;
import io.truenow.fabric.memory.PressureLevel;
import org.agrona.concurrent.status.AtomicCounter;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Leads segments from their first row to their file, and out: freezes those whose time has come, has them sealed and merged, lets spans go
 * by age and, when memory is short, before their time. Goes round all shards again and again, some in each duty cycle. Belongs to the lane.
 *
 * <p>Under pressure, after the cubes, the largest open segment is sealed early as long as unsealed rows are what holds the memory; else, or
 * if sealing fails, the lane's oldest span is let go, one at a time, when the one before is really gone. What is left when only spans that
 * still take rows are there is that ingest waits.
 */
final class SegmentLife {
    private static final int SHARDS_PER_CYCLE = 256;
    private static final int SHARDS_LET_GO_PER_CYCLE = 32;
    private static final long NO_SPAN = Long.MAX_VALUE;
    private static final long ROUND_NS = 100_000_000L;
    private static final long SHORT_ROUND_NS = 5_000_000L;
    /** A refusal may be over as soon as freed memory has come back, so it takes some of them to let rows go. */
    private static final long SHORT_NS = 20_000_000L;
    /** Who waits for room tries again each millisecond: one who has not is gone, with the gateway that the batch came from. */
    private static final long GIVEN_UP_NS = 1_000_000_000L;
    /** The level of pressure follows what was freed by then. */
    private static final long DROP_INTERVAL_NS = 50_000_000L;
    private static final long MIN_EARLY_ROWS = 64;
    /** Not longer than a span: what an amendment holds back of the durable vector, the open span holds back anyway. */
    private static final int AGE_IDLES = 2;
    private static final int MANY_FILES = 8;
    private static final int MERGED_SEGMENTS = 4;

    private final LaneMemory memory;
    private final LifeContext context;
    private final SegmentPolicy policy;
    private final Leaving leaving;
    private final Sealing sealing;
    private final Placements placements;
    private final SegmentCensus census = new SegmentCensus();
    private final List<Segment> sources = new ArrayList<>();
    private int nextShard;
    private int letGoInCycle;
    /** Of all shards, as far as the round has come; and the one that goes in this round. */
    private long oldestSpanUs = NO_SPAN;
    private long droppedSpanUs = NO_SPAN;
    private boolean inRound;
    private long roundBegunNs;
    private long shortSinceNs;
    private long refusedNs;
    private boolean isRefusedSinceDrop;
    private long ageUs;
    private long droppedNs;
    private LaneShard largestShard;
    private Span largest;
    private volatile LifeStatus status = LifeStatus.NONE;

    SegmentLife(final LaneContext context, final Leaving leaving, final Placements placements) {
        this.memory = context.memory();
        this.context = context.life();
        this.policy = context.life().policy();
        this.leaving = leaving;
        this.placements = placements;
        this.sealing = new Sealing(context.life(), context.errors(), placements, leaving);
    }

    /** As of the last round. Any thread. */
    LifeStatus status() {
        return status;
    }

    /**
     * Whether no batch may be taken though blocks may be free: what is sealed makes regions free, but its files count, and only spans that
     * leave give that back.
     */
    boolean holdsBack() {
        return context.pressure().isAtLeast(PressureLevel.REFUSE);
    }

    /** A batch had to wait for memory. */
    void onRoomRefused(final long nowNs) {
        shortSinceNs = shortSinceNs == 0 ? nowNs : shortSinceNs;
        refusedNs = nowNs;
        isRefusedSinceDrop = true;
    }

    /** A batch had room. */
    void onRoom() {
        shortSinceNs = 0;
    }

    /**
     * Moves on; returns the work done.
     *
     * @param nowUs    spans are over by it.
     * @param newAgeUs spans grow old by it.
     */
    int doWork(final long nowNs, final long nowUs, final long newAgeUs) {
        ageUs = newAgeUs;
        final int work = leaving.doWork(nowNs) + sealing.doWork(nowNs);
        if (shortSinceNs != 0 && nowNs - refusedNs >= GIVEN_UP_NS) {
            shortSinceNs = 0;
        }
        if (!inRound && nowNs - roundBegunNs >= (shortSinceNs == 0 ? ROUND_NS : SHORT_ROUND_NS)) {
            beginRound(nowNs, NO_SPAN);
        }
        if (inRound) {
            goOn(nowNs, nowUs);
        }
        return work;
    }

    /** @param dropUs start of the span that goes for want of memory, of whatever shards have rows of it. */
    private void beginRound(final long nowNs, final long dropUs) {
        inRound = true;
        roundBegunNs = nowNs;
        nextShard = 0;
        largest = null;
        largestShard = null;
        oldestSpanUs = NO_SPAN;
        droppedSpanUs = dropUs;
        census.clear();
    }

    private void goOn(final long nowNs, final long nowUs) {
        final List<LaneShard> shards = placements.shards();
        letGoInCycle = 0;
        for (int i = 0; i < SHARDS_PER_CYCLE && nextShard < shards.size() && letGoInCycle < SHARDS_LET_GO_PER_CYCLE; i++) {
            final LaneShard shard = shards.get(nextShard++);
            tend(shard, nowNs, nowUs);
            census.add(shard.census);
        }
        if (nextShard >= shards.size()) {
            inRound = false;
            status = new LifeStatus(census.open, census.frozen, census.sealed, census.memoryRows, census.sealedRows, census.sealedBytes,
                leaving.count(), sealing.failure());
            relieve(nowNs);
        }
    }

    private void tend(final LaneShard shard, final long nowNs, final long nowUs) {
        final ShardStore store = shard.store;
        shard.onTime(ageUs);
        shard.publish();
        if (shard.takeRecovered()) {
            leaving.keep(store);
        }
        if (shard.takeKeptFromMoved()) {
            placements.tellKeptFrom(shard);
        }
        if (store.spanCount() > 0 && store.spanAt(0).startUs() < shard.keptFromUs()) {
            letGo(shard, shard.keptFromUs(), context.counters().spansExpired());
        }
        if (store.spanCount() > 0 && store.spanAt(0).startUs() == droppedSpanUs) {
            letGo(shard, droppedSpanUs + Spans.SPAN_US, context.counters().spansDropped());
        }
        if (store.spanCount() > 1 || store.spanCount() == 1 && isOver(store.spanAt(0), nowUs)) {
            oldestSpanUs = Math.min(oldestSpanUs, store.spanAt(0).startUs());
        }
        shard.letGoMissing();
        if (shard.takeSettled()) {
            leaving.settle(store);
        }
        if (shard.restingSince() == store.changes()) {
            return;
        }
        shard.census.clear();
        boolean isAtRest = true;
        for (int i = 0; i < store.spanCount(); i++) {
            isAtRest &= tend(shard, store.spanAt(i), nowNs, nowUs);
        }
        if (isAtRest) {
            shard.rest();
        }
    }

    /** True if there is nothing to be done with the span before it changes. */
    private boolean tend(final LaneShard shard, final Span span, final long nowNs, final long nowUs) {
        for (int i = 0; i < span.segmentCount(); i++) {
            shard.census.add(span.segment(i));
        }
        if (span.segmentCount() == 1 && span.segment(0) instanceof FileSegment) {
            return true;
        }
        final OpenSegment open = span.open();
        if (open != null && open.rowCount() > 0) {
            if (isToBeFrozen(span, open, nowNs, nowUs)) {
                shard.store.freeze(span);
            } else if (largest == null || open.rowCount() > largest.open().rowCount()) {
                largest = span;
                largestShard = shard;
            }
        }
        if (sealing.hasRoom() && sealing.canWrite(nowNs)) {
            sealFrozen(shard, span, nowNs);
        }
        // a merged file needs room beside its sources
        if (sealing.isIdle() && isOver(span, nowUs) && !context.pressure().isAtLeast(PressureLevel.SEAL)) {
            merge(shard, span, nowNs);
        }
        return false;
    }

    private boolean isOver(final Span span, final long nowUs) {
        return span.startUs() + Spans.SPAN_US + policy.sealAfterUs() <= nowUs;
    }

    private boolean isToBeFrozen(final Span span, final OpenSegment open, final long nowNs, final long nowUs) {
        final long quietNs = span.quietNs(nowNs);
        final long openNs = span.openNs(nowNs);
        if (open.rowCount() >= policy.maxRows()) {
            return true;
        }
        if (!isOver(span, nowUs)) {
            return false;
        }
        final boolean isAmendment = span.segmentCount() > 1;
        if (isAmendment && open.rowCount() < policy.amendmentRows()) {
            return quietNs >= policy.amendmentIdleNs() || openNs >= AGE_IDLES * policy.amendmentIdleNs();
        }
        return quietNs >= policy.quietNs() || openNs >= policy.amendmentIdleNs();
    }

    /** All frozen segments of a span that may be sealed go into one file: after failures there may be several. */
    private void sealFrozen(final LaneShard shard, final Span span, final long nowNs) {
        sources.clear();
        final long longestRetryNs = shortSinceNs == 0 ? Long.MAX_VALUE : Sealing.FIRST_RETRY_NS;
        long rows = 0;
        for (int i = 0; i < span.segmentCount(); i++) {
            final Segment segment = span.segment(i);
            if (segment instanceof OpenSegment frozen && !frozen.isOpen() && frozen.isReadyForTask(nowNs, longestRetryNs)
                && (sources.isEmpty() || rows + frozen.rowCount() <= policy.maxRows())) {
                sources.add(frozen);
                rows += frozen.rowCount();
            }
        }
        if (!sources.isEmpty()) {
            sealing.write(shard.store, span, sources);
        }
    }

    private void merge(final LaneShard shard, final Span span, final long nowNs) {
        sources.clear();
        for (int i = 0; i < span.segmentCount(); i++) {
            if (span.segment(i) instanceof FileSegment file && file.isReadyForTask(nowNs, Long.MAX_VALUE)) {
                sources.add(file);
            }
        }
        if (sources.size() < 2 || sources.size() < MANY_FILES && span.quietNs(nowNs) < policy.mergeIdleNs()) {
            return;
        }
        sources.sort(Comparator.comparingLong(Segment::rowCount));
        long rows = 0;
        int count = 0;
        while (count < sources.size() && rows + sources.get(count).rowCount() <= MERGED_SEGMENTS * policy.maxRows()) {
            rows += sources.get(count).rowCount();
            count++;
        }
        if (count > 1) {
            sealing.write(shard.store, span, sources.subList(0, count));
        }
    }

    private void relieve(final long nowNs) {
        final MemoryPressure pressure = context.pressure();
        final boolean isShort = shortSinceNs != 0 && isRefusedSinceDrop && nowNs - shortSinceNs >= SHORT_NS
            && !pressure.canGrow(memory.pool().maxBlockBytes());
        final boolean isStuck = sealing.isStuck(nowNs);
        final boolean mayDrop = (pressure.isAtLeast(PressureLevel.DROP) || isShort || isStuck) && oldestSpanUs != NO_SPAN
            && leaving.count() == 0 && nowNs - droppedNs >= DROP_INTERVAL_NS;
        final boolean sealingHelps = !isStuck && sealing.canWrite(nowNs) && memory.unsealedBytes() >= policy.earlyBytes();
        final boolean canSeal = hasLargest() && (pressure.isAtLeast(PressureLevel.SEAL) || isShort);
        switch (MemoryRelief.decide(
            mayDrop, pressure.isExceeded(), sealingHelps, sealing.isIdle() || isStuck, holdsBack(), canSeal)) {
            case DROP -> drop(nowNs);
            case SEAL -> {
                largestShard.store.freeze(largest);
                sealFrozen(largestShard, largest, nowNs);
            }
            default -> {
                // there is room, or what is under way frees some
            }
        }
    }

    private boolean hasLargest() {
        return largest != null && largest.open() != null && largest.open().rowCount() >= MIN_EARLY_ROWS;
    }

    private void drop(final long nowNs) {
        droppedNs = nowNs;
        isRefusedSinceDrop = false;
        beginRound(nowNs, oldestSpanUs);
    }

    /** What is available moves first: a query that takes its cut now is refused older ranges, and rows of them are not taken any more. */
    private void letGo(final LaneShard shard, final long fromUs, final AtomicCounter counter) {
        final ShardStore store = shard.store;
        final int before = store.spanCount();
        shard.letGoBefore(fromUs, ageUs);
        shard.publish();
        placements.tellKeptFrom(shard);
        leaving.retireWhenKept(store, store.takeOlderThan(fromUs));
        counter.getAndAddRelease(before - store.spanCount());
        letGoInCycle++;
    }
}
