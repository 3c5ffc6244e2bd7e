package io.truenow.engine.scan.cube;

import java.util.Arrays;

/** A table and a sorted set of its dimensions; there is one object for each. Counts how often it was asked for. */
public final class CubeKey {
    private final int tableId;
    private final int[] dimensions;
    private final TupleIds tupleIds;
    private long asked;
    private long askedNs;
    /** Cubes of it, and queries under way that have asked for it. */
    int cubes;
    int queries;
    /** What its tuples hold on the heap, as counted last. */
    long tupleBytes;

    CubeKey(final int tableId, final int[] dimensions) {
        this.tableId = tableId;
        this.dimensions = dimensions;
        this.tupleIds = new TupleIds(dimensions.length);
    }

    /** Dimensions in it. */
    public int dimensionCount() {
        return dimensions.length;
    }

    /** A dimension's ordinal. */
    public int dimension(final int index) {
        return dimensions[index];
    }

    /** All ordinals, sorted; not to be changed. */
    public int[] dimensions() {
        return dimensions;
    }

    /** Where a dimension stands in it. */
    public int indexOf(final int dimension) {
        return Arrays.binarySearch(dimensions, dimension);
    }

    boolean is(final int otherTableId, final int[] others, final int count) {
        return tableId == otherTableId && Arrays.equals(dimensions, 0, dimensions.length, others, 0, count);
    }

    /** Numbers of lane codes of its dimensions. */
    TupleIds tupleIds() {
        return tupleIds;
    }

    void onAsked(final long nowNs) {
        asked++;
        askedNs = nowNs;
    }

    int tableId() {
        return tableId;
    }

    long asked() {
        return asked;
    }

    long askedNs() {
        return askedNs;
    }
}
