package io.truenow.engine.store.segment;

import io.truenow.codecs.ingest.ColumnKind;
import io.truenow.engine.store.hash.TimedIds;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.NativeMemory;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.BatchView;
import org.agrona.DirectBuffer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A copy of the batch at hand in native memory: whatever buffer a batch came in, its columns are then read by address, and in loops that
 * have one form. Reused; belongs to the lane. May be read up to {@link #MARGIN_BYTES} beyond the message.
 */
final class BatchImage {
    static final int MARGIN_BYTES = 64;
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    private final BlockPool pool;
    private final BlockUse use;
    private long handle = BlockPool.NONE;
    private BatchView view;
    /** What is added to an offset in the view's buffer. */
    private long base;

    BatchImage(final BlockPool pool, final BlockUse use) {
        this.pool = pool;
        this.use = use;
    }

    /** Copies a valid batch; false if there is no room for that. */
    boolean load(final BatchView batch) {
        if (handle == BlockPool.NONE) {
            handle = pool.allocate(use, BatchBuilder.MAX_BATCH_BYTES + MARGIN_BYTES);
            if (handle == BlockPool.NONE) {
                return false;
            }
        }
        view = batch;
        final long address = pool.address(handle);
        final DirectBuffer buffer = batch.buffer();
        final byte[] array = buffer.byteArray();
        if (array != null) {
            final int index = buffer.wrapAdjustment() + batch.offset();
            MemorySegment.copy(array, index, MEMORY, ValueLayout.JAVA_BYTE, address, batch.lengthBytes());
        } else {
            MemorySegment.copy(MEMORY, buffer.addressOffset() + batch.offset(), MEMORY, address, batch.lengthBytes());
        }
        base = address - batch.offset();
        return true;
    }

    /** Mixes each id with its event's time: from here on they are the events' ids. Once a {@link #load}. */
    void addTimesToIds() {
        for (int row = 0; row < view.rowCount(); row++) {
            final long eventTimeUs = eventTimeUs(row);
            final long at = idsAddress() + row * 16L;
            MEMORY.set(LONG, at, TimedIds.high(idHigh(row), eventTimeUs));
            MEMORY.set(LONG, at + Long.BYTES, TimedIds.low(idLow(row), eventTimeUs));
        }
    }

    /** What was copied. */
    BatchView view() {
        return view;
    }

    /** Event times, {@link BatchView#eventTimeWidth} bytes each, since the batch's least. */
    long timesAddress() {
        return base + view.eventTimesOffset();
    }

    /** A row's event time. */
    long eventTimeUs(final int row) {
        return view.minEventTimeUs() + (view.eventTimeWidth() == Integer.BYTES
            ? MEMORY.get(INT, timesAddress() + (long) row * Integer.BYTES) & 0xffff_ffffL
            : MEMORY.get(LONG, timesAddress() + (long) row * Long.BYTES));
    }

    /** Ids, 16 bytes each, high half first. */
    long idsAddress() {
        return base + view.idsOffset();
    }

    /** High half of a row's id. */
    long idHigh(final int row) {
        return MEMORY.get(LONG, idsAddress() + row * 16L);
    }

    /** Low half of a row's id. */
    long idLow(final int row) {
        return MEMORY.get(LONG, idsAddress() + row * 16L + Long.BYTES);
    }

    boolean isDimension(final int column) {
        return view.kind(column) == ColumnKind.DIMENSION;
    }

    /** Codes of a dimension, or doubles of a metric. */
    long arrayAddress(final int column) {
        return base + view.arrayOffset(column);
    }

    /** Bitmap of a metric's nulls, 0 if there are none. */
    long nullsAddress(final int column) {
        return view.hasNulls(column) ? base + view.nullsOffset(column) : 0;
    }

    /** Ends of a dimension's values, int32 each, from {@link #valuesAddress} on. */
    long valueEndsAddress(final int column) {
        return base + view.dictionaryEndsOffset(column);
    }

    /** The bytes of a dimension's values. */
    long valuesAddress(final int column) {
        return valueEndsAddress(column) + (long) view.distinct(column) * Integer.BYTES;
    }
}
