package io.truenow.hottier;

import io.truenow.fabric.memory.MemoryTag;
import io.truenow.fabric.memory.Region;
import io.truenow.fabric.memory.RegionSource;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;

/**
 * Regions in reserve for one lane: made, and so touched, by the node's own agent; taken by the lane, which never waits for the operating
 * system.
 */
final class RegionReserve implements RegionSource, AutoCloseable {
    static final int REGIONS = 2;

    private final OneToOneConcurrentArrayQueue<Region> ready = new OneToOneConcurrentArrayQueue<>(REGIONS);
    private final MemoryTag tag;
    private final long regionBytes;

    RegionReserve(final MemoryTag tag, final long regionBytes) {
        this.tag = tag;
        this.regionBytes = regionBytes;
    }

    @Override
    public Region poll() {
        return ready.poll();
    }

    /** Makes at most one region; returns how many. Node agent, or the launching thread before it runs. */
    int refill() {
        if (ready.size() >= REGIONS) {
            return 0;
        }
        final Region region = Region.allocate(tag, regionBytes);
        if (region == null) {
            return 0;
        }
        ready.offer(region);
        return 1;
    }

    /** When no agent runs any more. */
    @Override
    public void close() {
        Region region = ready.poll();
        while (region != null) {
            region.close();
            region = ready.poll();
        }
    }
}
