package io.truenow.hottier.lane;

import io.truenow.hottier.seal.SealDone;
import io.truenow.hottier.seal.SealExchange;
import io.truenow.hottier.seal.SealTask;
import io.truenow.hottier.segment.FileSegment;
import io.truenow.hottier.segment.Segment;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Segments on their way out: to the query agent, back when no query reads them, freed in slices so that the lane never stalls, and files
 * on to the sealer agent, which deletes them. What the sealer agent reads is not freed before it has answered. Belongs to the lane.
 *
 * <p>Files of spans that were let go before their time are deleted only when the sealer agent has made durable from when on the shard's
 * rows are available: a node that comes back after a crash would not know, and answer as if it had them. What was in memory is told by
 * the shard's header in the regions, or fed again by the journals if these are gone.
 */
final class Leaving {
    /** Values and blocks freed in one duty cycle: some tens of microseconds. */
    private static final int PIECES_PER_CYCLE = 512;
    private static final long RETRY_NS = 1_000_000_000L;
    private static final Segment[] NO_SEGMENTS = new Segment[0];

    private final LaneExchange exchange;
    private final SealExchange seals;
    private final ArrayDeque<Keeping> keeping = new ArrayDeque<>();
    private final ArrayDeque<Segment> freeing = new ArrayDeque<>();
    private int count;

    Leaving(final LaneExchange exchange, final SealExchange seals) {
        this.exchange = exchange;
        this.seals = seals;
    }

    /** Segments whose memory or files are not free yet. */
    int count() {
        return count;
    }

    /** These left their shard. */
    void retire(final Segment[] segments) {
        count += segments.length;
        exchange.retire(segments);
    }

    /** These left their shard before their time. */
    void retireWhenKept(final SealTask.Keep keep, final Segment[] segments) {
        count += segments.length;
        final List<Segment> files = new ArrayList<>();
        final List<Segment> rest = new ArrayList<>();
        for (final Segment segment : segments) {
            (segment instanceof FileSegment ? files : rest).add(segment);
        }
        exchange.retire(rest.toArray(NO_SEGMENTS));
        keeping.add(new Keeping(keep, files.toArray(NO_SEGMENTS), false));
        seals.offer(keep);
    }

    /** What a shard lost is known: when that is durable, the damaged files need not be looked at again. */
    void settle(final SealTask.Keep keep) {
        keeping.add(new Keeping(keep, NO_SEGMENTS, true));
        seals.offer(keep);
    }

    /** A file that was never published. */
    void discard(final FileSegment segment) {
        count++;
        freeing.add(segment);
    }

    /** The sealer agent has done, or not done, what does not write a segment. */
    void onDone(final SealDone done, final long nowNs) {
        if (done.task() instanceof SealTask.Delete) {
            count--;
        } else {
            for (final Keeping waiting : keeping) {
                if (waiting.keep == done.task()) {
                    waiting.retryAtNs = nowNs + RETRY_NS;
                    waiting.isKept = done.isDone();
                    waiting.isUnderWay = false;
                }
            }
        }
    }

    /** Moves on; returns the work done. */
    int doWork(final long nowNs) {
        final int work = exchange.flushRetired() + releaseKept(nowNs);
        Segment released = exchange.pollReleased();
        while (released != null) {
            freeing.add(released);
            released = exchange.pollReleased();
        }
        for (int left = freeing.size(); left > 0; left--) {
            final Segment segment = freeing.pollFirst();
            if (segment.isInTask()) {
                freeing.addLast(segment);
            } else if (segment.freeSome(PIECES_PER_CYCLE)) {
                onFreed(segment);
                return work + 1;
            } else {
                freeing.addFirst(segment);
                return work + 1;
            }
        }
        return work;
    }

    private void onFreed(final Segment segment) {
        if (segment instanceof FileSegment file) {
            seals.offer(new SealTask.Delete(file));
        } else {
            count--;
        }
    }

    private int releaseKept(final long nowNs) {
        int work = 0;
        while (!keeping.isEmpty() && keeping.peekFirst().isKept) {
            final Keeping kept = keeping.pollFirst();
            exchange.retire(kept.segments);
            if (kept.isSettling) {
                seals.offer(new SealTask.Settle(kept.keep.shardId()));
            }
            work++;
        }
        if (!keeping.isEmpty() && !keeping.peekFirst().isUnderWay && nowNs - keeping.peekFirst().retryAtNs >= 0) {
            keeping.peekFirst().isUnderWay = true;
            seals.offer(keeping.peekFirst().keep);
            work++;
        }
        return work;
    }

    /** Segments that wait, in the order in which they left. */
    private static final class Keeping {
        private final SealTask.Keep keep;
        private final Segment[] segments;
        private final boolean isSettling;
        private boolean isUnderWay = true;
        private boolean isKept;
        private long retryAtNs;

        Keeping(final SealTask.Keep keep, final Segment[] segments, final boolean isSettling) {
            this.keep = keep;
            this.segments = segments;
            this.isSettling = isSettling;
        }
    }
}
