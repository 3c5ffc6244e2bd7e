package io.truenow.gateway.publish;

import io.truenow.codecs.ingest.ResumeDecoder;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogDiff;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.RecordKinds;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.Shard;
import io.truenow.gateway.journal.IngestRequest;
import io.truenow.gateway.journal.JournalSource;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.Long2ObjectHashMap;

/** All lanes that this gateway publishes to, as the catalog names them. None waits for another. Owned by the journal agent. */
final class Destinations {
    private static final Destination[] NONE = {};

    private final JournalSource journal;
    private final LanePublications publications;
    private final PublishLimits limits;
    private final LaneMessages messages = new LaneMessages();
    private final Long2ObjectHashMap<Destination> byLane = new Long2ObjectHashMap<>();
    /** By shard: the lanes that are to hold it; no entry if there is none. */
    private final Int2ObjectHashMap<Destination[]> owners = new Int2ObjectHashMap<>();
    private Destination[] all = NONE;

    Destinations(final JournalSource journal, final LanePublications publications, final PublishLimits limits) {
        this.journal = journal;
        this.publications = publications;
        this.limits = limits;
    }

    /** Who is publishing; before the first poll. */
    void identity(final int gatewayId, final long incarnation) {
        messages.identity(gatewayId, incarnation);
    }

    /** What differs from the catalog before. */
    void onCatalog(final CatalogDiff diff, final long nowNs) {
        diff.forEach(RecordKinds.SERVICE, (before, after) -> onNode(after == null ? before.id() : after.id(), after, nowNs));
        diff.forEach(RecordKinds.SHARD, (before, after) -> {
            if (before != null) {
                unassign(before, after);
            }
            if (after != null) {
                assign(after, diff.after(), nowNs);
            }
        });
    }

    /** Whether some lane is to hold the shard. */
    boolean hasOwner(final int shardId) {
        return owners.containsKey(shardId);
    }

    /** Whether every lane that is to hold the shard is stalled. */
    boolean isStalled(final int shardId, final long nowNs) {
        final Destination[] all = owners.get(shardId);
        for (final Destination destination : all == null ? NONE : all) {
            if (!destination.isStalled(nowNs)) {
                return false;
            }
        }
        return all != null;
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

    private void onNode(final int nodeId, final ServiceInstance node, final long nowNs) {
        for (final Destination destination : all) {
            if (destination.nodeId() == nodeId) {
                destination.onNode(node, nowNs);
            }
        }
    }

    /** Takes the shard from those that own it no more. */
    private void unassign(final Shard before, final Shard after) {
        for (final Owner owner : before.owners()) {
            final Owner still = after == null ? null : after.ownerOn(owner.nodeId());
            if (after == null) {
                destination(owner.nodeId(), owner.lane()).onDropped(before.id());
            } else if (still == null || still.lane() != owner.lane()) {
                destination(owner.nodeId(), owner.lane()).onAssigned(before.id(), ShardFlow.NO_EPOCH);
            }
        }
        owners.remove(before.id());
    }

    private void assign(final Shard shard, final Catalog catalog, final long nowNs) {
        final Destination[] destinations = new Destination[shard.owners().size()];
        int count = 0;
        for (final Owner owner : shard.owners()) {
            final Destination destination = destination(owner.nodeId(), owner.lane());
            destination.onNode(catalog.service(owner.nodeId()), nowNs);
            destination.onAssigned(shard.id(), shard.epoch());
            destinations[count++] = destination;
        }
        if (count > 0) {
            owners.put(shard.id(), destinations);
        }
    }

    private Destination destination(final int nodeId, final int lane) {
        final long key = (long) nodeId << Integer.SIZE | lane;
        Destination destination = byLane.get(key);
        if (destination == null) {
            destination = new Destination(nodeId, lane, journal, publications, messages, limits);
            byLane.put(key, destination);
            all = byLane.values().toArray(new Destination[0]);
        }
        return destination;
    }
}
