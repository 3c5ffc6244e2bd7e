package io.truenow.engine.store.memory;

import io.truenow.fabric.memory.Region;
import io.truenow.fabric.memory.RegionFiles;
import io.truenow.fabric.memory.RegionSource;
import io.truenow.fabric.time.ProcessClock;
import org.agrona.concurrent.OneToOneConcurrentArrayQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Regions in reserve for one lane: made, and so touched, by the node's own agent; taken by the lane, which never waits for the operating
 * system. Regions that the lane gives back go to the reserve again, or their files are deleted and their bytes are free for others.
 */
public final class RegionReserve implements RegionSource, AutoCloseable {
    /** In reserve. */
    static final int REGIONS = 2;

    private static final Logger LOGGER = LoggerFactory.getLogger(RegionReserve.class);
    private static final long RETRY_NS = TimeUnit.SECONDS.toNanos(1);

    private final OneToOneConcurrentArrayQueue<Region> ready = new OneToOneConcurrentArrayQueue<>(REGIONS);
    private final OneToOneConcurrentArrayQueue<Region> givenBack;
    private final RegionFiles files;
    private volatile boolean isRefused;
    private long refusedNs;
    private volatile long refusals;

    RegionReserve(final RegionFiles files, final int maxRegions) {
        this.files = files;
        this.givenBack = new OneToOneConcurrentArrayQueue<>(maxRegions + 1);
    }

    /** The lane's files; until the agents run they may be mapped, and the regions be adopted by the lane's pool. Launching thread. */
    public RegionFiles files() {
        return files;
    }

    @Override
    public Region poll() {
        return ready.poll();
    }

    @Override
    public void giveBack(final Region region) {
        givenBack.add(region);
    }

    /**
     * Makes the first region; where regions were taken over there may be no room for one more. A lane without any gets one beyond the
     * budget if it must: what uses that up, files or other lanes' regions, leaves when the node runs.
     *
     * @param known what is known of other regions.
     * @return that and what is seen of this one.
     * @throws IllegalStateException that says why there is none.
     */
    PlacementGrant start(final PlacementGrant known) {
        try {
            final Region within = files.create();
            final Region region = within == null && files.indexes().length == 0 ? files.createBeyondLimit() : within;
            if (region == null) {
                return known;
            }
            ready.offer(region);
            return known.and(region);
        } catch (final IOException e) {
            if (files.indexes().length > 0) {
                refused(ProcessClock.INSTANCE.nanoTime(), e);
                return known;
            }
            throw new IllegalStateException(
                e.getMessage() + ": make room, or set hot-tier.region-directory or hot-tier.region-size", e);
        }
    }

    /** Lets go of at most one region that came back, makes at most one; returns how many. Node agent. */
    public int refill(final long nowNs) {
        final int work = takeBack();
        if (ready.size() >= REGIONS || isRefused && nowNs - refusedNs < RETRY_NS) {
            return work;
        }
        try {
            final Region region = files.create();
            if (region == null) {
                return work;
            }
            ready.offer(region);
            if (isRefused) {
                isRefused = false;
                LOGGER.info("regions can be made again in {}", files.directory());
            }
            return work + 1;
        } catch (final IOException e) {
            refused(nowNs, e);
            return work;
        }
    }

    /** Makes one even beyond the budget; false if the file system refuses it. Launching thread. */
    public boolean makeBeyondLimit() {
        try {
            final Region region = files.createBeyondLimit();
            if (region != null) {
                ready.add(region);
            }
            return region != null;
        } catch (final IOException e) {
            refused(ProcessClock.INSTANCE.nanoTime(), e);
            return false;
        }
    }

    /** How often the file system has refused to make or delete a region. Any thread. */
    public long refusals() {
        return refusals;
    }

    /** Whether the file system has refused the last region. Any thread. */
    boolean isRefused() {
        return isRefused;
    }

    /** Regions in reserve; an estimate. Any thread. */
    public int readyRegions() {
        return ready.size();
    }

    /**
     * Deletes all files, those of regions in reserve too; the pool has none. Launching thread.
     *
     * @throws IOException if one cannot be deleted.
     */
    public void discard() throws IOException {
        close();
        files.deleteAll();
    }

    /** When no agent runs any more: what is in reserve holds nothing. */
    @Override
    public void close() {
        for (Region region = ready.poll(); region != null; region = ready.poll()) {
            delete(region);
        }
        for (Region region = givenBack.poll(); region != null; region = givenBack.poll()) {
            delete(region);
        }
    }

    private int takeBack() {
        final Region region = givenBack.poll();
        if (region == null) {
            return 0;
        }
        if (!ready.offer(region)) {
            delete(region);
        }
        return 1;
    }

    private void delete(final Region region) {
        try {
            files.delete(region);
        } catch (final IOException e) {
            refusals++;
            LOGGER.warn("cannot delete a region: {}", e.getMessage());
        }
    }

    /** The log tells it once, until it is over. */
    private void refused(final long nowNs, final IOException e) {
        refusals++;
        refusedNs = nowNs;
        if (!isRefused) {
            isRefused = true;
            LOGGER.warn("{}; what is held stays, new events wait", e.getMessage());
        }
    }
}
