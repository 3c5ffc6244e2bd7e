package io.truenow.engine.scan.cube;

import java.util.Arrays;

/** The cubes of one segment, and those that it was found to be too small for. */
final class SegmentCubes {
    private static final int MAX_REFUSALS = 16;

    private Cube[] cubes = new Cube[2];
    private int count;
    private CubeKey[] refusedKeys = new CubeKey[0];
    private CubeLevel[] refusedLevels = new CubeLevel[0];
    private long[] refusedRows = new long[0];
    private int refusals;

    Cube find(final CubeKey key, final CubeLevel level) {
        for (int i = 0; i < count; i++) {
            if (cubes[i].key == key && cubes[i].level == level) {
                return cubes[i];
            }
        }
        return null;
    }

    void add(final Cube cube) {
        cubes = count < cubes.length ? cubes : Arrays.copyOf(cubes, count * 2);
        cubes[count++] = cube;
    }

    void remove(final Cube cube) {
        for (int i = 0; i < count; i++) {
            if (cubes[i] == cube) {
                cubes[i] = cubes[--count];
                cubes[count] = null;
                return;
            }
        }
    }

    int count() {
        return count;
    }

    Cube get(final int index) {
        return cubes[index];
    }

    /** Whether a cube was refused when the segment had half as many rows or more. */
    boolean isRefused(final CubeKey key, final CubeLevel level, final long rows) {
        for (int i = 0; i < Math.min(refusals, MAX_REFUSALS); i++) {
            if (refusedKeys[i] == key && refusedLevels[i] == level) {
                return rows < refusedRows[i] * 2;
            }
        }
        return false;
    }

    void refuse(final CubeKey key, final CubeLevel level, final long rows) {
        if (refusals == 0) {
            refusedKeys = new CubeKey[MAX_REFUSALS];
            refusedLevels = new CubeLevel[MAX_REFUSALS];
            refusedRows = new long[MAX_REFUSALS];
        }
        int at = 0;
        while (at < Math.min(refusals, MAX_REFUSALS) && (refusedKeys[at] != key || refusedLevels[at] != level)) {
            at++;
        }
        if (at == Math.min(refusals, MAX_REFUSALS)) {
            at = refusals++ % MAX_REFUSALS;
        }
        refusedKeys[at] = key;
        refusedLevels[at] = level;
        refusedRows[at] = rows;
    }
}
