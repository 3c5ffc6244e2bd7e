package io.truenow.engine.store.memory;

import io.truenow.fabric.config.ByteSize;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.MemoryPressure;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.fabric.memory.Region;
import io.truenow.fabric.memory.RegionFiles;
import io.truenow.fabric.memory.RegionPolicy;
import io.truenow.fabric.metrics.Metrics;
import io.truenow.fabric.process.ServiceIdentity;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A node's memory: the budget and who has it, the directory of regions, the regions of each lane. Made and closed by the launching thread;
 * lanes are added before any agent runs. Tags and pressure may be used by any thread.
 */
public final class NodeMemory implements AutoCloseable {
    /** What a media driver wants, whose files may be beside ours and would fail by a signal. */
    static final long LEFT_TO_DRIVER_BYTES = 48L << 20;
    private static final int QUERY_AT_MOST = 4;
    /** Parts of the heap for sketches of queries and of cubes; what a step adds before it is counted comes on top. */
    private static final int QUERY_HEAP_SHARE = 5;
    private static final int CUBE_HEAP_SHARE = 8;
    /** A part of the budget, so that a small one is not taken in pieces too large for it. */
    private static final int FILE_REGIONS_IN_BUDGET = 256;
    private static final int MIN_FILE_REGION_BYTES = 1 << 16;
    private static final int MAX_FILE_REGION_BYTES = 1 << 20;
    private static final int MAX_FILE_REGIONS = 1 << 12;

    private final MemorySettings settings;
    private final MemoryAccountant accountant;
    private final MemoryTag regions;
    private final MemoryTag sealed;
    private final MemoryTag cubes;
    private final MemoryTag query;
    private final HeapRoom queryHeap;
    private final HeapRoom cubeHeap;
    private final MemoryPressure pressure;
    private final RegionDirectory directory;
    private final List<BlockPool> pools = new ArrayList<>();
    private final List<RegionReserve> reserves = new ArrayList<>();
    private PlacementGrant grant;

    private NodeMemory(final MemorySettings settings, final RegionDirectory directory) {
        final long limitBytes = settings.budgetBytes();
        this.settings = settings;
        this.directory = directory;
        this.grant = PlacementGrant.none(settings.placement());
        this.accountant = new MemoryAccountant(limitBytes);
        this.regions = accountant.tag("regions", (long) settings.maxRegions() * settings.regionBytes());
        this.sealed = accountant.tag("sealed", limitBytes);
        this.cubes = accountant.tag("cubes", settings.cubeBytes());
        this.query = accountant.tag("query", limitBytes / QUERY_AT_MOST);
        final long heapBytes = Runtime.getRuntime().maxMemory();
        final MemoryAccountant heap = new MemoryAccountant(heapBytes);
        this.queryHeap = new HeapRoom(query, heap.tag("query", heapBytes / QUERY_HEAP_SHARE));
        this.cubeHeap = new HeapRoom(cubes, heap.tag("cubes", heapBytes / CUBE_HEAP_SHARE));
        this.pressure = new MemoryPressure(accountant, regions, this::regionLimitBytes, this::heldBytes);
    }

    /**
     * Takes the directory of regions.
     *
     * @throws IllegalStateException that says why it cannot be had.
     */
    public static NodeMemory open(final MemorySettings settings, final ServiceIdentity identity) {
        return new NodeMemory(settings, RegionDirectory.open(settings.regionDirectory(), identity));
    }

    /**
     * The regions of a lane; none is mapped or made yet.
     *
     * @throws IllegalStateException if the lane's directory cannot be used.
     */
    public RegionReserve addLane(final int lane) {
        try {
            final RegionFiles files = RegionFiles.open(directory.path().resolve("lane-" + lane), regions, settings.regionBytes(),
                settings.maxRegions(), new RegionPolicy(LEFT_TO_DRIVER_BYTES, settings.placement()));
            final RegionReserve reserve = new RegionReserve(files, settings.maxRegions());
            reserves.add(reserve);
            return reserve;
        } catch (final IOException e) {
            throw new IllegalStateException("cannot use " + directory.path() + ": " + e.getMessage(), e);
        }
    }

    /** A pool over a lane's regions, which counts for the pressure. */
    public BlockPool addPool(final RegionReserve reserve) {
        final BlockPool pool = new BlockPool(reserve, settings.regionBytes(), settings.maxRegions());
        pools.add(pool);
        return pool;
    }

    /**
     * A pool for what a lane keeps of its files beside their mappings. Like these it may pass the limit: when it is asked, the rows that
     * the file holds are still in the lane's regions, and they are freed only when it has been granted.
     */
    public BlockPool newFilePool() {
        final long wanted = Long.highestOneBit(Math.max(1, settings.budgetBytes() / FILE_REGIONS_IN_BUDGET));
        final int regionBytes = Math.clamp(wanted, MIN_FILE_REGION_BYTES, MAX_FILE_REGION_BYTES);
        return new BlockPool(() -> Region.allocateBeyondLimit(sealed, regionBytes), regionBytes, MAX_FILE_REGIONS);
    }

