package io.truenow.hottier.lane;

import io.truenow.hottier.seal.SealDone;
import io.truenow.hottier.seal.SealExchange;
import io.truenow.hottier.seal.SealTask;
import io.truenow.hottier.segment.Segment;
import io.truenow.hottier.segment.ShardStore;
import io.truenow.hottier.shard.ShardState;
import org.agrona.collections.Int2ObjectHashMap;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * Shards whose state has to be durable before something else happens: files that were let go are deleted, damaged ones looked at no more.
 * Many are kept by one task, and what failed is tried again as it is then. Belongs to the lane.
 */
final class Keeping {
    /** Shards of one task: some tens of microseconds for the lane. */
    private static final int SHARDS_PER_TASK = 256;
    private static final long RETRY_NS = 1_000_000_000L;

    private final LaneExchange exchange;
    private final SealExchange seals;
    private final Int2ObjectHashMap<Waiting> waiting = new Int2ObjectHashMap<>();
    /** Of those, the ones not under way, in the order in which they came. */
    private final ArrayDeque<Waiting> due = new ArrayDeque<>();
    private final List<Waiting> sent = new ArrayList<>();
    private long retryAtNs;
    private boolean hasFailed;

    Keeping(final LaneExchange exchange, final SealExchange seals) {
        this.exchange = exchange;
        this.seals = seals;
    }

    /** Segments go to the query agent when the shard's state of now or later is durable. */
    void keep(final ShardStore store, final List<Segment> segments) {
        waitingOf(store).segments.addAll(segments);
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
            exchange.retire(left.segments);
        }
        for (final Waiting one : sent) {
            one.isForgotten |= one.store == store;
        }
    }

    /** The task that was sent last is over. */
    void onDone(final SealDone done, final long nowNs) {
        hasFailed = !done.isDone();
        retryAtNs = nowNs + RETRY_NS;
        for (final Waiting one : sent) {
            if (done.isDone() || one.isForgotten) {
                exchange.retire(one.segments);
                if (one.isSettling && !one.isForgotten) {
                    seals.offer(new SealTask.Settle(one.store.shardId()));
                }
            } else {
                final Waiting again = waitingOf(one.store);
                again.segments.addAll(one.segments);
                again.isSettling |= one.isSettling;
            }
        }
        sent.clear();
    }

    /** Sends what is due; returns the work done. */
    int doWork(final long nowNs) {
        if (due.isEmpty() || !sent.isEmpty() || hasFailed && nowNs - retryAtNs < 0) {
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
        private final List<Segment> segments = new ArrayList<>();
        private boolean isSettling;
        private boolean isForgotten;

        Waiting(final ShardStore store) {
            this.store = store;
        }
    }
}
