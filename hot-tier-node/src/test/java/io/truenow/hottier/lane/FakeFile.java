package io.truenow.hottier.lane;

import io.truenow.engine.store.hash.IdBatch;
import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.FileSegment;
import io.truenow.engine.store.shard.Spans;
import io.truenow.engine.store.value.SegmentDictionary;

/** A file of a span without any rows to be read. */
class FakeFile extends FileSegment {
    private final int maxOffsetUs;

    FakeFile(final long uid, final long spanStartUs, final long rowCount) {
        this(uid, spanStartUs, rowCount, Spans.SPAN_US - 1);
    }

    FakeFile(final long uid, final long spanStartUs, final long rowCount, final int maxOffsetUs) {
        super(uid, spanStartUs, rowCount, 1);
        this.maxOffsetUs = maxOffsetUs;
    }

    @Override
    public boolean retainValues(final int limit) {
        return true;
    }

    @Override
    public long retainedValues() {
        return 0;
    }

    @Override
    public Block block(final int index) {
        throw new AssertionError("nobody reads it");
    }

    @Override
    public int maxOffsetUs() {
        return maxOffsetUs;
    }

    @Override
    public SegmentDictionary dictionary(final int ordinal) {
        return null;
    }

    @Override
    public boolean freeSome(final int limit) {
        return true;
    }

    @Override
    public int indexOfId(final long idHigh, final long idLow) {
        return -1;
    }

    @Override
    public int readIds(final int from, final int most, final IdBatch target) {
        throw new AssertionError("nobody reads it");
    }

    @Override
    public int timeBitsOfId(final int index) {
        throw new AssertionError("nobody reads it");
    }

    @Override
    public long[] replacedUids() {
        return new long[0];
    }

    @Override
    public long fileBytes() {
        return 0;
    }

    @Override
    public void close() {
        // no file
    }
}
