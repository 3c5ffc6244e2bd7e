package io.truenow.hottier.lane;

import io.truenow.engine.store.segment.FileSegment;
import io.truenow.engine.store.segment.OpenSegment;
import io.truenow.engine.store.segment.Segment;

/** Segments by state: of a shard, or of all of a lane. Belongs to the lane. */
final class SegmentCensus {
    long open;
    long frozen;
    long sealed;
    long memoryRows;
    long sealedRows;
    long sealedBytes;

    void clear() {
        open = 0;
        frozen = 0;
        sealed = 0;
        memoryRows = 0;
        sealedRows = 0;
        sealedBytes = 0;
    }

    void add(final Segment segment) {
        switch (segment) {
            case FileSegment file -> {
                sealed++;
                sealedRows += file.rowCount();
                sealedBytes += file.fileBytes();
            }
            case OpenSegment taking -> {
                open += taking.isOpen() ? 1 : 0;
                frozen += taking.isOpen() ? 0 : 1;
                memoryRows += taking.rowCount();
            }
            default -> throw new IllegalStateException("a segment of another kind");
        }
    }

    void add(final SegmentCensus other) {
        open += other.open;
        frozen += other.frozen;
        sealed += other.sealed;
        memoryRows += other.memoryRows;
        sealedRows += other.sealedRows;
        sealedBytes += other.sealedBytes;
    }
}
