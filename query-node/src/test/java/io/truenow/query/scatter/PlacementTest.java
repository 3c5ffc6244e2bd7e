package io.truenow.query.scatter;

import io.truenow.codecs.control.OwnerState;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.ServiceLease;
import io.truenow.fabric.catalog.Shard;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PlacementTest {
    private static final int SHARD = 100;
    private static final long EPOCH = 4;

    @Test
    void asksWhoHoldsTheShardBeforeWhoIsStillFetchingIt() {
        assertEquals(place(2, 1), of(owner(1, 0, OwnerState.CATCHING_UP), owner(2, 1, OwnerState.ACTIVE)));
        assertEquals(place(2, 1), of(owner(1, 0, OwnerState.CATCHING_UP), owner(2, 1, OwnerState.IN_SYNC)));
        assertEquals(place(1, 0), of(owner(1, 0, OwnerState.IN_SYNC), owner(2, 1, OwnerState.ACTIVE)), "the first of those that hold it");
        assertEquals(place(1, 0), of(owner(1, 0, OwnerState.ACTIVE), owner(2, 1, OwnerState.CATCHING_UP)));
        assertEquals(place(1, 0), of(owner(1, 0, OwnerState.CATCHING_UP), owner(2, 1, OwnerState.LEAVING)), "nobody holds it: the first");
    }

    @Test
    void asksNobodyWhomTheCatalogDoesNotShow() {
        assertEquals(place(2, 0), of(owner(9, 0, OwnerState.ACTIVE), owner(2, 0, OwnerState.CATCHING_UP)));
        assertNull(of(owner(9, 0, OwnerState.ACTIVE)));
        assertNull(of());
        assertNull(Placement.of(SHARD + 1, catalog(owner(1, 0, OwnerState.ACTIVE))));
    }

    @Test
    void aTargetIsCurrentWhileItsLaneOwnsAllItsShardsAtTheirEpochs() {
        final Catalog catalog = catalog(owner(1, 1, OwnerState.ACTIVE));
        assertTrue(Placement.isCurrent(target(1, 1, SHARD, EPOCH), catalog));
        assertFalse(Placement.isCurrent(target(1, 0, SHARD, EPOCH), catalog), "another lane of the node");
        assertFalse(Placement.isCurrent(target(2, 1, SHARD, EPOCH), catalog));
        assertFalse(Placement.isCurrent(target(1, 1, SHARD, EPOCH - 1), catalog));
        assertFalse(Placement.isCurrent(target(1, 1, SHARD + 1, EPOCH), catalog), "the shard is gone");
        final LaneTarget ofTwo = target(1, 1, SHARD, EPOCH);
        ofTwo.shardIds.addInt(SHARD + 1);
        ofTwo.epochs.addLong(EPOCH);
        assertFalse(Placement.isCurrent(ofTwo, catalog), "one of its shards is not enough");
    }

    private static Placement.Place of(final Owner... owners) {
        return Placement.of(SHARD, catalog(owners));
    }

    private static Placement.Place place(final int nodeId, final int lane) {
        return new Placement.Place(nodeId, lane, EPOCH);
    }

    private static Owner owner(final int nodeId, final int lane, final OwnerState state) {
        return new Owner(nodeId, lane, state);
    }

    private static LaneTarget target(final int nodeId, final int lane, final int shardId, final long epoch) {
        final LaneTarget target = new LaneTarget(null, 1, nodeId, lane, null);
        target.shardIds.addInt(shardId);
        target.epochs.addLong(epoch);
        return target;
    }

    /** With nodes 1 and 2. */
    private static Catalog catalog(final Owner... owners) {
        final CatalogBuilder builder = new CatalogBuilder();
        builder.put(new Shard(SHARD, Catalogs.TABLE, 0, EPOCH, List.of(owners)));
        for (int node = 1; node <= 2; node++) {
            builder.put(new ServiceInstance(node, ServiceKind.HOT_TIER, 1, node, "127.0.0.1", 1, 0, 2,
                ServiceState.ACTIVE, 1, 1, ServiceLease.NONE));
        }
        return builder.build(1);
    }
}