    /**
     * Makes the lanes' first regions, so that memory that cannot be had is told at once.
     *
     * @throws IllegalStateException that says why there is none.
     */
    public void start() {
        for (final RegionReserve reserve : reserves) {
            grant = reserve.start(grant);
        }
    }

    /** What was asked for and what was granted, in one line. */
    public String summary() {
        return "budget " + new ByteSize(settings.budgetBytes()) + ", regions of " + new ByteSize(settings.regionBytes()) + " in "
            + directory.path() + " (" + fileSystem() + "), " + grant.text();
    }

    /** Closes a pool whose regions could not be taken over; another one may follow. */
    public void removePool(final BlockPool pool) {
        pools.remove(pool);
        pool.close();
    }

    /** Bytes of a region. */
    public long regionBytes() {
        return settings.regionBytes();
    }

    /** The budget. */
    public MemoryAccountant accountant() {
        return accountant;
    }

    /** Tag of mapped files of sealed segments. */
    public MemoryTag sealed() {
        return sealed;
    }

    /** Tag of cubes. */
    public MemoryTag cubes() {
        return cubes;
    }

    /** Tag of what running queries need. */
    public MemoryTag query() {
        return query;
    }

    /** Room on the heap for what running queries need beside {@link #query}. */
    public HeapRoom queryHeap() {
        return queryHeap;
    }

    /** Room on the heap for what cubes need beside {@link #cubes}. */
    public HeapRoom cubeHeap() {
        return cubeHeap;
    }

    /** How short memory is. */
    public MemoryPressure pressure() {
        return pressure;
    }

    /** The directory of regions; each lane has one of its own in it. */
    public Path directory() {
        return directory.path();
    }

    /** Looks at the pressure, lets go of regions that came back, makes those that are wanted; returns how many. Node agent. */
    public int maintain(final long nowNs) {
        pressure.update();
        int work = 0;
        for (int i = 0; i < reserves.size(); i++) {
            work += reserves.get(i).refill(nowNs);
        }
        return work;
    }

    /** Exposes what the accountant knows, the pressure, and refusals of the file system. */
    public void register(final Metrics metrics) {
        accountant.register(metrics, "truenow_hot_tier");
        metrics.gauge("truenow_hot_tier_memory_pressure", "0 free, 1 cubes go, 2 spans are sealed early, 3 oldest spans go, 4 refused",
            () -> pressure.level().ordinal());
        for (int lane = 0; lane < reserves.size(); lane++) {
            metrics.gauge("truenow_hot_tier_region_refusals", "Times the file system refused to make or delete a region",
                reserves.get(lane)::refusals, "lane", Integer.toString(lane));
        }
    }

    /** For the status page. */
    public Map<String, Object> status() {
        final Map<String, Object> status = new LinkedHashMap<>();
        status.put("limit_bytes", accountant.limitBytes());
        status.put("used_bytes", accountant.usedBytes());
        final Map<String, Object> byTag = new LinkedHashMap<>();
        for (final MemoryTag tag : accountant.tags()) {
            byTag.put(tag.name(), Map.of("used_bytes", tag.usedBytes(), "limit_bytes", tag.limitBytes()));
        }
        status.put("tags", byTag);
        status.put("pressure", pressure.level().name().toLowerCase(Locale.ROOT));
        status.put("pressure_percent", pressure.percent());
        status.put("region_directory", directory.path().toString());
        status.put("file_system", fileSystem());
        status.put("region_bytes", settings.regionBytes());
        status.put("placement", grant.status());
        return status;
    }

    /** When no agent runs any more, and the lanes' pools are closed. */
    @Override
    public void close() {
        reserves.forEach(RegionReserve::close);
        directory.close();
    }

    private String fileSystem() {
        try {
            final FileStore store = Files.getFileStore(directory.path());
            return store.type() + ", " + (store.getUsableSpace() >> 20) + " MiB free";
        } catch (final IOException e) {
            return "unknown: " + e.getMessage();
        }
    }

    /** Whether the file system has no room for the next region of some lane. Any thread. */
    public boolean areRegionsRefused() {
        for (int i = 0; i < reserves.size(); i++) {
            if (reserves.get(i).isRefused()) {
                return true;
            }
        }
        return false;
    }

    /** Where the file system is full, what is there is all there is. */
    private long regionLimitBytes() {
        return areRegionsRefused() ? regions.usedBytes() : regions.limitBytes();
    }

    private long heldBytes() {
        long bytes = 0;
        for (int i = 0; i < pools.size(); i++) {
            final List<BlockUse> uses = pools.get(i).uses();
            for (int use = 0; use < uses.size(); use++) {
                bytes += uses.get(use).usedBytes();
            }
        }
        return bytes;
    }
}
