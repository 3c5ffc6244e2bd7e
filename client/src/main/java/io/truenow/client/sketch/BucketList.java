package io.truenow.client.sketch;

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
