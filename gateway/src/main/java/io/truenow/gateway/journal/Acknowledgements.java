package io.truenow.gateway.journal;

import io.truenow.codecs.control.OwnerState;
import io.truenow.fabric.catalog.CatalogDiff;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.RecordKinds;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.position.Position;
import org.agrona.collections.Int2ObjectHashMap;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What lanes have applied, and the requests that wait for it. A position counts as applied when every owner in sync says so at the shard's
 * present epoch: what a deposed owner or an earlier incarnation of a node has applied counts for nothing. Owned by the journal agent.
 */
public final class Acknowledgements {
    private static final class Vector {
        final int nodeId;
        final int lane;
        long epoch = -1;
        long incarnation;
        long sequence;

        Vector(final int nodeId, final int lane) {
            this.nodeId = nodeId;
            this.lane = lane;
        }
    }

    private static final class ShardState {
        /** One per lane that ever spoke of the shard: it may do so before the catalog shows this gateway its ownership. */
        final List<Vector> vectors = new ArrayList<>(2);
        Vector[] owners = {};
        long epoch = -1;
        IngestRequest[] requests = new IngestRequest[16];
        long[] sequences = new long[16];
        int head;
        int count;

        void add(final IngestRequest request, final long sequence) {
            if (count == requests.length) {
                grow();
            }
            final int slot = head + count++ & requests.length - 1;
            requests[slot] = request;
            sequences[slot] = sequence;
        }

        IngestRequest peek() {
            return requests[head];
        }

        void remove() {
            requests[head] = null;
            head = head + 1 & requests.length - 1;
            count--;
        }

        /** The request that waits for a sequence, or null. */
        IngestRequest find(final long sequence) {
            int from = 0;
            int to = count - 1;
            while (from <= to) {
                final int middle = from + to >>> 1;
                final int slot = head + middle & requests.length - 1;
                if (sequences[slot] == sequence) {
                    return requests[slot];
                }
                if (sequences[slot] < sequence) {
                    from = middle + 1;
                } else {
                    to = middle - 1;
                }
            }
            return null;
        }

        void clear(final IngestRequest request) {
            for (int i = 0; i < requests.length; i++) {
                if (requests[i] == request) {
                    requests[i] = null;
                }
            }
        }

        private void grow() {
            final int capacity = requests.length;
            final IngestRequest[] newRequests = new IngestRequest[capacity * 2];
            final long[] newSequences = new long[capacity * 2];
            for (int i = 0; i < count; i++) {
                newRequests[i] = requests[head + i & capacity - 1];
                newSequences[i] = sequences[head + i & capacity - 1];
            }
            requests = newRequests;
            sequences = newSequences;
            head = 0;
        }
    }

    private final Int2ObjectHashMap<ShardState> shards = new Int2ObjectHashMap<>();
    private final long incarnation;
    private final Completions completions;
    private int pendingRequests;

    /** For one incarnation of the gateway: only its own requests wait. */
    public Acknowledgements(final long incarnation, final Completions completions) {
        this.incarnation = incarnation;
        this.completions = completions;
    }

    /** Waits for a journaled request's batches, none of which has been sent yet. */
    public void await(final IngestRequest request, final long deadlineNs) {
        request.deadlineNs = deadlineNs;
        request.outstandingBatches = request.batchCount();
        pendingRequests++;
        for (int i = 0, count = request.batchCount(); i < count; i++) {
            shard(request.shardId(i)).add(request, request.sequence(i));
        }
    }

    /** A lane tells its vector; of an epoch before the last it told, it is ignored. */
    public void onApplied(
        final int shardId, final int nodeId, final int lane, final long epoch, final long atIncarnation, final long sequence) {
        onVector(shard(shardId), nodeId, lane, epoch, atIncarnation, sequence);
    }

    /** A lane that has started or lost something tells its vector: how many events were repeated in batches up to it is not known. */
    public void onFound(
        final int shardId, final int nodeId, final int lane, final long epoch, final long atIncarnation, final long sequence) {
        final ShardState shard = shard(shardId);
        if (atIncarnation == incarnation) {
            for (int i = 0; i < shard.count; i++) {
                final int slot = shard.head + i & shard.requests.length - 1;
                if (shard.requests[slot] != null && shard.sequences[slot] <= sequence) {
                    shard.requests[slot].repeatsAreUnknown();
                }
            }
        }
        onVector(shard, nodeId, lane, epoch, atIncarnation, sequence);
    }

