package io.truenow.engine.scan.cube;

/** What a store keeps until it is the least recently used: cubes of a segment, and of an hour. Belongs to the query agent. */
abstract sealed class KeptCells permits Cube, HourCube {
    final CubeKey key;

    /** Of the store: least recently used first, and what it counts for. */
    KeptCells older;
    KeptCells newer;
    long bytes;
    long sketchBytes;
    /** Queries that hold it. */
    int holders;

    KeptCells(final CubeKey key) {
        this.key = key;
    }

    /** Bytes of native memory, and those of sketches on the heap. */
    abstract long usedBytes();

    /** Bytes of sketches. */
    abstract long usedSketchBytes();

    /** Gives all memory back. */
    abstract void release();
}
