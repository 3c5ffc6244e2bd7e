package io.truenow.hottier.lane;

import io.truenow.codecs.control.OwnerState;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.RecordKinds;
import io.truenow.fabric.catalog.Shard;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Shards that come and go with the catalog. */
class LanePlacementTest extends LaneFixture {
    @Test
    void nothingIsOwnedBeforeTheCatalogShowsThisStart() {
        place(5, 1, 0, 10);
        catalog = withNodeIncarnation(0);
        lane.doWork();
        assertFalse(lane.isPlaced());
        assertEquals(0, lane.shardCount());
        place(5, 1, 0, 10);
        lane.doWork();
        assertTrue(lane.isPlaced());
        assertEquals(1, lane.shardCount());
    }

    @Test
    void shardThatLeavesTakesItsRowsWithIt() {
        place(5, 1, 20, 10);
        gateway.send(5, at(1, 1), NONE, 100, 10, T);
        lane.doWork();
        final ShardStore store = exchange.shards().get(FakeGateway.SHARD_ID);
        assertTrue(cut().isInSync());
        place(6, 9, 0, 10);
        lane.doWork();
        final ShardCut late = new ShardCut();
        assertTrue(late.take(store));
        assertFalse(late.isInSync(), "a query that looked the store up before would answer from nothing");
        assertEquals(0, lane.shardCount());
        assertNull(exchange.shards().get(FakeGateway.SHARD_ID));
        assertRetiredIsFreed();
    }

    @Test
    void shardOfATableThatIsDroppedTakesItsRowsWithIt() {
        placeWithTenRows();
        catalog = catalog.change().remove(RecordKinds.SHARD, FakeGateway.SHARD_ID).remove(RecordKinds.TABLE, FakeGateway.TABLE_ID)
            .build(catalog.version() + 1);
        lane.doWork();
        assertEquals(0, lane.shardCount());
        assertNull(exchange.shards().get(FakeGateway.SHARD_ID));
        // what its gateway still sends is nobody's
        gateway.send(5, at(1, 2), at(1, 1), 100, 10, T);
        lane.doWork();
        assertEquals(0, lane.shardCount());
        assertRetiredIsFreed();
    }

    @Test
    void shardMadeWhileTheNodeLivesWaitsForNoGateway() {
        place(1, 1, 0, 10);
        lane.doWork();
        assertTrue(cut().isInSync());
        assertEquals(0, lane.shardsCatchingUp());
    }

    @Test
    void shardOfAnotherCatalogStartsEmpty() {
        placeWithTenRows();
        catalog = catalog.change().build(7, 7, 1);
        lane.doWork();
        assertEquals(0, cut().rowsHeld());
        assertEquals(1, lane.shardsCatchingUp());
        gateway.connected = true;
        lane.doWork();
        assertEquals(0, gateway.lastResume().sequence());
    }

    @Test
    void whoseCatalogItIsStandsBesideTheRows() {
        place(5, 1, 0, 10);
        for (final long[] id : new long[][] {{5, 6}, {5, 7}, {8, 7}}) {
            catalog = catalog.change().build(id[0], id[1], 2);
            lane.doWork();
            assertEquals(id[0], memory.meta().catalogIdHigh());
            assertEquals(id[1], memory.meta().catalogIdLow());
            assertEquals(1, lane.shardCount());
        }
    }

    @Test
    void moreShardsThanAMessageHoldsAreAllAskedForOnce() {
        place(5, 1, 0, 10);
        final int shardCount = 1_200;
        final CatalogBuilder builder = catalog.change();
        for (int id = FakeGateway.SHARD_ID; id < FakeGateway.SHARD_ID + shardCount; id++) {
            builder.put(new Shard(id, FakeGateway.TABLE_ID, 0, 5, List.of(new Owner(FakeGateway.NODE_ID, 0, OwnerState.ACTIVE))));
        }
        catalog = builder.build(2);
        for (int life = 0; life < 2; life++) {
            gateway.resumes.clear();
            for (int turn = 0; turn < 5; turn++) {
                lane.doWork();
            }
            assertEquals(shardCount, gateway.resumes.size());
            assertEquals(shardCount, gateway.resumes.stream().map(FakeGateway.Said::shardId).distinct().count());
            assertEquals(2, gateway.resumes.stream().map(FakeGateway.Said::resumeId).distinct().count());
            gateway.connect();
        }
        assertEquals(shardCount, lane.shardCount());
    }
}
