package io.truenow.gateway.publish;

import io.truenow.codecs.ingest.ResumeDecoder;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.Shard;
import io.truenow.gateway.journal.IngestRequest;
import io.truenow.gateway.journal.JournalSource;
import org.agrona.collections.IntHashSet;
import org.agrona.collections.Long2ObjectHashMap;

import java.util.Iterator;

/** All lanes that this gateway publishes to, as the catalog names them. None waits for another. Owned by the journal agent. */
final class Destinations {
    private final JournalSource journal;
    private final LanePublications publications;
    private final PublishLimits limits;
    private final LaneMessages messages = new LaneMessages();
    private final Long2ObjectHashMap<Destination> byLane = new Long2ObjectHashMap<>();
    private final IntHashSet ownedShardIds = new IntHashSet();
    private Destination[] all = {};

    Destinations(final JournalSource journal, final LanePublications publications, final PublishLimits limits) {
        this.journal = journal;
        this.publications = publications;
        this.limits = limits;
    }

    /** Who is publishing; before the first poll. */
    void identity(final int gatewayId, final long incarnation) {
        messages.identity(gatewayId, incarnation);
    }

    void onCatalog(final Catalog catalog, final long nowNs) {
        ownedShardIds.clear();
        for (final Shard shard : catalog.shards().values()) {
            if (!shard.owners().isEmpty()) {
                ownedShardIds.add(shard.id());
            }
            for (final Owner owner : shard.owners()) {
                destination(owner.nodeId(), owner.lane());
            }
        }
        for (final Destination destination : all) {
            destination.onNode(catalog.service(destination.nodeId()), nowNs);
            final Iterator<ShardFlow> flows = destination.flows();
            while (flows.hasNext()) {
                final ShardFlow flow = flows.next();
                if (!owns(destination, catalog.shard(flow.shardId))) {
                    flow.assignedEpoch = ShardFlow.NO_EPOCH;
                }
            }
        }
        for (final Shard shard : catalog.shards().values()) {
            for (final Owner owner : shard.owners()) {
                destination(owner.nodeId(), owner.lane()).onAssigned(shard.id(), shard.epoch());
            }
        }
    }

    /** Whether some lane is to hold the shard. */
    boolean hasOwner(final int shardId) {
        return ownedShardIds.contains(shardId);
    }

    /** Whether every lane that is to hold the shard is stalled. */
    boolean isStalled(final int shardId, final long nowNs) {
        boolean isStalled = false;
        for (final Destination destination : all) {
            if (destination.owns(shardId)) {
                if (!destination.isStalled(nowNs)) {
                    return false;
                }
                isStalled = true;
            }
        }
        return isStalled;
    }

    void onResume(final ResumeDecoder resume) {
        destination(resume.nodeId(), resume.lane()).onResume(resume);
    }

    void onAppended(final long index, final IngestRequest request) {
        RuntimeException failure = null;
        for (final Destination destination : all) {
            try {
                destination.onAppended(index, request);
            } catch (final RuntimeException e) {
                failure = e; // it goes back to the journal; the others must not miss the batch
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    void onDeleted() {
        for (final Destination destination : all) {
            destination.onDeleted();
        }
    }

    void onReopened(final long index) {
        for (final Destination destination : all) {
            destination.onReopened(index);
        }
    }

    int poll(final long nowNs) {
        int work = 0;
        for (final Destination destination : all) {
            work += destination.poll(nowNs);
        }
        return work;
    }

    int count(final Destination.State state) {
        int count = 0;
        for (final Destination destination : all) {
            if (destination.state() == state) {
                count++;
            }
        }
        return count;
    }

    /** Lanes that are stalled. */
    int stalled(final long nowNs) {
        int count = 0;
        for (final Destination destination : all) {
            if (destination.isStalled(nowNs)) {
                count++;
            }
        }
        return count;
    }

    long batchesSent() {
        long sent = 0;
        for (final Destination destination : all) {
            sent += destination.batchesSent();
        }
        return sent;
    }

    void close() {
        for (final Destination destination : all) {
            destination.close();
        }
    }

    private static boolean owns(final Destination destination, final Shard shard) {
        final Owner owner = shard == null ? null : shard.ownerOn(destination.nodeId());
        return owner != null && owner.lane() == destination.lane();
    }

    private Destination destination(final int nodeId, final int lane) {
        final long key = (long)nodeId << Integer.SIZE | lane;
        Destination destination = byLane.get(key);
        if (destination == null) {
            destination = new Destination(nodeId, lane, journal, publications, messages, limits);
            byLane.put(key, destination);
            all = byLane.values().toArray(new Destination[0]);
        }
        return destination;
    }
}
