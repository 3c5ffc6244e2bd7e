package io.truenow.engine.store.hash;

/** What is done with the buckets of one page of an {@link IdFilter}. Stateless; the memory is the lane's. */
final class FilterPage {
    static final int MIN_BUCKET_BITS = 2;
    static final int MAX_BUCKET_BITS = 11;
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;
    private static final int CONTROLS = 256;
    private static final int HALF_BITS = 16;
    private static final int HALF = (1 << HALF_BITS) - 1;
    /** By control byte: what tells an entry's other bucket from its home. The last two bits are never 0, so in no page it is the same. */
    private static final int[] OTHERS = others();

    private FilterPage() {
    }

    /** The other bucket of an entry, whichever of its two this is. */
    static int other(final int bucket, final int control, final int bucketBits) {
        return bucket ^ OTHERS[control] & (1 << bucketBits) - 1;
    }

    static long address(final long start, final int bucket) {
        return start + ((long) bucket << FilterBucket.SHIFT);
    }

    /** Puts an entry into its home or its other bucket, moving one that is in the way if need be; false if that is to no avail. */
    static boolean place(final long start, final int bucketBits, final int home, final int control, final int rest, final int tag) {
        final long homeAt = address(start, home);
        final int place = FilterBucket.free(homeAt);
        if (place >= 0) {
            FilterBucket.put(homeAt, place, control, rest, tag);
            return true;
        }
        return placeElsewhere(start, bucketBits, homeAt, control, rest, tag);
    }

    /** The same where the home is full. */
    static boolean placeElsewhere(
        final long start, final int bucketBits, final long homeAt, final int control, final int rest, final int tag) {
        final int home = (int) (homeAt - start >>> FilterBucket.SHIFT);
        final int other = other(home, control, bucketBits);
        final long otherAt = address(start, other);
        int place = FilterBucket.free(otherAt);
        if (place < 0) {
            place = makeRoom(start, bucketBits, other);
        }
        if (place >= 0) {
            FilterBucket.put(otherAt, place, control, FilterBucket.displaced(rest), tag);
            FilterBucket.overflowed(homeAt, true);
            return true;
        }
        place = makeRoom(start, bucketBits, home);
        if (place >= 0) {
            FilterBucket.put(homeAt, place, control, rest, tag);
        }
        return place >= 0;
    }

    /** Copies what lives of a bucket's own entries to two empty neighbours by the first bits of their keys; returns how many there are. */
    static int divide(final long from, final long first, final FilterTags tags) {
        final boolean hasDead = tags.hasDead();
        // of the second in the upper half; a branch by the bit would be foretold half of the time
        int counts = 0;
        for (int place = 0; place < FilterBucket.ENTRIES; place++) {
            final int control = FilterBucket.controlAt(from, place);
            final int rest = FilterBucket.restAt(from, place);
            final int tag = FilterBucket.tagAt(from, place);
            if (control != 0 && !FilterBucket.isDisplaced(rest) && (!hasDead || !tags.isDead(tag))) {
                if (FilterBucket.isVoid(rest)) {
                    FilterBucket.put(first, counts & HALF, control, rest, tag);
                    FilterBucket.put(first + FilterBucket.BYTES, counts >>> HALF_BITS, control, rest, tag);
                    counts += 1 + (1 << HALF_BITS);
                } else {
                    final int bit = FilterBucket.firstBit(rest);
                    FilterBucket.put(first + (long) bit * FilterBucket.BYTES, counts >>> bit * HALF_BITS & HALF, control,
                        FilterBucket.shortened(rest), tag);
                    counts += 1 << bit * HALF_BITS;
                }
            }
        }
        return (counts & HALF) + (counts >>> HALF_BITS);
    }

    /** Moves an entry of a full bucket to where else it may be; returns its place, which is free now, or {@link FilterBucket#NONE}. */
    private static int makeRoom(final long start, final int bucketBits, final int bucket) {
        final long at = address(start, bucket);
        for (int place = 0; place < FilterBucket.ENTRIES; place++) {
            final int control = FilterBucket.controlAt(at, place);
            final long targetAt = address(start, other(bucket, control, bucketBits));
            final int target = FilterBucket.free(targetAt);
            if (target >= 0) {
                final int rest = FilterBucket.restAt(at, place);
                if (FilterBucket.isDisplaced(rest)) {
                    FilterBucket.put(targetAt, target, control, FilterBucket.atHome(rest), FilterBucket.tagAt(at, place));
                } else {
                    FilterBucket.put(targetAt, target, control, FilterBucket.displaced(rest), FilterBucket.tagAt(at, place));
                    FilterBucket.overflowed(at, true);
                }
                return place;
            }
        }
        return FilterBucket.NONE;
    }

    /** Takes out what is dead, and the marks of homes that it leaves in vain; returns how many entries. */
    static int sweep(final long start, final int bucketBits, final FilterTags tags) {
        int removed = 0;
        for (int bucket = 0; bucket < 1 << bucketBits; bucket++) {
            removed += FilterBucket.sweep(address(start, bucket), tags.deadBytes);
        }
        for (int bucket = 0; bucket < 1 << bucketBits; bucket++) {
            final long at = address(start, bucket);
            if (FilterBucket.mayHoldDisplaced(at)) {
                markHomes(start, bucketBits, bucket, at);
            }
        }
        return removed;
    }

    private static void markHomes(final long start, final int bucketBits, final int bucket, final long at) {
        for (int place = 0; place < FilterBucket.ENTRIES; place++) {
            final int control = FilterBucket.controlAt(at, place);
            if (control != 0 && FilterBucket.isDisplaced(FilterBucket.restAt(at, place))) {
                FilterBucket.overflowed(address(start, other(bucket, control, bucketBits)), true);
            }
        }
    }

    private static int[] others() {
        final int[] others = new int[CONTROLS];
        for (int control = 1; control < CONTROLS; control++) {
            final int bits = (int) (control * GOLDEN >>> Long.SIZE - MAX_BUCKET_BITS);
            others[control] = bits % 4 == 0 ? bits | 1 + control % 3 : bits;
        }
        return others;
    }
}
