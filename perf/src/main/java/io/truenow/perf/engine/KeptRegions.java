package io.truenow.perf.engine;

import io.truenow.fabric.memory.MemoryTag;
import io.truenow.fabric.memory.Region;
import io.truenow.fabric.memory.RegionSource;
import io.truenow.fabric.memory.os.HugePages;
import io.truenow.fabric.memory.os.MemoryPlacement;

import java.util.ArrayDeque;

/**
 * Regions as a lane is given them: touched before they are asked for, since another thread makes them, and in huge pages where the machine
 * has some, as by {@code hot-tier.huge-pages: try}. Keeps those that are given back. For one thread.
 */
final class KeptRegions implements RegionSource, AutoCloseable {
    private static final MemoryPlacement PLACEMENT = new MemoryPlacement(HugePages.TRY, MemoryPlacement.ANY_NODE);

    private final MemoryTag tag;
    private final int regionBytes;
    private final ArrayDeque<Region> kept = new ArrayDeque<>();

    KeptRegions(final MemoryTag tag, final int regionBytes) {
        this.tag = tag;
        this.regionBytes = regionBytes;
    }

    /** Makes as many as are lacking of so many bytes, off the clock. */
    void keepReady(final long bytes) {
        while ((long) kept.size() * regionBytes < bytes) {
            kept.push(Region.allocate(tag, regionBytes, PLACEMENT));
        }
    }

    @Override
    public Region poll() {
        return kept.isEmpty() ? Region.allocate(tag, regionBytes, PLACEMENT) : kept.pop();
    }

    @Override
    public void giveBack(final Region region) {
        kept.push(region);
    }

    @Override
    public void close() {
        kept.forEach(Region::close);
        kept.clear();
    }
}
