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

    /** The gateway is younger than this start of the node, and sent to whoever owned the shard before. */
    @Test
    void shardThatIsAssignedLaterWaitsForWhatGatewaysSentBefore() {
        place(4, 9, 20, 10);
        lane.doWork();
        own(5, new Owner(FakeGateway.NODE_ID, 0, OwnerState.ACTIVE, 30));
        lane.doWork();
        assertFalse(cut().isInSync());
        assertEquals(1, lane.shardsCatchingUp());
        gateway.caughtUp(gateway.lastResume().resumeId(), 5, 1, 1);
        lane.doWork();
        assertFalse(cut().isInSync(), "it has said how far it was, and that is not here");
        gateway.send(5, at(1, 1), NONE, 100, 10, T);
        lane.doWork();
        assertTrue(cut().isInSync());
        assertEquals(10, cut().rowsHeld());
    }

    @Test
    void whoMayHaveBeenReplacedSaysNothing() {
        placeWithTenRows();
        final Owner self = new Owner(FakeGateway.NODE_ID, 0, OwnerState.ACTIVE);
        own(5, self, new Owner(9, 0, OwnerState.IN_SYNC));
        gateway.caughtUp(gateway.lastResume().resumeId(), 5, 1, 1);
        lane.doWork();
        assertTrue(cut().isInSync());
        isLeaseHeld = false;
        lane.doWork();
        assertFalse(cut().isInSync());
        final int said = gateway.applied.size();
        gateway.send(5, at(1, 2), at(1, 1), 110, 10, T);
        gateway.connect();
        lane.doWork();
        assertEquals(20, cut().rowsHeld(), "it goes on applying");
        assertEquals(said, gateway.applied.size());
        final int resumes = gateway.resumes.size();
        lane.doWork();
        assertEquals(resumes, gateway.resumes.size());
        isLeaseHeld = true;
        lane.doWork();
        assertTrue(cut().isInSync());
        assertEquals(2, gateway.applied.getLast().sequence(), "what was applied meanwhile is told now");
    }

    /** Control is away, but nobody else can own the shard. */
    @Test
    void theOnlyOwnerGoesOnWithoutLease() {
        placeWithTenRows();
        gateway.caughtUp(gateway.lastResume().resumeId(), 5, 1, 1);
        isLeaseHeld = false;
        lane.doWork();
        assertTrue(cut().isInSync());
        gateway.send(5, at(1, 2), at(1, 1), 110, 10, T);
        lane.doWork();
        assertEquals(2, gateway.applied.getLast().sequence());
    }

    @Test
    void whatNobodyElseHasIsKeptUntilSomebodyHas() {
        placeWithTenRows();
        gateway.caughtUp(gateway.lastResume().resumeId(), 5, 1, 1);
        lane.doWork();
        own(6, new Owner(9, 0, OwnerState.CATCHING_UP));
        lane.doWork();
        assertFalse(cut().isInSync());
        assertEquals(10, cut().rowsHeld());
        // it is given the shard back, with what the other took meanwhile
        own(7, new Owner(FakeGateway.NODE_ID, 0, OwnerState.ACTIVE, 8));
        lane.doWork();
        assertEquals(1, gateway.lastResume().sequence(), "from where it stood");
        assertFalse(cut().isInSync());
        gateway.caughtUp(gateway.lastResume().resumeId(), 7, 1, 2);
        gateway.send(7, at(1, 2), at(1, 1), 110, 10, T);
        lane.doWork();
        assertTrue(cut().isInSync());
        assertEquals(20, cut().rowsHeld());
        own(8, new Owner(9, 0, OwnerState.IN_SYNC));
        lane.doWork();
        assertEquals(0, lane.shardCount());
    }
}
