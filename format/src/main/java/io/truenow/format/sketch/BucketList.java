package io.truenow.format.sketch;

import java.util.Arrays;

/**
 * Buckets that hold something, by ascending key, and how many values each holds. A key is the place of the bucket's values in
 * {@link DoubleOrder}, shifted right. When more than the limit hold values, neighbours join until they are few enough: the least shift that
 * does it. Since buckets only ever join in pairs, that shift is the same whatever came first.
 *
 * <p>Adding goes in one pass and in place: the buckets held move to the arrays' end, and both lists are read ascending and written from
 * the start.
 */
final class BucketList {
    private final int limit;
    private long[] keys = new long[16];
    private long[] counts = new long[16];
    private int size;
    private int shift;
    private boolean isBlurred;
    private int readAt;
    private int writeAt;
    private int coarser;

    BucketList(final int limit) {
        this.limit = limit;
    }

    void clear() {
        size = 0;
        shift = 0;
        isBlurred = false;
    }

    int size() {
        return size;
    }

    long key(final int bucket) {
        return keys[bucket];
    }

    long count(final int bucket) {
        return counts[bucket];
    }

    /** Places are shifted by so much. */
    int shift() {
        return shift;
    }

    /** Whether a value may be another than the least of its bucket. */
    boolean isBlurred() {
        return isBlurred;
    }

    long heapBytes() {
        return (long) keys.length * Long.BYTES * 2;
    }

    /** Gives up memory that it does not need now. */
    void trim() {
        keys = Arrays.copyOf(keys, size);
        counts = Arrays.copyOf(counts, size);
    }

    /** Begins to add at most so many buckets. */
    void begin(final int otherSize, final int otherShift, final boolean isOtherBlurred) {
        if (keys.length < size + otherSize) {
            final int length = Math.max(size + otherSize, Math.min(keys.length * 2, limit * 2));
            keys = Arrays.copyOf(keys, length);
            counts = Arrays.copyOf(counts, length);
        }
        isBlurred |= isOtherBlurred;
        if (otherShift > shift) {
            coarsen(otherShift - shift);
        }
        coarser = shift - otherShift;
        readAt = keys.length - size;
        System.arraycopy(keys, 0, keys, readAt, size);
        System.arraycopy(counts, 0, counts, readAt, size);
        writeAt = 0;
    }

    /** Adds one of the announced buckets; keys ascend. */
    void take(final long otherKey, final long otherCount) {
        final long key = otherKey >> coarser;
        isBlurred |= key << coarser != otherKey;
        while (readAt < keys.length && keys[readAt] <= key) {
            put(keys[readAt], counts[readAt]);
            readAt++;
        }
        put(key, otherCount);
    }

    /** Adds all buckets of another list. Runs of buckets that both hold, as most of two parts of the same values, are added at once. */
    void addAll(final BucketList other) {
        begin(other.size, other.shift, other.isBlurred);
        int at = 0;
        while (at < other.size) {
            final int run = coarser == 0 ? run(other, at) : 0;
            if (run == 0) {
                take(other.keys[at], other.counts[at]);
                at++;
            } else {
                System.arraycopy(keys, readAt, keys, writeAt, run);
                System.arraycopy(counts, readAt, counts, writeAt, run);
                final long[] target = counts;
                final long[] source = other.counts;
                for (int i = 0; i < run; i++) {
                    target[writeAt + i] += source[at + i];
                }
                readAt += run;
                writeAt += run;
                at += run;
            }
        }
        end();
    }

    /** How many of the buckets that are next here have the keys of those that are next there. */
    private int run(final BucketList other, final int at) {
        if (readAt == keys.length || keys[readAt] != other.keys[at] || writeAt > 0 && keys[writeAt - 1] == other.keys[at]) {
            return 0;
        }
        final int mismatch = Arrays.mismatch(keys, readAt, keys.length, other.keys, at, other.size);
        return mismatch < 0 ? other.size - at : mismatch;
    }

    /** All are added. */
    void end() {
        while (readAt < keys.length) {
            put(keys[readAt], counts[readAt]);
            readAt++;
        }
        size = writeAt;
        if (size > limit) {
            coarsen(shiftToLimit());
        }
    }

    private void put(final long key, final long count) {
        if (writeAt > 0 && keys[writeAt - 1] == key) {
            counts[writeAt - 1] += count;
        } else {
            keys[writeAt] = key;
            counts[writeAt] = count;
            writeAt++;
        }
    }

    /** How much coarser buckets must be: two neighbours become one when all bits in which their keys differ are shifted out. */
    private int shiftToLimit() {
        final int[] joins = new int[Long.SIZE + 1];
        for (int i = 1; i < size; i++) {
            joins[Long.SIZE - Long.numberOfLeadingZeros(keys[i - 1] ^ keys[i])]++;
        }
        int left = size;
        int by = 0;
        while (left > limit) {
            by++;
            left -= joins[by];
        }
        return by;
    }

    private void coarsen(final int by) {
        shift += by;
        int kept = 0;
        for (int i = 0; i < size; i++) {
            final long key = keys[i] >> by;
            isBlurred |= key << by != keys[i];
            if (kept > 0 && keys[kept - 1] == key) {
                counts[kept - 1] += counts[i];
            } else {
                keys[kept] = key;
                counts[kept] = counts[i];
                kept++;
            }
        }
        size = kept;
    }
}
