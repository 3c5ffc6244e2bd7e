package io.truenow.engine.store.sealed;

import io.truenow.engine.store.hash.IdBatch;
import io.truenow.engine.store.hash.TimeBits;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The sorted ids of a mapped segment: 16 bytes each, low half and high half, found through an index by the low half's first bits. For ids
 * that are hashes that is one cache line of the index and one or two of ids; for others a binary search. Never changes; any thread.
 */
public final class SealedIds {
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private final long index;
    private final int indexBits;
    private final long ids;
    private final int count;
    /** Where times begin, 0 if there are none. */
    private final long times;

    SealedIds(final SegmentHeader header, final long baseAddress) {
        final Section indexSection = header.section(SectionKind.ID_INDEX, 0);
        this.index = baseAddress + indexSection.offset();
        this.indexBits = indexSection.width();
        this.ids = baseAddress + header.section(SectionKind.IDS, 0).offset();
        this.count = header.rowCount();
        final Section timesSection = header.section(SectionKind.ID_TIMES, 0);
        this.times = timesSection == null || timesSection.lengthBytes() < count ? 0 : baseAddress + timesSection.offset();
    }

    /** Ids there are, one a row. */
    public int size() {
        return count;
    }

    /** Where they lie: low, high, low, .. */
    public long address() {
        return ids;
    }

    /** What is kept of an id's event time: {@link TimeBits}. */
    int timeBits(final int index) {
        return times == 0 ? TimeBits.UNKNOWN : MEMORY.get(ValueLayout.JAVA_BYTE, times + index);
    }

    /** Takes some of them as those of a batch, from index 0 on; returns how many. */
    int read(final int from, final int most, final IdBatch target) {
        final int taken = Math.min(most, count - from);
        for (int i = 0; i < taken; i++) {
            final long at = ids + (long) (from + i) * SealedFormat.ID_BYTES;
            target.set(i, MEMORY.get(LONG, at + Long.BYTES), MEMORY.get(LONG, at));
        }
        return taken;
    }

    /** Where this one is in their order, or -1. */
    int indexOf(final long high, final long low) {
        final long entry = index + (long) SealedFormat.idIndexEntry(low, indexBits) * Integer.BYTES;
        int from = MEMORY.get(INT, entry);
        int to = MEMORY.get(INT, entry + Integer.BYTES) - 1;
        while (from <= to) {
            final int middle = from + to >>> 1;
            final long at = ids + (long) middle * SealedFormat.ID_BYTES;
            final int order = SealedFormat.compareIds(MEMORY.get(LONG, at), MEMORY.get(LONG, at + Long.BYTES), low, high);
            if (order == 0) {
                return middle;
            }
            if (order < 0) {
                from = middle + 1;
            } else {
                to = middle - 1;
            }
        }
        return -1;
    }
}
