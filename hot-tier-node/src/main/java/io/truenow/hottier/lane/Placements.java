package io.truenow.hottier.lane;

import io.truenow.codecs.control.ServiceKind;
import io.truenow.engine.store.meta.LaneMeta;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.catalog.Table;
import org.agrona.collections.Int2ObjectHashMap;

import java.util.ArrayList;
import java.util.List;

/**
 * The lane's shards and the gateways, as the catalog has them. Works only when the catalog moves. Nothing is owned before the catalog shows
 * this incarnation of the node, for only then are the epochs its own. Belongs to the lane.
 */
final class Placements {
    private static final long FIRST_EPOCH = 1;
    /** Of shards of which nothing but damaged files is left. */
    private static final int UNKNOWN_TABLE = 0;

    private final LaneContext context;
    private final LaneState state;
    private final LaneTransport transport;
    private final Leaving leaving;
    private final Int2ObjectHashMap<LaneShard> shards = new Int2ObjectHashMap<>();
    private final Int2ObjectHashMap<GatewayLink> links = new Int2ObjectHashMap<>();
    private final List<LaneShard> shardList = new ArrayList<>();
    private final List<GatewayLink> linkList = new ArrayList<>();
    private Catalog catalog = Catalog.EMPTY;

    Placements(final LaneContext context, final LaneState state, final LaneTransport transport, final Leaving leaving) {
        this.context = context;
        this.state = state;
        this.transport = transport;
        this.leaving = leaving;
    }

    LaneShard shard(final int shardId) {
        return shards.get(shardId);
    }

    GatewayLink link(final int gatewayId) {
        return links.get(gatewayId);
    }

    List<LaneShard> shards() {
        return shardList;
    }

    List<GatewayLink> links() {
        return linkList;
    }

    boolean refresh(final long nowNs) {
        final Catalog now = context.catalogView().catalog();
        if (now == catalog) {
            return false;
        }
        final ServiceInstance self = now.service(state.nodeId());
        if (self == null || self.incarnation() != state.incarnation()) {
            return false;
        }
        final boolean isOther = catalog != Catalog.EMPTY && (now.idHigh() != catalog.idHigh() || now.idLow() != catalog.idLow());
        boolean changed = isOther && forget();
        bind(now);
        catalog = now;
        for (final ServiceInstance gateway : now.services(ServiceKind.GATEWAY)) {
            refreshLink(gateway, nowNs);
        }
        changed |= removeShards(now);
        for (final Shard shard : now.shards().values()) {
            final Owner owner = shard.ownerOn(state.nodeId());
            final Table table = now.table(shard.tableId());
            if (owner != null && owner.lane() == state.lane() && table != null) {
                changed |= refreshShard(shard, table, self, nowNs);
            }
        }
        letRecoveredGo();
        if (changed) {
            publishShards();
        }
        return true;
    }

    void close() {
        for (final GatewayLink link : linkList) {
            link.sender().close();
        }
    }

    /** Gateways are to hear from when on the shard takes rows now, as they ask for none that it would drop. */
    void tellKeptFrom(final LaneShard shard) {
        for (final Flow flow : shard.flows) {
            links.get(flow.gatewayId).onMoved(flow);
        }
    }

    /** Control has lost its data: in the catalog that it began, the same ids mean other shards and other gateways. */
    private boolean forget() {
        removeShards(Catalog.EMPTY);
        close();
        linkList.clear();
        links.clear();
        return true;
    }

    /** What an earlier process has left means nothing in another catalog. */
    private void bind(final Catalog now) {
        final LaneMeta meta = context.memory().meta();
        if (meta.catalogIdHigh() != now.idHigh() || meta.catalogIdLow() != now.idLow()) {
            letRecoveredGo();
            meta.catalogId(now.idHigh(), now.idLow());
        }
    }

    /** Shards that an earlier process has left and that are not the lane's any more. */
    private void letRecoveredGo() {
        for (final ShardStore store : context.memory().recovered().values()) {
            leaving.forget(store);
        }
        context.memory().recovered().clear();
    }

    /** The shard's store as an earlier process has left it, or an empty one. */
    private ShardStore storeFor(final Shard placed) {
        final ShardStore recovered = context.memory().recovered().get(placed.id());
        if (recovered != null && (recovered.tableId() == placed.tableId() || recovered.tableId() == UNKNOWN_TABLE)) {
            context.memory().recovered().remove(placed.id());
        }
        if (recovered != null && recovered.tableId() == placed.tableId()) {
            return recovered;
        }
        final ShardStore made = new ShardStore(context.memory(), placed.id(), placed.tableId());
        if (recovered != null && recovered.tableId() == UNKNOWN_TABLE) {
            made.takeDoubts(recovered);
        }
        return made;
    }

    private void refreshLink(final ServiceInstance gateway, final long nowNs) {
        GatewayLink link = links.get(gateway.id());
        if (link == null) {
            link = new GatewayLink(gateway.id(), transport.sender(gateway.id()), nowNs);
            links.put(gateway.id(), link);
            linkList.add(link);
        }
        link.sender().target(gateway);
    }

    private boolean removeShards(final Catalog now) {
        boolean changed = false;
        for (int i = shardList.size() - 1; i >= 0; i--) {
            final LaneShard shard = shardList.get(i);
            final Shard placed = now.shard(shard.shardId());
            final Owner owner = placed == null ? null : placed.ownerOn(state.nodeId());
            if (owner == null || owner.lane() != state.lane()) {
                for (final Flow flow : shard.flows) {
                    links.get(flow.gatewayId).remove(flow);
                }
                shards.remove(shard.shardId());
                shardList.remove(i);
                // a query that still finds the store must not take it for a shard without rows
                shard.leave();
                leaving.forget(shard.store);
                changed = true;
            }
        }
        return changed;
    }

    private boolean refreshShard(final Shard placed, final Table table, final ServiceInstance self, final long nowNs) {
        LaneShard shard = shards.get(placed.id());
        final boolean isNew = shard == null;
        if (isNew) {
            shard = new LaneShard(storeFor(placed));
            shards.put(placed.id(), shard);
            shardList.add(shard);
        }
        final boolean otherEpoch = shard.onPlacement(table, placed.epoch());
        for (final GatewayLink link : linkList) {
            Flow flow = shard.flow(link.gatewayId);
            final boolean isNewFlow = flow == null;
            if (isNewFlow) {
                flow = new Flow(shard, link.gatewayId);
                flow.startAt(shard.store.vector());
                // a shard at its first epoch was made while this start of the node was registered: no batch of it is older
                flow.isAwaited = placed.epoch() > FIRST_EPOCH
                    && catalog.service(link.gatewayId).createdVersion() < self.registeredVersion();
                shard.flows.add(flow);
                link.flows.add(flow);
            }
            if (isNewFlow || otherEpoch) {
                link.wantResume(flow, nowNs, 0);
            }
        }
        if (isNew) {
            shard.onTime(context.ageClock().microTime());
        }
        shard.publish();
        return isNew;
    }

    private void publishShards() {
        context.exchange().shards(shardList.stream().map(shard -> shard.store).toList());
    }
}
