package io.truenow.hottier.lane;

import io.truenow.engine.store.seal.SealDone;
import io.truenow.engine.store.seal.SealExchange;
import io.truenow.engine.store.seal.SealTask;
import io.truenow.engine.store.segment.FileSegment;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardStore;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Segments on their way out: to the query agent, back when no query reads them, freed in slices so that the lane never stalls, and files
 * on to the sealer agent, which deletes them. What the sealer agent reads is not freed before it has answered. Belongs to the lane.
 *
 * <p>Files of spans that were let go are unmapped at once and deleted only when the sealer agent has made durable from when on the shard's
 * rows are available: a node that comes back after a crash would not know, and answer as if it had them. As long as that cannot be made
 * durable they take room on the disk and none in memory, and such a node answers from them again: what was in memory is told by the shard's
 * header in the regions, or fed again by the journals if these are gone. A file of the shard that passes over it comes only after the state
 * is durable too.
 */
final class Leaving {
    /** Values and blocks freed in one duty cycle: some tens of microseconds. */
    private static final int PIECES_PER_CYCLE = 512;

    private final LaneExchange exchange;
    private final SealExchange seals;
    private final Keeping keeping;
    private final ArrayDeque<Segment> freeing = new ArrayDeque<>();
    /** Files that may not be deleted yet: mapped, and unmapped by now. */
    private final Set<FileSegment> unkept = new HashSet<>();
    private final Set<FileSegment> unkeptAndUnmapped = new HashSet<>();
    private int count;

    Leaving(final LaneExchange exchange, final SealExchange seals) {
        this.exchange = exchange;
        this.seals = seals;
        this.keeping = new Keeping(seals, this::onKept);
    }

    /** Segments whose memory is not free yet, or whose files are about to be deleted. */
    int count() {
        return count;
    }

    /** These left their shard, whose files stand for them. */
    void retire(final List<Segment> segments) {
        count += segments.size();
        exchange.retire(segments);
    }

    /** These left their shard, which says by now that it has no rows so early: files are deleted when that is durable. */
    void retireWhenKept(final ShardStore store, final Segment[] segments) {
        final List<FileSegment> files = new ArrayList<>();
        for (final Segment segment : segments) {
            if (segment instanceof FileSegment file) {
                files.add(file);
            }
        }
        unkept.addAll(files);
        retire(List.of(segments));
        keeping.keep(store, files);
    }

    /** What the shard says of itself now is to outlive a reboot. */
    void keep(final ShardStore store) {
        keeping.keep(store, List.of());
    }

    /** What a shard lost is known: when that is durable, the damaged files need not be looked at again. */
    void settle(final ShardStore store) {
        keeping.settle(store);
    }

    /** A shard leaves the lane with all that it has. */
    void forget(final ShardStore store) {
        store.forget();
        keeping.forget(store);
        retire(List.of(store.takeOlderThan(Long.MAX_VALUE)));
        seals.offer(new SealTask.Forget(store.shardId(), store.newUid()));
    }

    /** A file that was never published. */
    void discard(final FileSegment segment) {
        count++;
        freeing.add(segment);
    }

    /** The sealer agent has done, or not done, what does not write a segment. */
    void onDone(final SealDone done, final long nowNs) {
        if (done.task() instanceof SealTask.Delete || done.task() instanceof SealTask.Unmap) {
            // should the file still be there the agent tries again: its memory is free
            count--;
        } else if (done.task() instanceof SealTask.Keep) {
            keeping.onDone(done, nowNs);
        }
    }

    /** Moves on; returns the work done. */
    int doWork(final long nowNs) {
        final int work = exchange.flushRetired() + keeping.doWork(nowNs);
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
        if (!(segment instanceof FileSegment file)) {
            count--;
        } else if (unkept.remove(file)) {
            unkeptAndUnmapped.add(file);
            seals.offer(new SealTask.Unmap(file));
        } else {
            seals.offer(new SealTask.Delete(file));
        }
    }

    private void onKept(final FileSegment file) {
        unkept.remove(file);
        if (unkeptAndUnmapped.remove(file)) {
            count++;
            seals.offer(new SealTask.Delete(file));
        }
    }
}
