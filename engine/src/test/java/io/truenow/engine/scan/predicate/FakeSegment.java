package io.truenow.engine.scan.predicate;

import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.value.SegmentDictionary;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;

/** A segment of dictionaries: the value of local code c of dimension d is {@link #text}. */
final class FakeSegment extends Segment {
    private final LaneMemory memory;
    private final SegmentDictionary[] dictionaries;

    FakeSegment(final LaneMemory memory, final long uid, final int[] codeLimits) {
        super(uid, 0);
        this.memory = memory;
        this.dictionaries = new SegmentDictionary[codeLimits.length];
        for (int dimension = 0; dimension < codeLimits.length; dimension++) {
            dictionaries[dimension] = new SegmentDictionary(memory.pool(), memory.pool().use("dictionaries"));
            extend(dimension, codeLimits[dimension]);
        }
    }

    static String text(final int dimension, final int code) {
        return code % 3 == 0 ? "value-" + dimension + "-" + code : "v" + code;
    }

    /** Adds values until there are so many. */
    void extend(final int dimension, final int size) {
        for (int code = dictionaries[dimension].size() + 1; code <= size; code++) {
            final UnsafeBuffer value = new UnsafeBuffer(text(dimension, code).getBytes(StandardCharsets.UTF_8));
            final int hash = memory.values().hash(value, 0, value.capacity());
            do {
                memory.values().beginReserve();
                memory.values().reserve(hash, value.capacity());
            }
            while (memory.values().endReserve() == 0);
            final int laneCode = memory.values().findOrAdd(hash, value, 0, value.capacity());
            do {
                dictionaries[dimension].beginReserve();
                dictionaries[dimension].reserve(laneCode);
            }
            while (dictionaries[dimension].endReserve() == 0);
            dictionaries[dimension].findOrAdd(laneCode, hash, memory.values());
        }
    }

    @Override
    public long rowCount() {
        return 0;
    }

    @Override
    public int blockCount() {
        return 0;
    }

    @Override
    public Block block(final int index) {
        throw new IllegalStateException("it has no rows");
    }

    @Override
    public SegmentDictionary dictionary(final int ordinal) {
        return ordinal < dictionaries.length ? dictionaries[ordinal] : null;
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public boolean freeSome(final int limit) {
        return true;
    }
}
