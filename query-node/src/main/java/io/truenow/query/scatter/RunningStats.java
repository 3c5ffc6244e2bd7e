package io.truenow.query.scatter;

import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.codecs.query.LaneStatsDecoder;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.Shard;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Asks every lane for its statistics. Rare: it may allocate. Belongs to the scatter agent's thread. */
final class RunningStats {
    /** A lane that cannot send its statistics at once forgets them: it is asked again. */
    private static final long REPEAT_NS = 50_000_000L;

    private final StatsReply reply;
    private final LaneRequests requests;
    private final long deadlineNs;
    private final Map<Long, Lane> waiting = new HashMap<>();
    private long rowsHeld;
    private double rowsPerSecond;
    private long repeatAtNs;
    private boolean isEnded;

    private record Lane(int nodeId, int lane, boolean isSent) implements Comparable<Lane> {
        @Override
        public int compareTo(final Lane other) {
            final int byNode = Integer.compare(nodeId, other.nodeId);
            return byNode != 0 ? byNode : Integer.compare(lane, other.lane);
        }
    }

    RunningStats(final StatsReply reply, final LaneRequests requests, final long deadlineNs, final long nowNs) {
        this.reply = reply;
        this.requests = requests;
        this.deadlineNs = deadlineNs;
        this.repeatAtNs = nowNs + REPEAT_NS;
        final TreeSet<Lane> lanes = new TreeSet<>();
        final Catalog catalog = requests.catalog();
        for (final ServiceInstance node : catalog.services(ServiceKind.HOT_TIER)) {
            for (int lane = 0; lane < node.lanes() && node.state() == ServiceState.ACTIVE; lane++) {
                lanes.add(new Lane(node.id(), lane, false));
            }
        }
        // a node that is away still owns rows that somebody was told are kept
        for (final Shard shard : catalog.shards().values()) {
            for (final Owner owner : shard.owners()) {
                lanes.add(new Lane(owner.nodeId(), owner.lane(), false));
            }
        }
        lanes.forEach(lane -> waiting.put(requests.nextCorrelationId(), lane));
    }

    boolean isEnded() {
        return isEnded;
    }

    int advance(final long nowNs) {
        int work = 0;
        final boolean mustRepeat = nowNs - repeatAtNs >= 0;
        repeatAtNs = mustRepeat ? nowNs + REPEAT_NS : repeatAtNs;
        for (final Map.Entry<Long, Lane> entry : waiting.entrySet()) {
            final Lane lane = entry.getValue();
            if ((mustRepeat || !lane.isSent()) && requests.sendStatsRequest(entry.getKey(), lane.nodeId(), lane.lane())) {
                entry.setValue(new Lane(lane.nodeId(), lane.lane(), true));
                work++;
            }
        }
        if (waiting.isEmpty() || nowNs - deadlineNs >= 0) {
            isEnded = true;
            final List<String> unanswered = new ArrayList<>();
            waiting.values().stream().sorted().forEach(lane -> unanswered.add("node " + lane.nodeId() + " lane " + lane.lane()));
            reply.onStats(new StatsReply.Totals(rowsHeld, rowsPerSecond, unanswered));
            work++;
        }
        return work;
    }

    void onStats(final LaneStatsDecoder stats) {
        if (waiting.remove(stats.correlationId()) != null) {
            rowsHeld += stats.rowsHeld();
            rowsPerSecond += stats.rowsPerSecond();
        }
    }

    void shutDown() {
        if (!isEnded) {
            isEnded = true;
            reply.onUnavailable();
        }
    }
}
