package io.truenow.engine.store.sealed.write;

import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.NativeMemory;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The rows in order of time, those of equal times in the order of their sources: a long each, from the top 30 bits time offset, 22 bits
 * block, 12 bits row in the block.
 *
 * <p>Rows mostly come about in time's order. They are dealt out to buckets of about a second (2^20 us), which keeps them in their order,
 * and a bucket that is not sorted then is: by two passes over ten bits each, within the cache.
 */
final class RowOrder {
    static final int PLACE_BITS = SourceRows.BLOCK_BITS + SourceRows.ROW_BITS;
    static final int ROW_MASK = (1 << SourceRows.ROW_BITS) - 1;
    static final int BLOCK_MASK = (1 << SourceRows.BLOCK_BITS) - 1;

    private static final int BUCKET_SHIFT = 20;
    private static final int BUCKETS = (Spans.SPAN_US >>> BUCKET_SHIFT) + 1;
    private static final int PASS_BITS = 10;
    private static final int PASS_MASK = (1 << PASS_BITS) - 1;
    private static final int FEW_ROWS = 48;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private final MemorySegment memory = NativeMemory.ALL;
    private final long order;
    private final Scratch scratch;
    private final int[] counts = new int[1 << PASS_BITS];

    private RowOrder(final long order, final Scratch scratch) {
        this.order = order;
        this.scratch = scratch;
    }

    /** Sorts the rows to memory of a long a row; the scratch is for buckets. */
    static void sort(final SourceRows rows, final long order, final Scratch scratch) throws IOException {
        new RowOrder(order, scratch).sort(rows);
    }

    private void sort(final SourceRows rows) throws IOException {
        final int[] cursors = new int[BUCKETS + 1];
        for (int block = 0; block < rows.blocks.length; block++) {
            final long times = rows.blocks[block].timesAddress();
            for (int row = 0, count = rows.rowsInBlock[block]; row < count; row++) {
                cursors[(memory.get(INT, times + (long) row * Integer.BYTES) >>> BUCKET_SHIFT) + 1]++;
            }
        }
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            cursors[bucket + 1] += cursors[bucket];
        }
        final int[] starts = cursors.clone();
        for (int block = 0; block < rows.blocks.length; block++) {
            final long times = rows.blocks[block].timesAddress();
            for (int row = 0, count = rows.rowsInBlock[block]; row < count; row++) {
                final long offsetUs = memory.get(INT, times + (long) row * Integer.BYTES);
                final long at = cursors[(int) (offsetUs >>> BUCKET_SHIFT)]++;
                memory.set(LONG, order + at * Long.BYTES, offsetUs << PLACE_BITS | (long) block << SourceRows.ROW_BITS | row);
            }
        }
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            sortBucket(starts[bucket], starts[bucket + 1] - starts[bucket]);
        }
    }

    private void sortBucket(final int from, final int count) throws IOException {
        final long base = order + (long) from * Long.BYTES;
        int sorted = 1;
        while (sorted < count && get(base, sorted - 1) <= get(base, sorted)) {
            sorted++;
        }
        if (sorted >= count) {
            return;
        }
        if (count <= FEW_ROWS) {
            insert(base, sorted, count);
            return;
        }
        final long other = scratch.address((long) count * Long.BYTES);
        pass(base, other, count, PLACE_BITS);
        pass(other, base, count, PLACE_BITS + PASS_BITS);
    }

    private void insert(final long base, final int sorted, final int count) {
        for (int i = sorted; i < count; i++) {
            final long key = get(base, i);
            int at = i;
            while (at > 0 && get(base, at - 1) > key) {
                memory.set(LONG, base + (long) at * Long.BYTES, get(base, at - 1));
                at--;
            }
            memory.set(LONG, base + (long) at * Long.BYTES, key);
        }
    }

    private void pass(final long from, final long to, final int count, final int shift) {
        Arrays.fill(counts, 0);
        for (int i = 0; i < count; i++) {
            counts[(int) (get(from, i) >>> shift) & PASS_MASK]++;
        }
        int start = 0;
        for (int i = 0; i <= PASS_MASK; i++) {
            final int length = counts[i];
            counts[i] = start;
            start += length;
        }
        for (int i = 0; i < count; i++) {
            final long key = get(from, i);
            memory.set(LONG, to + (long) counts[(int) (key >>> shift) & PASS_MASK]++ * Long.BYTES, key);
        }
    }

    private long get(final long base, final int index) {
        return memory.get(LONG, base + (long) index * Long.BYTES);
    }
}
