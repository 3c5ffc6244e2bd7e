package io.truenow.engine.scan.cube;

import io.truenow.engine.scan.group.GroupMemory;
import io.truenow.engine.scan.kernel.MetricState;
import io.truenow.engine.store.memory.HeapUse;
import io.truenow.engine.store.segment.Segment;
import org.agrona.collections.Long2ObjectHashMap;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * All cubes of a query agent: which there are, which may be made, and which go when memory is short: the least recently used. A cube that a
 * query holds stays.
 */
public final class CubeStore {
    private static final int MAX_KEYS = 1_024;
    /** One part of so many is left for what queries ask for. */
    private static final int KEPT_FREE = 8;

    /** One part of so many of the room on the heap is the most that a cube's sketches may have. */
    private static final int SKETCH_SHARE = 8;

    private final GroupMemory memory;
    private final HeapUse heap;
    private final CubeLimits limits;
    private final CubeCounters counters;
    private final Long2ObjectHashMap<SegmentCubes> cubesByUid = new Long2ObjectHashMap<>();
    private final List<CubeKey> keys = new ArrayList<>();
    private final CubeDemands demands = new CubeDemands();
    private final HourCubes hours = new HourCubes(this);
    private boolean isEvicting = true;
    private KeptCells oldest;
    private KeptCells newest;
    private volatile int count;
    private volatile long usedBytes;

    /** A store without cubes; the memory is closed by whoever made it. */
    public CubeStore(final GroupMemory memory, final CubeLimits limits, final CubeCounters counters) {
        this.memory = memory;
        this.heap = new HeapUse(memory.heap());
        this.limits = limits;
        this.counters = counters;
    }

    /**
     * The key of a table and sorted dimensions, asked for once more by a query that tells when it is {@link #onOver over}; null if there
     * are too many or no cubes at all.
     */
    public CubeKey ask(final int tableId, final int[] dimensions, final int dimensionCount, final long nowNs) {
        if (limits.maxCells() == 0) {
            return null;
        }
        for (int i = 0; i < keys.size(); i++) {
            if (keys.get(i).is(tableId, dimensions, dimensionCount)) {
                keys.get(i).onAsked(nowNs);
                keys.get(i).queries++;
                keys.get(i).tupleIds().trim();
                accountTuples(keys.get(i));
                return keys.get(i);
            }
        }
        if (keys.size() == MAX_KEYS || heap.isRoomExceeded()) {
            forgetIdleKeys();
        }
        if (keys.size() == MAX_KEYS) {
            return null;
        }
        final CubeKey key = new CubeKey(tableId, Arrays.copyOf(dimensions, dimensionCount));
        keys.add(key);
        key.onAsked(nowNs);
        key.queries++;
        return key;
    }

    /** A query that asked for a key is over. */
    public void onOver(final CubeKey key) {
        key.queries--;
    }

    /** What queries used lately. */
    public CubeDemands demands() {
        return demands;
    }

    /** Cubes of several segments. */
    public HourCubes hours() {
        return hours;
    }

    /** Hundredths of the query agent's time for folding between queries, 0 for none. */
    public int foldPercent() {
        return limits.foldPercent();
    }

    /** Whether cubes may go for others from now on. */
    public void evicts(final boolean newIsEvicting) {
        isEvicting = newIsEvicting;
    }

    /** Rows were folded that no query waited for. */
    public void onFoldedInBackground(final int rows) {
        counters.rowsFoldedInBackground().getAndAddRelease(rows);
    }

    /** Cubes there are. Any thread. */
    public int count() {
        return count;
    }

    /** Bytes that they hold, those of sketches on the heap with them. Any thread. */
    public long usedBytes() {
        return usedBytes;
    }

    /** A segment is about to go: so do its cubes. */
    public void drop(final long segmentUid) {
        final SegmentCubes cubes = cubesByUid.remove(segmentUid);
        while (cubes != null && cubes.count() > 0) {
            final Cube cube = cubes.get(cubes.count() - 1);
            cubes.remove(cube);
            letGo(cube);
        }
        hours.drop(segmentUid);
    }

    /** Whether a segment has cubes. */
    public boolean hasCubes(final long segmentUid) {
        final SegmentCubes cubes = cubesByUid.get(segmentUid);
        return cubes != null && cubes.count() > 0;
    }

