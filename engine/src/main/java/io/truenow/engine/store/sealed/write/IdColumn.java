package io.truenow.engine.store.sealed.write;

import io.truenow.engine.store.hash.TimeBits;
import io.truenow.engine.store.sealed.SealedFormat;
import io.truenow.engine.store.sealed.SealedSegment;
import io.truenow.engine.store.sealed.SectionKind;
import io.truenow.engine.store.segment.OpenBlock;
import io.truenow.engine.store.segment.Segment;
import io.truenow.fabric.memory.NativeMemory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Writes the ids in order and the index over them. Ids are counted by the index's bits; then as many neighbouring entries as fit into the
 * scratch memory are filled by a pass over all ids, each sorted by itself, and written. So the memory is bounded, at the price of a pass
 * over the ids for each filling. One thread.
 */
final class IdColumn {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final int FEW_IDS = 24;

    private final MemorySegment memory = NativeMemory.ALL;
    private final SourceRows rows;
    private final Scratch scratch;
    private final int bits;
    private final int[] ends;
    private final int[] cursors;
    private long sorted;
    /** Times of those that are sorted, and of all that were. */
    private long times;
    private long allTimes;
    private int firstEntry;
    private int endEntry;

    IdColumn(final SourceRows rows, final Scratch scratch) {
        this.rows = rows;
        this.scratch = scratch;
        this.bits = SealedFormat.idIndexBits(rows.rowCount);
        this.ends = new int[(1 << bits) + 1];
        this.cursors = new int[1 << bits];
    }

    /** What is done with each id. */
    @FunctionalInterface
    private interface Visit {
        void id(long low, long high, int timeBits);
    }

    /** Writes all three sections. */
    void write(final SectionWriter writer) throws IOException {
        forEach((low, _, _) -> ends[SealedFormat.idIndexEntry(low, bits) + 1]++);
        int greatest = 0;
        for (int entry = 0; entry < 1 << bits; entry++) {
            greatest = Math.max(greatest, ends[entry + 1]);
            ends[entry + 1] += ends[entry];
        }
        for (final int end : ends) {
            writer.putInt(end);
        }
        writer.end(SectionKind.ID_INDEX, 0, bits);
        sorted = scratch.address(Math.max(scratch.lengthBytes(), (long) greatest * (SealedFormat.ID_BYTES + 1) + rows.rowCount));
        final long capacity = (scratch.lengthBytes() - rows.rowCount) / (SealedFormat.ID_BYTES + 1);
        times = sorted + capacity * SealedFormat.ID_BYTES;
        allTimes = times + capacity;
        endEntry = 0;
        while (endEntry < 1 << bits) {
            firstEntry = endEntry;
            while (endEntry < 1 << bits && ends[endEntry + 1] - ends[firstEntry] <= capacity) {
                endEntry++;
            }
            fill();
            final long count = ends[endEntry] - ends[firstEntry];
            writer.put(sorted, count * SealedFormat.ID_BYTES);
            MemorySegment.copy(memory, times, memory, allTimes + ends[firstEntry], count);
        }
        writer.end(SectionKind.IDS, 0, 0);
        writer.put(allTimes, rows.rowCount);
        writer.end(SectionKind.ID_TIMES, 0, 0);
    }

    private void fill() {
        final int base = ends[firstEntry];
        for (int entry = firstEntry; entry < endEntry; entry++) {
            cursors[entry] = ends[entry] - base;
        }
        forEach((low, high, timeBits) -> {
            final int entry = SealedFormat.idIndexEntry(low, bits);
            if (entry >= firstEntry && entry < endEntry) {
                set(cursors[entry]++, low, high, timeBits);
            }
        });
        for (int entry = firstEntry; entry < endEntry; entry++) {
            sort(ends[entry] - base, ends[entry + 1] - base);
        }
    }

    private void forEach(final Visit visit) {
        int block = 0;
        for (final Segment segment : rows.segments) {
            if (segment instanceof SealedSegment file) {
                final long at = file.ids().address();
                for (int i = 0; i < file.ids().size(); i++) {
                    visit.id(memory.get(LONG, at + (long) i * SealedFormat.ID_BYTES),
                        memory.get(LONG, at + (long) i * SealedFormat.ID_BYTES + Long.BYTES), file.timeBitsOfId(i));
                }
                block += file.blockCount();
            } else {
                while (block < rows.blocks.length && rows.segments[rows.segmentOfBlock[block]] == segment) {
                    final long at = ((OpenBlock) rows.blocks[block]).idsAddress();
                    final long timesAt = rows.blocks[block].timesAddress();
                    for (int i = 0; i < rows.rowsInBlock[block]; i++) {
                        visit.id(memory.get(LONG, at + (long) i * SealedFormat.ID_BYTES + Long.BYTES),
                            memory.get(LONG, at + (long) i * SealedFormat.ID_BYTES),
                            TimeBits.of(
                                segment.spanStartUs() + memory.get(ValueLayout.JAVA_INT, timesAt + (long) i * Integer.BYTES)));
                    }
                    block++;
                }
            }
        }
    }

    /** Few ids by insertion; many, which are no hashes, by a heap: it needs no memory and has no bad case. */
    private void sort(final int from, final int to) {
        if (to - from <= FEW_IDS) {
            for (int i = from + 1; i < to; i++) {
                final long low = low(i);
                final long high = high(i);
                final int timeBits = timeBits(i);
                int at = i;
                while (at > from && SealedFormat.compareIds(low(at - 1), high(at - 1), low, high) > 0) {
                    move(at - 1, at);
                    at--;
                }
                set(at, low, high, timeBits);
            }
            return;
        }
        final int count = to - from;
        for (int i = count / 2 - 1; i >= 0; i--) {
            sift(from, i, count);
        }
        for (int end = count - 1; end > 0; end--) {
            final long low = low(from + end);
            final long high = high(from + end);
            final int timeBits = timeBits(from + end);
            move(from, from + end);
            set(from, low, high, timeBits);
            sift(from, 0, end);
        }
    }

    private void sift(final int from, final int root, final int count) {
        final long low = low(from + root);
        final long high = high(from + root);
        final int timeBits = timeBits(from + root);
        int at = root;
        int child = 2 * at + 1;
        while (child < count) {
            if (child + 1 < count && compare(from + child, from + child + 1) < 0) {
                child++;
            }
            if (SealedFormat.compareIds(low(from + child), high(from + child), low, high) <= 0) {
                break;
            }
            move(from + child, from + at);
            at = child;
            child = 2 * at + 1;
        }
        set(from + at, low, high, timeBits);
    }

    private int compare(final int index, final int other) {
        return SealedFormat.compareIds(low(index), high(index), low(other), high(other));
    }

    private long low(final int index) {
        return memory.get(LONG, sorted + (long) index * SealedFormat.ID_BYTES);
    }

    private long high(final int index) {
        return memory.get(LONG, sorted + (long) index * SealedFormat.ID_BYTES + Long.BYTES);
    }

    private int timeBits(final int index) {
        return memory.get(ValueLayout.JAVA_BYTE, times + index);
    }

    private void move(final int from, final int to) {
        set(to, low(from), high(from), timeBits(from));
    }

    private void set(final int index, final long low, final long high, final int timeBits) {
        memory.set(ValueLayout.JAVA_BYTE, times + index, (byte) timeBits);
        memory.set(LONG, sorted + (long) index * SealedFormat.ID_BYTES, low);
        memory.set(LONG, sorted + (long) index * SealedFormat.ID_BYTES + Long.BYTES, high);
    }
}
