package io.truenow.hottier.lane;

import io.truenow.engine.store.seal.SealDone;
import io.truenow.engine.store.seal.SealExchange;
import io.truenow.engine.store.seal.SealTask;
import io.truenow.engine.store.segment.FileSegment;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.ShardState;
import org.agrona.collections.Int2ObjectHashMap;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Shards whose state has to be durable before something else happens: files that were let go are deleted, damaged ones looked at no more.
 * Many are kept by one task, and what failed is tried again, later and later, as it is then. Belongs to the lane.
 */
final class Keeping {
    /** Shards of one task: some tens of microseconds for the lane. */
    private static final int SHARDS_PER_TASK = 256;
    private static final long FIRST_RETRY_NS = 1_000_000_000L;
    private static final int MAX_DOUBLINGS = 6;

    private final SealExchange seals;
    private final Consumer<FileSegment> onKept;
    private final Int2ObjectHashMap<Waiting> waiting = new Int2ObjectHashMap<>();
    /** Of those, the ones not under way, in the order in which they came. */
    private final ArrayDeque<Waiting> due = new ArrayDeque<>();
    private final List<Waiting> sent = new ArrayList<>();
    private long retryAtNs;
    private int failures;

    /** @param onKept takes files that may be deleted. */
    Keeping(final SealExchange seals, final Consumer<FileSegment> onKept) {
        this.seals = seals;
        this.onKept = onKept;
    }

    /** These files may be deleted when the shard's state of now or later is durable. */
    void keep(final ShardStore store, final List<FileSegment> files) {
        waitingOf(store).files.addAll(files);
    }

    /** The shard's damaged files are settled when its state of now or later is durable. */
    void settle(final ShardStore store) {
        waitingOf(store).isSettling = true;
    }

    /** The shard leaves, and all of it with it. */
    void forget(final ShardStore store) {
        final Waiting left = waiting.remove(store.shardId());
        if (left != null) {
            due.remove(left);
            left.files.forEach(onKept);
        }
        for (final Waiting one : sent) {
            one.isForgotten |= one.store == store;
        }
    }

    /** The task that was sent last is over. */
    void onDone(final SealDone done, final long nowNs) {
        retryAtNs = nowNs + (FIRST_RETRY_NS << Math.min(failures, MAX_DOUBLINGS));
        failures = done.isDone() ? 0 : failures + 1;
        for (final Waiting one : sent) {
            if (done.isDone() || one.isForgotten) {
                one.files.forEach(onKept);
                if (one.isSettling && !one.isForgotten) {
                    seals.offer(new SealTask.Settle(one.store.shardId()));
                }
            } else {
                final Waiting again = waitingOf(one.store);
                again.files.addAll(one.files);
                again.isSettling |= one.isSettling;
            }
        }
        sent.clear();
    }

    /** Sends what is due; returns the work done. */
    int doWork(final long nowNs) {
        if (due.isEmpty() || !sent.isEmpty() || failures > 0 && nowNs - retryAtNs < 0) {
            return 0;
        }
        final List<ShardState> states = new ArrayList<>();
        long uid = 0;
        while (!due.isEmpty() && sent.size() < SHARDS_PER_TASK) {
            final Waiting one = due.pollFirst();
            waiting.remove(one.store.shardId());
            sent.add(one);
            states.add(one.store.state());
            uid = one.store.newUid();
        }
        seals.offer(new SealTask.Keep(uid, states));
        return 1;
    }

    private Waiting waitingOf(final ShardStore store) {
        Waiting one = waiting.get(store.shardId());
        if (one == null) {
            one = new Waiting(store);
            waiting.put(store.shardId(), one);
            due.addLast(one);
        }
        return one;
    }

    private static final class Waiting {
        private final ShardStore store;
        private final List<FileSegment> files = new ArrayList<>();
        private boolean isSettling;
        private boolean isForgotten;

        Waiting(final ShardStore store) {
            this.store = store;
        }
    }
}