    /**
     * A segment was replaced by one with the same rows in another order and the same local codes: cubes that hold all of them go on as that
     * one's, but for those that a query holds.
     */
    public void carry(final long segmentUid, final Segment successor, final long rowCount) {
        final SegmentCubes cubes = cubesByUid.get(segmentUid);
        for (int i = cubes == null ? -1 : cubes.count() - 1; i >= 0; i--) {
            final Cube cube = cubes.get(i);
            if (cube.isComplete(rowCount) && cube.holders == 0 && find(successor.uid(), cube.key, cube.level) == null) {
                cubes.remove(cube);
                cube.segmentUid = successor.uid();
                cube.keepComplete(rowCount);
                cubesByUid.computeIfAbsent(successor.uid(), uid -> new SegmentCubes()).add(cube);
            }
        }
    }

    /** Lets the least recently used cubes go until no more than so many bytes are held, but for those that queries hold. */
    public void shrinkTo(final long bytes) {
        boolean found = true;
        while (usedBytes > bytes && found) {
            found = evict();
        }
    }

    /** Lets all cubes go. */
    public void clear() {
        while (newest != null) {
            remove(newest);
        }
        for (final CubeKey key : keys) {
            key.tupleIds().clear();
            accountTuples(key);
        }
    }

    /** A query answers so many segments from cubes. */
    public void onHits(final int segments) {
        counters.hits().getAndAddRelease(segments);
    }

    /** Whether a segment's cube may hold the sketches that are wanted: with too many cells they are left to rows. */
    boolean hasRoomForSketches(final Segment segment, final long rowCount, final CubeWants wants, final CubeLevel level) {
        long bytes = 0;
        for (int i = 0; i < wants.sketchCount(); i++) {
            bytes += CubeSketches.bytesAtMost(wants.sketch(i), segment, Cube.cells(segment, wants.key(), level), rowCount);
        }
        return bytes <= sketchLimitBytes();
    }

    /** Counts of what cubes do. */
    CubeCounters counters() {
        return counters;
    }

    /** The cube of a segment if there is one. */
    Cube find(final long segmentUid, final CubeKey key, final CubeLevel level) {
        final SegmentCubes cubes = cubesByUid.get(segmentUid);
        return cubes == null ? null : cubes.find(key, level);
    }

    /** A new cube of a segment that has none; null if it may not be yet, or at all, or there is no memory for it. */
    Cube admit(final Segment segment, final long rowCount, final CubeKey key, final CubeLevel level, final boolean isCostly) {
        if (isCostly && key.asked() <= limits.asksBefore()) {
            return null;
        }
        SegmentCubes cubes = cubesByUid.get(segment.uid());
        if (cubes != null && cubes.isRefused(key, level, rowCount)) {
            return null;
        }
        if (cubes == null) {
            cubes = new SegmentCubes();
            cubesByUid.put(segment.uid(), cubes);
        }
        if (isTooLarge(segment, rowCount, key, level)) {
            cubes.refuse(key, level, rowCount);
            counters.refusals().incrementRelease();
            return null;
        }
        final Cube cube = new Cube(segment.uid(), key, level, memory);
        cubes.add(cube);
        add(cube);
        final boolean isMade = fit(cube, segment);
        cube.holders--;
        if (!isMade) {
            remove(cube);
            return null;
        }
        counters.admissions().incrementRelease();
        return cube;
    }

    /** A new one is there, and held. */
    <K extends KeptCells> K add(final K kept) {
        kept.key.cubes++;
        count = count + 1;
        linkNewest(kept);
        kept.holders++;
        return kept;
    }

    /** Memory of cells. */
    GroupMemory memory() {
        return memory;
    }

    /** Whether there may be a cube of so many bytes, of sketches among them, without others going for it. */
    boolean mayHold(final long bytes, final long sketchBytes) {
        return usedBytes + bytes <= limits.maxBytes() / KEPT_FREE * (KEPT_FREE - 1) && sketchBytes <= sketchLimitBytes()
            && heap.heldBytes() + sketchBytes <= heap.roomBytes() / KEPT_FREE * (KEPT_FREE - 1);
    }

    /** Sees to cells for what the segment holds by now; false if there is no memory, or they would be too many: then it may be gone. */
    boolean fit(final Cube cube, final Segment segment) {
        while (!cube.fit(segment)) {
            if (!evict()) {
                return false;
            }
        }
        account(cube);
        return true;
    }

    /** Cells of a segment's cube without buckets. */
    public static long cells(final Segment segment, final CubeKey key) {
        return Cube.cells(segment, key, CubeLevel.SPAN);
    }

    /** Whether a cube would have too many cells for its segment's rows. */
    public boolean isTooLarge(final Segment segment, final long rowCount, final CubeKey key, final CubeLevel level) {
        final long cells = Cube.cells(segment, key, level);
        return cells > limits.maxCells() || cells > rowCount / limits.rowsPerCell()
            || cells * (Long.BYTES + MetricState.BYTES) > limits.maxBytes() / 4;
    }

