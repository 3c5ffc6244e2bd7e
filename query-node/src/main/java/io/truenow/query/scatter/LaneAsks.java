package io.truenow.query.scatter;

import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.peer.Sent;
import io.truenow.query.plan.BoundPlan;
import org.agrona.collections.IntArrayList;

import java.util.ArrayList;
import java.util.List;

/**
 * Which lanes a query asks for its shards, and asks again. Every shard is at any time in one of: pending, a target, answered, missing.
 * Belongs to the scatter agent's thread.
 */
final class LaneAsks {
    private static final long NANOS_PER_MILLI = 1_000_000L;
    private static final long RETRY_DELAY_NS = 10_000_000L;

    private final RunningQuery query;
    private final ScatterContext context;
    private final long deadlineNs;
    private final List<LaneTarget> targets = new ArrayList<>();
    private final IntArrayList pending = new IntArrayList();
    private final List<Integer> missing = new ArrayList<>();
    private String cause = "no hot-tier node owns it yet";
    private long pendingAtNs;
    private long checkedVersion = -1;

    LaneAsks(final RunningQuery query, final ScatterContext context, final long deadlineNs) {
        this.query = query;
        this.context = context;
        this.deadlineNs = deadlineNs;
    }

    /** All shards but those that are missing are pending; who was asked before is told to stop. */
    void begin(final int[] shardIds) {
        cancel();
        for (final int shardId : shardIds) {
            if (!missing.contains(shardId)) {
                pending.addInt(shardId);
            }
        }
    }

    /** Asks what can be asked now. Returns the work done. */
    int advance(final BoundPlan bound, final long startTimeUs, final Catalog catalog, final long nowNs) {
        int work = 0;
        if (catalog.version() != checkedVersion) {
            checkedVersion = catalog.version();
            pendingAtNs = nowNs;
            work += dropMovedTargets(catalog, nowNs);
        }
        work += dropDisconnectedTargets(nowNs);
        if (!pending.isEmpty() && nowNs - pendingAtNs >= 0) {
            work += assignPending(catalog);
        }
        return work + sendTargets(bound, startTimeUs, nowNs);
    }

    /** Whether no lane is left to answer. */
    boolean areAnswered() {
        return pending.isEmpty() && targets.isEmpty();
    }

    /** Why a shard was not answered for at last. */
    String cause() {
        return cause;
    }

    /** Shards that are asked for no more. */
    List<Integer> missing() {
        return missing;
    }

    /** What is not asked by now is missing. */
    void giveUp() {
        for (int i = targets.size() - 1; i >= 0; i--) {
            if (!targets.get(i).isSent) {
                targets.get(i).shardIds.forEachInt(pending::addInt);
                remove(targets.get(i));
            }
        }
        pending.forEachInt(missing::add);
        pending.clear();
    }

    /** The whole answer of a target has come; its parts are the query's. */
    void onAnswered(final LaneTarget target) {
        targets.remove(target);
        context.requests().forget(target);
    }

    /** What a target was asked for is asked again, of whoever owns it then; nothing of its answer is merged. */
    void askAgain(final LaneTarget target, final String why, final long nowNs) {
        context.metrics().onRetry();
        cause = why;
        pendingAtNs = nowNs + RETRY_DELAY_NS;
        target.shardIds.forEachInt(pending::addInt);
        remove(target);
    }

    /** Nobody is asked any more. */
    void cancel() {
        for (int i = targets.size() - 1; i >= 0; i--) {
            final LaneTarget target = targets.get(i);
            if (target.isSent) {
                context.requests().sendCancel(target);
            }
            remove(target);
        }
        pending.clear();
    }

    private int dropMovedTargets(final Catalog catalog, final long nowNs) {
        int work = 0;
        for (int i = targets.size() - 1; i >= 0; i--) {
            if (!Placement.isCurrent(targets.get(i), catalog)) {
                work++;
                askAgain(targets.get(i), "its owner is changing", nowNs);
            }
        }
        return work;
    }

    private int dropDisconnectedTargets(final long nowNs) {
        int work = 0;
        for (int i = targets.size() - 1; i >= 0; i--) {
            final LaneTarget target = targets.get(i);
            if (target.isSent && !context.requests().isConnected(target)) {
                work++;
                askAgain(target, "its node is not connected", nowNs);
            }
        }
        return work;
    }

    /** Makes targets of the pending shards that have an owner. */
    private int assignPending(final Catalog catalog) {
        int work = 0;
        for (int i = pending.size() - 1; i >= 0; i--) {
            final int shardId = pending.getInt(i);
            final Placement.Place place = Placement.of(shardId, catalog);
            if (place != null) {
                LaneTarget target = unsentTarget(place.nodeId(), place.lane());
                if (target == null) {
                    target = context.requests().newTarget(query, place.nodeId(), place.lane());
                    targets.add(target);
                }
                target.shardIds.addInt(shardId);
                target.epochs.addLong(place.epoch());
                pending.fastUnorderedRemove(i);
                work++;
            }
        }
        return work;
    }

    private LaneTarget unsentTarget(final int nodeId, final int lane) {
        for (int i = 0; i < targets.size(); i++) {
            final LaneTarget target = targets.get(i);
            if (!target.isSent && target.nodeId == nodeId && target.lane == lane) {
                return target;
            }
        }
        return null;
    }

    private int sendTargets(final BoundPlan bound, final long startTimeUs, final long nowNs) {
        int work = 0;
        for (int i = 0; i < targets.size(); i++) {
            final LaneTarget target = targets.get(i);
            if (!target.isSent) {
                final int timeoutMs = (int) Math.max(1, (deadlineNs - nowNs) / NANOS_PER_MILLI);
                final Sent sent = context.requests().send(bound, target, startTimeUs, timeoutMs);
                target.isSent = sent == Sent.YES;
                if (sent == Sent.AWAY || sent == Sent.LOST) {
                    cause = "its node is not connected";
                } else if (sent == Sent.BUSY) {
                    cause = "its node takes no more queries now";
                }
                work += target.isSent ? 1 : 0;
            }
        }
        return work;
    }

    /** Whether a shard waits for being asked. */
    boolean hasUnasked() {
        if (!pending.isEmpty()) {
            return true;
        }
        for (int i = 0; i < targets.size(); i++) {
            if (!targets.get(i).isSent) {
                return true;
            }
        }
        return false;
    }

    private void remove(final LaneTarget target) {
        onAnswered(target);
        target.parts.release();
    }
}
