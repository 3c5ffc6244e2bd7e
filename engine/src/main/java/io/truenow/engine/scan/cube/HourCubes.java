package io.truenow.engine.scan.cube;

import org.agrona.collections.Long2ObjectHashMap;

import java.util.ArrayList;
import java.util.List;

/**
 * Cubes of several segments, listed under the first of them, with which they go at the latest. They are made where all cubes that they
 * come from hold all rows already, and nothing has to go for them; a query adds to one, which nobody else finds before it is complete.
 * Belongs to the query agent.
 */
public final class HourCubes {
    /** Of one segment: with more, queries ask for very different things. */
    private static final int MAX_LISTED = 8;

    private final CubeStore store;
    private long hits;
    private final Long2ObjectHashMap<List<HourCube>> cubesByUid = new Long2ObjectHashMap<>();

    HourCubes(final CubeStore store) {
        this.store = store;
    }

    /** Queries that were answered from one that was there. */
    public long hits() {
        return hits;
    }

    /** Takes hold of a cube of just these segments that has what is wanted; null if there is none. */
    public HourCube hold(final CubeWants wants, final SegmentRun run) {
        final List<HourCube> listed = cubesByUid.get(run.uid(0));
        for (int i = 0; listed != null && i < listed.size(); i++) {
            final HourCube cube = listed.get(i);
            if (cube.isOf(run) && cube.serves(wants)) {
                cube.holders++;
                hits++;
                store.touch(cube);
                return cube;
            }
        }
        return null;
    }

    /** Takes hold of a new one, to which the cubes of these segments are to be added; null if it may not be. */
    public HourCube begin(final CubeWants wants, final SegmentRun run) {
        long bytes = 0;
        long sketchBytes = 0;
        for (int i = 0; i < run.count(); i++) {
            final Cube cube = store.find(run.uid(i), wants.key(), CubeLevel.SPAN);
            if (cube == null || !cube.isComplete(wants, run.rowCount(i))) {
                return null;
            }
            bytes += cube.bytes;
            sketchBytes += cube.sketchBytes;
        }
        return store.mayHold(bytes, sketchBytes) ? store.add(new HourCube(wants, run, store.memory())) : null;
    }

    /** All was added to one that is held: from now on it is found. */
    public void complete(final HourCube cube, final SegmentRun run) {
        cube.settle();
        final List<HourCube> others = cubesByUid.get(run.uid(0));
        for (int i = others == null ? -1 : others.size() - 1; i >= 0; i--) {
            // mostly of segments as they were before
            if (others.get(i).holders == 0 && (!others.get(i).isOf(run) || others.size() >= MAX_LISTED)) {
                store.remove(others.get(i));
            }
        }
        cubesByUid.computeIfAbsent(run.uid(0), _ -> new ArrayList<>()).add(cube);
        cube.isListed = true;
        store.account(cube);
    }

    /** Lets one go that was held; what is not complete goes for good. */
    public void release(final HourCube cube) {
        cube.holders--;
        if (cube.isListed) {
            store.account(cube);
        } else {
            store.remove(cube);
        }
    }

    /** A segment is about to go. */
    void drop(final long segmentUid) {
        final List<HourCube> listed = cubesByUid.get(segmentUid);
        while (listed != null && !listed.isEmpty()) {
            store.remove(listed.getLast());
        }
        cubesByUid.remove(segmentUid);
    }

    /** One has gone. */
    void forget(final HourCube cube) {
        if (cube.isListed) {
            final List<HourCube> listed = cubesByUid.get(cube.firstUid());
            listed.remove(cube);
            if (listed.isEmpty()) {
                cubesByUid.remove(cube.firstUid());
            }
        }
    }
}
