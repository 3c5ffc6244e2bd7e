package io.truenow.hottier.lane;

import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.fabric.agent.Doorbell;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;

import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.List;

/**
 * Where a lane and its query agent meet: the shards there are, segments on their way out (lane to query agent) and segments that no query
 * uses any more (query agent to lane). What a full queue does not take waits at the sender.
 */
public final class LaneExchange {
    private static final int CAPACITY = 4_096;

    private final OneToOneConcurrentArrayQueue<Segment> retired = new OneToOneConcurrentArrayQueue<>(CAPACITY);
    private final OneToOneConcurrentArrayQueue<Segment> released = new OneToOneConcurrentArrayQueue<>(CAPACITY);
    private final ArrayDeque<Segment> unsentRetired = new ArrayDeque<>();
    private final ArrayDeque<Segment> unsentReleased = new ArrayDeque<>();
    private final Doorbell queryAgent;
    private volatile boolean isRowAwaited;
    private volatile Int2ObjectHashMap<ShardStore> shards = new Int2ObjectHashMap<>();
    private volatile List<ShardStore> shardList = List.of();

    /** Of agents that hear no rings. */
    public LaneExchange() {
        this(Doorbell.NONE);
    }

    /**
     * An exchange.
     *
     * @param queryAgent its doorbell.
     */
    public LaneExchange(final Doorbell queryAgent) {
        this.queryAgent = queryAgent;
    }

    /** The lane's shards by id; never changed, only replaced. Any thread may look up, none may iterate: the map's iterators are shared. */
    public Int2ObjectHashMap<ShardStore> shards() {
        return shards;
    }

    /** The lane's shards. Any thread. */
    public List<ShardStore> shardList() {
        return shardList;
    }

    /** Segments in transit, for which memory is not free yet; an estimate. Any thread. */
    public int segmentsInTransit() {
        return retired.size() + released.size();
    }

    /** Query agent: the next segment that left its shard, or null. */
    public Segment pollRetired() {
        return retired.poll();
    }

    /** Query agent: no query uses the segment. */
    public void release(final Segment segment) {
        unsentReleased.add(segment);
        flushReleased();
    }

    /** Query agent, each duty cycle. */
    public int flushReleased() {
        return flush(unsentReleased, released);
    }

    /** Query agent: whether a query waits for what the lane has yet to apply. True if that is news; then it should look again. */
    public boolean awaitRows(final boolean isAwaited) {
        final boolean isNew = isAwaited && !isRowAwaited;
        if (isAwaited != isRowAwaited) {
            isRowAwaited = isAwaited;
        }
        return isNew;
    }

    /** After something was applied or published: wakes the query agent if it waits for that. */
    void onProgress() {
        // without it this may be read before others can see what was published, and the query agent miss both
        VarHandle.fullFence();
        if (isRowAwaited) {
            queryAgent.ring();
        }
    }

    /** Lane: these are its shards from now on. */
    public void shards(final List<ShardStore> now) {
        final Int2ObjectHashMap<ShardStore> byId = new Int2ObjectHashMap<>();
        now.forEach(shard -> byId.put(shard.shardId(), shard));
        shards = byId;
        shardList = List.copyOf(now);
    }

    void retire(final List<Segment> segments) {
        unsentRetired.addAll(segments);
        flushRetired();
    }

    int flushRetired() {
        return flush(unsentRetired, retired);
    }

    Segment pollReleased() {
        return released.poll();
    }

    private static int flush(final ArrayDeque<Segment> from, final OneToOneConcurrentArrayQueue<Segment> to) {
        int count = 0;
        while (!from.isEmpty() && to.offer(from.peekFirst())) {
            from.pollFirst();
            count++;
        }
        return count;
    }
}
