package io.truenow.hottier;

import io.truenow.engine.store.memory.NodeMemory;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.service.Membership;
import io.truenow.fabric.service.Troubles;
import io.truenow.fabric.time.RetentionClock;
import io.truenow.hottier.lane.LifeStatus;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code /status} tells of a node. Event-loop threads; reads what is published under the shards' sequence locks and touches no rows.
 */
final class NodeStatus {
    /** A node may own ten thousand shards; the page shows the first ones. */
    private static final int MAX_SHARDS = 1_000;

    private NodeStatus() {
    }

    static Map<String, Object> of(
        final Membership membership, final NodeMemory memory, final RetentionClock ageClock, final ProcessorPinning pinning,
        final List<LaneUnit> lanes, final Troubles troubles) {
        final Map<String, Object> status = new LinkedHashMap<>();
        status.put("node_id", membership.serviceId());
        status.put("clock", ageClock.status());
        status.put("memory_bytes", memory.accountant().usedBytes());
        status.put("memory_limit_bytes", memory.accountant().limitBytes());
        status.put("memory", memory.status());
        status.put("pinned_agents", pinning.outcomes());
        final List<Object> laneList = new ArrayList<>();
        for (final LaneUnit unit : lanes) {
            laneList.add(ofLane(unit));
        }
        status.put("troubles", troubles.status());
        status.put("lanes", laneList);
        return status;
    }

    private static Map<String, Object> ofLane(final LaneUnit unit) {
        final Map<String, Object> lane = new LinkedHashMap<>();
        lane.put("lane", unit.lane);
        lane.put("shards_owned", unit.laneAgent.shardCount());
        lane.put("shards_catching_up", unit.laneAgent.shardsCatchingUp());
        lane.put("segments_in_transit", unit.exchange.segmentsInTransit());
        lane.put("segments", ofSegments(unit));
        final Map<String, Object> bytes = new LinkedHashMap<>();
        for (final BlockUse use : unit.memory().pool().uses()) {
            bytes.put(use.name(), use.usedBytes());
        }
        lane.put("bytes", bytes);
        final List<Object> shards = new ArrayList<>();
        final ShardCut cut = new ShardCut();
        for (final ShardStore store : unit.exchange.shardList()) {
            if (shards.size() < MAX_SHARDS && cut.take(store)) {
                shards.add(ofShard(store, cut));
            }
        }
        lane.put("shards", shards);
        return lane;
    }

    private static Map<String, Object> ofSegments(final LaneUnit unit) {
        final LifeStatus life = unit.laneAgent.lifeStatus();
        final Map<String, Object> segments = new LinkedHashMap<>();
        segments.put("open", life.open());
        segments.put("frozen", life.frozen());
        segments.put("sealed", life.sealed());
        segments.put("leaving", life.leaving());
        segments.put("rows_in_memory", life.memoryRows());
        segments.put("rows_in_files", life.sealedRows());
        segments.put("sealed_bytes", life.sealedBytes());
        segments.put("seal_tasks_waiting", unit.seals.tasksWaiting());
        segments.put("seal_failure", life.failure().isEmpty() ? null : life.failure());
        return segments;
    }

    private static Map<String, Object> ofShard(final ShardStore store, final ShardCut cut) {
        final Map<String, Object> shard = new LinkedHashMap<>();
        shard.put("shard_id", store.shardId());
        shard.put("table_id", store.tableId());
        shard.put("epoch", cut.epoch());
        shard.put("in_sync", cut.isInSync());
        shard.put("rows", cut.rowsHeld());
        shard.put("segments", cut.segmentCount());
        shard.put("watermark_us", cut.watermarkUs() == Long.MIN_VALUE ? null : cut.watermarkUs());
        shard.put("available_from_us", cut.availableFromUs() == Long.MIN_VALUE ? null : cut.availableFromUs());
        final List<Object> missing = new ArrayList<>();
        for (int i = 0; i < cut.missing().size(); i++) {
            missing.add(Map.of("start_us", cut.missing().startUs(i), "end_us", cut.missing().endUs(i)));
        }
        shard.put("missing", missing);
        final List<Object> vector = new ArrayList<>();
        for (int i = 0; i < cut.gatewayCount(); i++) {
            vector.add(Map.of("gateway_id", cut.gatewayId(i), "incarnation", cut.incarnation(i), "sequence", cut.sequence(i)));
        }
        shard.put("vector", vector);
        return shard;
    }
}
