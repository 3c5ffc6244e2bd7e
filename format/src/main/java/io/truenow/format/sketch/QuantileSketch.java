package io.truenow.format.sketch;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Quantiles of doubles: how many values fall into each bucket, exactly, where a bucket is 2^shift neighbouring doubles. Buckets begin as
 * single doubles; when more than the parameter hold values, shift grows until they are few enough. So an answer surely lies in a known
 * interval, whole numbers up to some size stay themselves, and since the shift follows from the values alone, the same values give the
 * same answers in any order and division (docs/adr/0008). Belongs to one thread.
 *
 * <p>On the wire, form 1: detail is the shift, plus 128 if values need not be the least of their buckets; behind the head {@code int64}
 * place of the least value, {@code int64} of the greatest, {@code int32} number of buckets; then as varints for each bucket the distance
 * from the key before (from the least value's key for the first) and its count.
 */
public final class QuantileSketch implements Sketch {
    private static final int FORM = 1;
    private static final int BLURRED = 0x80;
    private static final int MIN_OFFSET = SketchBytes.HEAD_BYTES;
    private static final int MAX_OFFSET = MIN_OFFSET + Long.BYTES;
    private static final int SIZE_OFFSET = MAX_OFFSET + Long.BYTES;
    private static final int FIXED_BYTES = SIZE_OFFSET + Integer.BYTES;
    private static final int MAX_SHIFT = 60;
    private static final int MAX_PENDING = 1_024;
    private static final long MAX_COUNT = 1L << 62;

    private final int maxBuckets;
    private final BucketList buckets;
    private long settledCount;
    private long minPlace;
    private long maxPlace;
    /** Places of single values not yet in buckets. */
    private long[] pending = new long[16];
    private int pendingCount;
    /** Of the last bucket looked for: values in those before it. */
    private long countBefore;

    /** Empty, with at most that many buckets; 0 for the usual number. */
    public QuantileSketch(final int parameter) {
        if (!SketchKind.QUANTILES.accepts(parameter)) {
            throw new IllegalArgumentException("a quantile sketch has 64 to 8192 buckets, not " + parameter);
        }
        maxBuckets = SketchKind.QUANTILES.orUsual(parameter);
        buckets = new BucketList(maxBuckets);
        reset();
    }

    @Override
    public SketchKind kind() {
        return SketchKind.QUANTILES;
    }

    @Override
    public int parameter() {
        return maxBuckets;
    }

    @Override
    public boolean isEmpty() {
        return count() == 0;
    }

    @Override
    public void reset() {
        buckets.clear();
        settledCount = 0;
        pendingCount = 0;
        minPlace = Long.MAX_VALUE;
        maxPlace = Long.MIN_VALUE;
    }

    /** Values taken. */
    public long count() {
        return settledCount + pendingCount;
    }

    /** Adds a value; what is not a number is left out. */
    public void update(final double value) {
        if (Double.isNaN(value)) {
            return;
        }
        if (pendingCount == MAX_PENDING) {
            settle();
        } else if (pendingCount == pending.length) {
            pending = Arrays.copyOf(pending, pendingCount * 2);
        }
        pending[pendingCount++] = DoubleOrder.place(value);
    }

    /**
     * Begins to add buckets that were counted elsewhere; {@link #takeBucket} must follow for each, then {@link #endBuckets}.
     *
     * @param shift by which the keys' places are shifted.
     * @param isBlurred whether a value may be another than the least of its bucket.
     * @param least within the first bucket; no value is less.
     * @param greatest within the last bucket; no value is greater.
     */
    public void beginBuckets(final int size, final int shift, final boolean isBlurred, final double least, final double greatest) {
        settle();
        minPlace = Math.min(minPlace, DoubleOrder.place(least));
        maxPlace = Math.max(maxPlace, DoubleOrder.place(greatest));
        buckets.begin(size, shift, isBlurred);
    }

    /** Adds a bucket; keys ascend. */
    public void takeBucket(final long key, final long count) {
        buckets.take(key, count);
        settledCount += count;
    }

    /** All were added. */
    public void endBuckets() {
        buckets.end();
    }

    /** Adds another of any parameter; it stays as it is. */
    public void merge(final QuantileSketch other) {
        other.settle();
        if (other.settledCount == 0) {
            return;
        }
        settle();
        minPlace = Math.min(minPlace, other.minPlace);
        maxPlace = Math.max(maxPlace, other.maxPlace);
        buckets.addAll(other.buckets);
        settledCount += other.settledCount;
    }

    /** Gives up memory that it does not need now. */
    public void trim() {
        settle();
        pending = new long[16];
        buckets.trim();
    }

    /** No value is less, and one was said to be this; only if there is one. */
    public double min() {
        settle();
        return DoubleOrder.value(minPlace);
    }

    /** No value is greater, and one was said to be this; only if there is one. */
    public double max() {
        settle();
        return DoubleOrder.value(maxPlace);
    }

    /** Whether every quantile is exact. */
    public boolean isExact() {
        settle();
        return !buckets.isBlurred();
    }

    /** Buckets that hold values. */
    public int bucketCount() {
        settle();
        return buckets.size();
    }

    /**
     * The least value that is not exceeded by this part of all values, or a guess at it within the bounds; NaN without values.
     *
     * @param rank 0 .. 1; 0 is the least value, 1 the greatest.
     */
    public double quantile(final double rank) {
        settle();
        if (settledCount == 0) {
            return Double.NaN;
        }
        final long wanted = wanted(rank);
        final int bucket = bucketOf(wanted);
        final double from = leastOf(bucket);
        final double to = greatestOf(bucket);
        // as if the bucket's values lay at even distances
        final double guess = from + (to - from) * ((wanted - countBefore - 0.5) / buckets.count(bucket));
        return guess >= from && guess <= to ? guess : from;
    }

    /** The quantile is surely not less. */
    public double lowerBound(final double rank) {
        settle();
        return settledCount == 0 ? Double.NaN : leastOf(bucketOf(wanted(rank)));
    }

    /** The quantile is surely not greater. */
    public double upperBound(final double rank) {
        settle();
        return settledCount == 0 ? Double.NaN : greatestOf(bucketOf(wanted(rank)));
    }

    @Override
    public SketchMerge merge(final DirectBuffer buffer, final int offset, final int length) {
        final SketchMerge check = SketchBytes.check(buffer, offset, length, this);
        if (check != SketchMerge.MERGED) {
            return check;
        }
        if (length < FIXED_BYTES || SketchBytes.form(buffer, offset) != FORM || !isSound(buffer, offset, offset + length)) {
            return SketchMerge.MALFORMED;
        }
        final int size = buffer.getInt(offset + SIZE_OFFSET, ByteOrder.LITTLE_ENDIAN);
        if (size == 0) {
            return SketchMerge.MERGED;
        }
        settle();
        final int detail = SketchBytes.detail(buffer, offset);
        final int shift = detail & ~BLURRED;
        final long least = buffer.getLong(offset + MIN_OFFSET, ByteOrder.LITTLE_ENDIAN);
        minPlace = Math.min(minPlace, least);
        maxPlace = Math.max(maxPlace, buffer.getLong(offset + MAX_OFFSET, ByteOrder.LITTLE_ENDIAN));
        buckets.begin(size, shift, detail != shift);
        final int end = offset + length;
        long key = least >> shift;
        int at = offset + FIXED_BYTES;
        for (int i = 0; i < size; i++) {
            key += SketchBytes.varint(buffer, at, end);
            at = SketchBytes.afterVarint(buffer, at, end);
            takeBucket(key, SketchBytes.varint(buffer, at, end));
            at = SketchBytes.afterVarint(buffer, at, end);
        }
        buckets.end();
        return SketchMerge.MERGED;
    }

    @Override
    public int maxLengthBytes() {
        settle();
        return FIXED_BYTES + buckets.size() * 2 * SketchBytes.MAX_VARINT_BYTES;
    }

    @Override
    public int serialize(final MutableDirectBuffer target, final int offset) {
        settle();
        target.putLong(offset + MIN_OFFSET, minPlace, ByteOrder.LITTLE_ENDIAN);
        target.putLong(offset + MAX_OFFSET, maxPlace, ByteOrder.LITTLE_ENDIAN);
        target.putInt(offset + SIZE_OFFSET, buckets.size(), ByteOrder.LITTLE_ENDIAN);
        long last = minPlace >> buckets.shift();
        int at = offset + FIXED_BYTES;
        for (int i = 0; i < buckets.size(); i++) {
            at = SketchBytes.putVarint(target, at, buckets.key(i) - last);
            at = SketchBytes.putVarint(target, at, buckets.count(i));
            last = buckets.key(i);
        }
        SketchBytes.seal(target, offset, at - offset, this, FORM, buckets.shift() | (buckets.isBlurred() ? BLURRED : 0));
        return at - offset;
    }

    @Override
    public long heapBytes() {
        return 120L + buckets.heapBytes() + (long) pending.length * Long.BYTES;
    }

    /** Whether the buckets ascend, begin and end where the least and greatest value lie, and hold no more than can be added. */
    private boolean isSound(final DirectBuffer buffer, final int offset, final int end) {
        final int size = buffer.getInt(offset + SIZE_OFFSET, ByteOrder.LITTLE_ENDIAN);
        final int shift = SketchBytes.detail(buffer, offset) & ~BLURRED;
        final long least = buffer.getLong(offset + MIN_OFFSET, ByteOrder.LITTLE_ENDIAN);
        final long greatest = buffer.getLong(offset + MAX_OFFSET, ByteOrder.LITTLE_ENDIAN);
        if (size <= 0) {
            return size == 0 && end == offset + FIXED_BYTES;
        }
        if (size > maxBuckets || shift > MAX_SHIFT || least > greatest) {
            return false;
        }
        long key = least >> shift;
        long sum = count();
        int at = offset + FIXED_BYTES;
        for (int i = 0; i < size; i++) {
            final long distance = SketchBytes.varint(buffer, at, end);
            at = SketchBytes.afterVarint(buffer, at, end);
            final long count = SketchBytes.varint(buffer, at, end);
            at = SketchBytes.afterVarint(buffer, at, end);
            // the distance is unsigned: it may pass 2^63 from a negative key, and the sum then still ascends
            final long next = key + distance;
            if (at > end || (i == 0 ? distance != 0 : next <= key) || count < 1 || count > MAX_COUNT - sum) {
                return false;
            }
            key = next;
            sum += count;
        }
        return at == end && key == greatest >> shift;
    }

    private void settle() {
        if (pendingCount == 0) {
            return;
        }
        final int count = pendingCount;
        pendingCount = 0;
        Arrays.sort(pending, 0, count);
        minPlace = Math.min(minPlace, pending[0]);
        maxPlace = Math.max(maxPlace, pending[count - 1]);
        buckets.begin(count, 0, false);
        for (int i = 0; i < count; i++) {
            takeBucket(pending[i], 1);
        }
        buckets.end();
    }

    private long wanted(final double rank) {
        // 0.07 * 100 is a little more than 7
        final double product = rank * settledCount;
        return Math.clamp((long) Math.ceil(product - 2 * Math.ulp(product)), 1, settledCount);
    }

    private int bucketOf(final long wanted) {
        countBefore = 0;
        int bucket = 0;
        while (countBefore + buckets.count(bucket) < wanted) {
            countBefore += buckets.count(bucket++);
        }
        return bucket;
    }

    private double leastOf(final int bucket) {
        return DoubleOrder.value(Math.max(minPlace, buckets.key(bucket) << buckets.shift()));
    }

    private double greatestOf(final int bucket) {
        final long least = buckets.key(bucket) << buckets.shift();
        return DoubleOrder.value(buckets.isBlurred() ? Math.min(maxPlace, least + (1L << buckets.shift()) - 1) : least);
    }
}