    /** A lane tells of a batch, before it says that it is applied, how many of its events the shard had. */
    public void onRepeated(final int shardId, final long atIncarnation, final long sequence, final int events) {
        final IngestRequest request = atIncarnation == incarnation ? shard(shardId).find(sequence) : null;
        if (request != null) {
            request.addRepeated(events);
        }
    }

    private void onVector(
        final ShardState shard, final int nodeId, final int lane, final long epoch, final long atIncarnation, final long sequence) {
        final Vector vector = vector(shard, nodeId, lane);
        if (epoch < vector.epoch || epoch == vector.epoch
            && Position.reached(vector.incarnation, vector.sequence, atIncarnation, sequence)) {
            return;
        }
        vector.epoch = epoch;
        vector.incarnation = atIncarnation;
        vector.sequence = sequence;
        if (epoch == shard.epoch) {
            settle(shard);
        }
    }

    /** What differs from the catalog before: owners, epochs, and shards that are gone with their table. */
    public void onCatalog(final CatalogDiff diff) {
        diff.forEach(RecordKinds.SHARD, (before, after) -> {
            if (after == null) {
                giveUpAll(shard(before.id()));
                shards.remove(before.id());
            } else {
                onOwners(shard(after.id()), after);
            }
        });
    }

    private void onOwners(final ShardState shard, final Shard record) {
        shard.epoch = record.epoch();
        int count = 0;
        final Vector[] owners = new Vector[record.owners().size()];
        for (final Owner owner : record.owners()) {
            if (owner.state() == OwnerState.ACTIVE || owner.state() == OwnerState.IN_SYNC) {
                owners[count++] = vector(shard, owner.nodeId(), owner.lane());
            }
        }
        shard.owners = Arrays.copyOf(owners, count);
        settle(shard);
    }

    /** Gives up requests whose deadline has passed: they are journaled, but not known to be applied. */
    public int expire(final long nowNs) {
        if (pendingRequests == 0) {
            return 0;
        }
        int expired = 0;
        for (final ShardState shard : shards.values()) {
            while (shard.count > 0 && (shard.peek() == null || shard.peek().deadlineNs - nowNs <= 0)) {
                final IngestRequest request = shard.peek();
                shard.remove();
                if (request != null) {
                    giveUp(request);
                    expired++;
                }
            }
        }
        return expired;
    }

    /** Requests that wait. */
    public int pendingRequests() {
        return pendingRequests;
    }

    /** Gives up all requests. */
    public void close() {
        shards.values().forEach(this::giveUpAll);
    }

    private void giveUpAll(final ShardState shard) {
        while (shard.count > 0) {
            final IngestRequest request = shard.peek();
            shard.remove();
            if (request != null) {
                giveUp(request);
            }
        }
    }

    private void giveUp(final IngestRequest request) {
        for (int i = 0, count = request.batchCount(); i < count; i++) {
            shard(request.shardId(i)).clear(request);
        }
        pendingRequests--;
        completions.complete(request, IngestOutcome.NOT_APPLIED_IN_TIME);
    }

    private void settle(final ShardState shard) {
        while (shard.count > 0) {
            final IngestRequest request = shard.peek();
            if (request != null && !isApplied(shard, shard.sequences[shard.head])) {
                return;
            }
            shard.remove();
            if (request != null && --request.outstandingBatches == 0) {
                pendingRequests--;
                completions.complete(request, IngestOutcome.OK);
            }
        }
    }

    private boolean isApplied(final ShardState shard, final long sequence) {
        for (final Vector owner : shard.owners) {
            if (owner.epoch != shard.epoch || !Position.reached(owner.incarnation, owner.sequence, incarnation, sequence)) {
                return false;
            }
        }
        return shard.owners.length > 0;
    }

    private ShardState shard(final int shardId) {
        ShardState shard = shards.get(shardId);
        if (shard == null) {
            shard = new ShardState();
            shards.put(shardId, shard);
        }
        return shard;
    }

    private static Vector vector(final ShardState shard, final int nodeId, final int lane) {
        for (int i = 0, size = shard.vectors.size(); i < size; i++) {
            final Vector vector = shard.vectors.get(i);
            if (vector.nodeId == nodeId && vector.lane == lane) {
                return vector;
            }
        }
        final Vector vector = new Vector(nodeId, lane);
        shard.vectors.add(vector);
        return vector;
    }
}