    /** Whether a cube may be made, or get more metrics, up to so many, without others going for it. */
    boolean mayGrow(final Segment segment, final long rowCount, final CubeKey key, final CubeLevel level, final int metricCount) {
        final SegmentCubes cubes = cubesByUid.get(segment.uid());
        final long bytes = Cube.cells(segment, key, level) * (Long.BYTES + Integer.BYTES + (long) metricCount * MetricState.BYTES);
        return (cubes == null || !cubes.isRefused(key, level, rowCount)) && !isTooLarge(segment, rowCount, key, level)
            && usedBytes + bytes <= limits.maxBytes() / KEPT_FREE * (KEPT_FREE - 1);
    }

    /** Sees to a metric of a cube; -1 if there is no memory. */
    int metric(final Cube cube, final int ordinal, final int wanted) {
        int metric = cube.metric(ordinal, wanted);
        while (metric < 0 && evict()) {
            metric = cube.metric(ordinal, wanted);
        }
        account(cube);
        return metric;
    }

    /** A dimension's lane codes; 0 if there is no memory. */
    long laneCodes(final Cube cube, final int index, final Segment segment) {
        long address = cube.laneCodesAddress(index, segment);
        while (address == 0 && evict()) {
            address = cube.laneCodesAddress(index, segment);
        }
        account(cube);
        return address;
    }

    /** Numbers of a cube's tuples by cell; 0 if there is no memory. */
    long tupleIds(final Cube cube) {
        long address = cube.tupleIdsAddress();
        while (address == 0 && evict()) {
            address = cube.tupleIdsAddress();
        }
        return address;
    }

    /** It was used just now. */
    void touch(final KeptCells cube) {
        if (newest != cube) {
            unlink(cube);
            linkNewest(cube);
        }
    }

    /** Lets a cube go. */
    void remove(final KeptCells kept) {
        switch (kept) {
            case Cube cube -> cubesByUid.get(cube.segmentUid).remove(cube);
            case HourCube hour -> hours.forget(hour);
        }
        letGo(kept);
    }

    private long sketchLimitBytes() {
        return Math.min(heap.roomBytes(), limits.maxBytes()) / SKETCH_SHARE;
    }

    private void letGo(final KeptCells cube) {
        unlink(cube);
        cube.release();
        cube.key.cubes--;
        count = count - 1;
        usedBytes = usedBytes - cube.bytes;
        cube.bytes = 0;
        heap.hold(heap.heldBytes() - cube.sketchBytes);
        cube.sketchBytes = 0;
    }

    private boolean evict() {
        KeptCells cube = isEvicting ? oldest : null;
        while (cube != null && cube.holders > 0) {
            cube = cube.newer;
        }
        if (cube == null) {
            return false;
        }
        remove(cube);
        counters.evictions().incrementRelease();
        return true;
    }

    /** Its bytes have changed; whoever calls holds it. */
    void account(final KeptCells cube) {
        final long bytes = cube.usedBytes();
        if (bytes != cube.bytes) {
            usedBytes = usedBytes + bytes - cube.bytes;
            cube.bytes = bytes;
            final long sketchBytes = cube.usedSketchBytes();
            heap.hold(heap.heldBytes() + sketchBytes - cube.sketchBytes);
            cube.sketchBytes = sketchBytes;
            shrinkTo(limits.maxBytes());
            boolean found = true;
            while (found && heap.isRoomExceeded()) {
                found = evict();
            }
        }
    }

    private void accountTuples(final CubeKey key) {
        final long bytes = key.tupleIds().heapBytes();
        heap.hold(heap.heldBytes() + bytes - key.tupleBytes);
        key.tupleBytes = bytes;
    }

    private void forgetIdleKeys() {
        for (int i = keys.size() - 1; i >= 0; i--) {
            final CubeKey key = keys.get(i);
            // a cube of a key that is not listed would never be found again
            if (key.cubes == 0 && key.queries == 0) {
                demands.forget(key);
                heap.hold(heap.heldBytes() - key.tupleBytes);
                key.tupleBytes = 0;
                keys.remove(i);
            }
        }
    }

    private void linkNewest(final KeptCells cube) {
        cube.older = newest;
        cube.newer = null;
        if (newest != null) {
            newest.newer = cube;
        } else {
            oldest = cube;
        }
        newest = cube;
    }

    private void unlink(final KeptCells cube) {
        if (cube.older == null) {
            oldest = cube.newer;
        } else {
            cube.older.newer = cube.newer;
        }
        if (cube.newer == null) {
            newest = cube.older;
        } else {
            cube.newer.older = cube.older;
        }
        cube.older = null;
        cube.newer = null;
    }
}
