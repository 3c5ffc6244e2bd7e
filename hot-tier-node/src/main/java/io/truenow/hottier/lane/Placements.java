package io.truenow.hottier.lane;

import io.truenow.codecs.control.ServiceKind;
import io.truenow.engine.store.meta.LaneMeta;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogDiff;
import io.truenow.fabric.catalog.RecordKinds;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.catalog.Table;
import io.truenow.hottier.shard.ShardOwnership;
import io.truenow.hottier.shard.ShardRole;
import org.agrona.collections.Int2ObjectHashMap;

import java.util.ArrayList;
import java.util.List;

/**
 * The lane's shards and the gateways, as the catalog has them. Works only when the catalog or the node's lease moves. Nothing is owned
 * before the catalog shows this incarnation of the node, for only then are the epochs its own. Belongs to the lane.
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
    /** Shards that came or went. */
    private int shardChanges;
    private boolean isLeaseHeld;

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
        final boolean isOther = catalog != Catalog.EMPTY && !now.isSameAs(catalog);
        if (isOther) {
            forget();
        }
        bind(now);
        final CatalogDiff diff = new CatalogDiff(isOther ? Catalog.EMPTY : catalog, now);
        catalog = now;
        diff.forEach(RecordKinds.SERVICE, (before, after) -> onService(before, after, nowNs));
        diff.forEach(RecordKinds.TABLE, (before, after) -> onTable(after));
        final int shardsBefore = shardChanges;
        diff.forEach(RecordKinds.SHARD, (before, after) -> onShard(before, after, nowNs));
        letRecoveredGo();
        if (isOther || shardChanges != shardsBefore) {
            publishShards();
        }
        return true;
    }

    /** What the lease's end makes of the shards, and its return. True if that makes a difference. */
    boolean refreshLease(final long nowNs) {
        final boolean isHeld = context.lease().isHeld(nowNs, catalog.version());
        if (isHeld == isLeaseHeld) {
            return false;
        }
        isLeaseHeld = isHeld;
        boolean isNews = false;
        for (int i = 0; i < shardList.size(); i++) {
            isNews |= onLease(shardList.get(i));
        }
        return isNews;
    }

    private boolean onLease(final LaneShard shard) {
        final ShardRole before = shard.role();
        shard.onLease(isLeaseHeld);
        shard.publish();
        if (!before.acknowledges() && shard.role().acknowledges()) {
            // what was applied meanwhile is told now
            tellKeptFrom(shard);
        }
        return shard.role() != before;
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
    private void forget() {
        while (!shardList.isEmpty()) {
            remove(shardList.getLast());
        }
        close();
        linkList.clear();
        links.clear();
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

    private void onService(final ServiceInstance before, final ServiceInstance after, final long nowNs) {
        if (after != null && after.kind() == ServiceKind.GATEWAY) {
            GatewayLink link = links.get(after.id());
            if (link == null) {
                link = new GatewayLink(after.id(), transport.sender(after.id()), nowNs);
                links.put(after.id(), link);
                linkList.add(link);
                for (final LaneShard shard : shardList) {
                    addFlow(shard, link, nowNs);
                }
            }
            link.sender().target(after);
        }
    }

    /** Its schema or its properties are others. Where it is gone, so are its shards. */
    private void onTable(final Table table) {
        for (int i = 0; table != null && i < shardList.size(); i++) {
            if (shardList.get(i).table().id() == table.id()) {
                shardList.get(i).onTable(table);
            }
        }
    }

    private void onShard(final Shard before, final Shard after, final long nowNs) {
        final LaneShard known = shards.get(after == null ? before.id() : after.id());
        final Table table = after == null ? null : catalog.table(after.tableId());
        final ShardOwnership ownership = ShardOwnership.of(table == null ? null : after, state.nodeId(), state.lane());
        if (known == null) {
            if (ownership.isNamed()) {
                add(after, table, ownership, nowNs);
            }
            return;
        }
        final ShardOwnership former = known.ownership();
        final boolean isOtherEpoch = known.onOwnership(ownership, after == null ? 0 : after.epoch());
        if (ownership.isNamed() && (!former.isNamed() || former.sinceVersion() != ownership.sinceVersion())) {
            known.onNamedAgain();
            known.flows.forEach(flow -> flow.rejoin(isAwaited(known, flow.gatewayId)));
        }
        known.publish();
        if (known.role() == ShardRole.GONE) {
            remove(known);
        } else if (isOtherEpoch) {
            for (final Flow flow : known.flows) {
                links.get(flow.gatewayId).wantResume(flow, nowNs, 0);
            }
        }
    }

    private void add(final Shard placed, final Table table, final ShardOwnership ownership, final long nowNs) {
        final LaneShard shard = new LaneShard(storeFor(placed));
        shards.put(placed.id(), shard);
        shardList.add(shard);
        shardChanges++;
        shard.onTable(table);
        shard.onOwnership(ownership, placed.epoch());
        shard.onLease(isLeaseHeld);
        for (final GatewayLink link : linkList) {
            addFlow(shard, link, nowNs);
        }
        shard.onTime(context.ageClock().microTime());
        shard.publish();
    }

    private void remove(final LaneShard shard) {
        for (final Flow flow : shard.flows) {
            links.get(flow.gatewayId).remove(flow);
        }
        shards.remove(shard.shardId());
        shardList.remove(shard);
        shardChanges++;
        // a query that still finds the store must not take it for a shard without rows
        shard.onOwnership(ShardOwnership.NONE, 0);
        shard.publish();
        leaving.forget(shard.store);
    }

    private void addFlow(final LaneShard shard, final GatewayLink link, final long nowNs) {
        final Flow flow = new Flow(shard, link.gatewayId);
        flow.startAt(shard.store.vector());
        flow.isAwaited = isAwaited(shard, link.gatewayId);
        shard.flows.add(flow);
        link.flows.add(flow);
        link.wantResume(flow, nowNs, 0);
    }

    /**
     * Whether the gateway may have sent batches of the shard before the lane was its owner, or to an earlier process of the node: it may if
     * it was there then. A shard at its first epoch was made while this start of the node was registered: no batch of it is older.
     */
    private boolean isAwaited(final LaneShard shard, final int gatewayId) {
        final long sinceVersion =
            Math.max(shard.ownership().sinceVersion(), catalog.service(state.nodeId()).registeredVersion());
        return shard.epoch() > FIRST_EPOCH && catalog.service(gatewayId).createdVersion() < sinceVersion;
    }

    private void publishShards() {
        context.exchange().shards(shardList.stream().map(shard -> shard.store).toList());
    }
}
