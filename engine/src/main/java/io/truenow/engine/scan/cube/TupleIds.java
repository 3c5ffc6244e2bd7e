package io.truenow.engine.scan.cube;

import io.truenow.engine.scan.kernel.LongIds;

import java.util.Arrays;

/**
 * Numbers tuples of lane codes 0, 1, 2, .. for all cubes of a key, so that what a query once found out of a tuple it need not find out in
 * the next segment. A lane code that comes to stand for another value does so in all segments that are left.
 */
final class TupleIds {
    /** With more the numbers start over. */
    private static final int MAX_IDS = 1 << 18;

    /** By component: from the number of the components before, and its code. */
    private final LongIds[] stages;
    private int generation = 1;

    TupleIds(final int components) {
        stages = new LongIds[components];
        Arrays.setAll(stages, i -> new LongIds());
    }

    /** Of the numbers that are good; others are forgotten. */
    int generation() {
        return generation;
    }

    /** Between queries: starts over if there are too many. */
    void trim() {
        if (stages.length > 0 && stages[stages.length - 1].size() > MAX_IDS) {
            clear();
        }
    }

    /** Starts over. */
    void clear() {
        Arrays.setAll(stages, i -> new LongIds());
        generation++;
    }

    /** Bytes held on the heap, about. */
    long heapBytes() {
        long bytes = 0;
        for (final LongIds stage : stages) {
            bytes += stage.size() == 0 ? 0 : stage.heapBytes();
        }
        return bytes;
    }

    /** The number of a tuple. */
    int idOf(final int[] laneCodes) {
        int id = 0;
        for (int i = 0; i < stages.length; i++) {
            id = stages[i].idOf((long) id << Integer.SIZE | laneCodes[i]);
        }
        return id;
    }
}
