package io.truenow.engine.store.hash;

import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The layout of a bucket of an {@link IdFilter}: a cache line with fifteen entries. Stateless; the memory is the lane's.
 * <pre>
 *   int8  control[15]   1 to 255, eight bits of the id that never change place; 0 where there is no entry
 *   int8  overflowed    1 if an entry whose home this is lies in its other bucket
 *   int16 rest[15]      see below
 *   int16 (unused)
 *   int8  tag[15]       of the span
 *   int8  (unused)
 *
 *   rest: displaced 1 bit | hint 6 bits | key 9 bits
 * </pre>
 * The key is up to eight bits of the id, from the top, then a one, then zeros. When a page doubles, an entry's first bit says where it
 * goes and is part of the key no more: a key is shorter by what its page has doubled since it came. One without bits goes both ways.
 */
final class FilterBucket {
    static final int BYTES = 64;
    static final int SHIFT = 6;
    static final int ENTRIES = 15;
    /** So many bits of an id a new key has. */
    static final int KEY_BITS = 8;
    static final int NONE = -1;

    private static final int OVERFLOWED_OFFSET = ENTRIES;
    private static final int RESTS_OFFSET = 16;
    private static final int TAGS_OFFSET = 48;
    private static final int KEY_FIELD = (1 << KEY_BITS + 1) - 1;
    private static final int HINT_SHIFT = KEY_BITS + 1;
    private static final int HINT_MASK = 63;
    private static final int DISPLACED = 1 << 15;
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
    private static final long ANY_DISPLACED = 0x8000_8000_8000_8000L;
    private static final long SEVENS = 0x7F7F_7F7F_7F7F_7F7FL;
    /** Of the second half's bytes those that are control bytes. */
    private static final long SECOND_HALF = 0x00FF_FFFF_FFFF_FFFFL;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final MemorySegment MEMORY = NativeMemory.ALL;

    private FilterBucket() {
    }

    /** The control byte of an id. */
    static int control(final long word) {
        final int bits = (int) word & 0xFF;
        return bits == 0 ? 0xFF : bits;
    }

    /** A key with all its bits, of an id whose first bits lead to the bucket. */
    static int key(final long word, final int bitsBefore) {
        return (int) (word << bitsBefore >>> Long.SIZE - KEY_BITS) << 1 | 1;
    }

    /** A rest of an entry at home. */
    static int rest(final int key, final int hint) {
        return key | hint << HINT_SHIFT;
    }

    static int keyOf(final int rest) {
        return rest & KEY_FIELD;
    }

    static int hintOf(final int rest) {
        return rest >>> HINT_SHIFT & HINT_MASK;
    }

    static boolean isDisplaced(final int rest) {
        return (rest & DISPLACED) != 0;
    }

    static int displaced(final int rest) {
        return rest | DISPLACED;
    }

    static int atHome(final int rest) {
        return rest & ~DISPLACED;
    }

    /** Whether a key has no bits. */
    static boolean isVoid(final int rest) {
        return keyOf(rest) == 1 << KEY_BITS;
    }

    /** The first bit of a key. */
    static int firstBit(final int rest) {
        return rest >>> KEY_BITS & 1;
    }

    /** Without the first bit of its key, which must have one. */
    static int shortened(final int rest) {
        return rest & ~KEY_FIELD | rest << 1 & KEY_FIELD;
    }

    /** Whether an entry's key is the beginning of a new one. */
    static boolean matches(final int rest, final int newKey) {
        final int key = keyOf(rest);
        // all above the lowest one
        return ((key ^ newKey) & -(Integer.lowestOneBit(key) << 1)) == 0;
    }

    /** Whether {@link #first} or {@link #second} finds one. */
    static boolean mayHold(final long bucket, final long controls) {
        final long first = MEMORY.get(LONG, bucket) ^ controls;
        final long second = MEMORY.get(LONG, bucket + Long.BYTES) ^ controls | ~SECOND_HALF;
        // above the lowest byte that is zero others may seem so
        return ((first - ONES & ~first | second - ONES & ~second) & HIGH_BITS) != 0;
    }

    /** Which entries have a control byte: a high bit in the byte of each, of the first eight. */
    static long first(final long bucket, final long controls) {
        return zeros(MEMORY.get(LONG, bucket) ^ controls);
    }

    /** The same of the other seven. */
    static long second(final long bucket, final long controls) {
        return zeros(MEMORY.get(LONG, bucket + Long.BYTES) ^ controls) & SECOND_HALF;
    }

    /** A control byte eight times. */
    static long repeated(final int control) {
        return control * ONES;
    }

    /** Place of the first that {@link #first} or {@link #second} found. */
    static int place(final long found) {
        return Long.numberOfTrailingZeros(found) >>> 3;
    }

    /** Place of a free entry, or {@link #NONE}. */
    static int free(final long bucket) {
        final long first = MEMORY.get(LONG, bucket);
        final long firstFree = first - ONES & ~first & HIGH_BITS;
        if (firstFree != 0) {
            return place(firstFree);
        }
        final long second = MEMORY.get(LONG, bucket + Long.BYTES) | ~SECOND_HALF;
        final long secondFree = second - ONES & ~second & HIGH_BITS;
        return secondFree == 0 ? NONE : Long.BYTES + place(secondFree);
    }

    static boolean isOverflowed(final long bucket) {
        return MEMORY.get(BYTE, bucket + OVERFLOWED_OFFSET) != 0;
    }

    static void overflowed(final long bucket, final boolean isNow) {
        MEMORY.set(BYTE, bucket + OVERFLOWED_OFFSET, (byte) (isNow ? 1 : 0));
    }

    /** 0 if there is no entry. */
    static int controlAt(final long bucket, final int place) {
        return MEMORY.get(BYTE, bucket + place) & 0xFF;
    }

    static int restAt(final long bucket, final int place) {
        return MEMORY.get(SHORT, bucket + RESTS_OFFSET + (long) place * Short.BYTES) & 0xFFFF;
    }

    static int tagAt(final long bucket, final int place) {
        return MEMORY.get(BYTE, bucket + TAGS_OFFSET + place) & 0xFF;
    }

    static void put(final long bucket, final int place, final int control, final int rest, final int tag) {
        MEMORY.set(BYTE, bucket + place, (byte) control);
        MEMORY.set(SHORT, bucket + RESTS_OFFSET + (long) place * Short.BYTES, (short) rest);
        MEMORY.set(BYTE, bucket + TAGS_OFFSET + place, (byte) tag);
    }

    /** Takes out the entries whose tag is dead (a byte of ones by tag, else of zeros), and the mark; returns how many there were. */
    static int sweep(final long bucket, final byte[] dead) {
        final long first = MEMORY.get(LONG, bucket);
        final long second = MEMORY.get(LONG, bucket + Long.BYTES) & SECOND_HALF;
        final long firstDead = deadBytes(MEMORY.get(LONG, bucket + TAGS_OFFSET), dead);
        final long secondDead = deadBytes(MEMORY.get(LONG, bucket + TAGS_OFFSET + Long.BYTES), dead);
        MEMORY.set(LONG, bucket, first & ~firstDead);
        MEMORY.set(LONG, bucket + Long.BYTES, second & ~secondDead);
        return Long.bitCount(~zeros(first) & firstDead & HIGH_BITS) + Long.bitCount(~zeros(second) & secondDead & HIGH_BITS);
    }

    /** False if no entry is displaced; entries that were taken out count. */
    static boolean mayHoldDisplaced(final long bucket) {
        final long rests = MEMORY.get(LONG, bucket + RESTS_OFFSET) | MEMORY.get(LONG, bucket + RESTS_OFFSET + Long.BYTES)
            | MEMORY.get(LONG, bucket + RESTS_OFFSET + 2 * Long.BYTES) | MEMORY.get(LONG, bucket + RESTS_OFFSET + 3 * Long.BYTES);
        return (rests & ANY_DISPLACED) != 0;
    }

    private static long deadBytes(final long tags, final byte[] dead) {
        long bytes = 0;
        for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
            bytes |= (dead[(int) (tags >>> shift) & 0xFF] & 0xFFL) << shift;
        }
        return bytes;
    }

    /** A high bit in each byte that is zero. */
    private static long zeros(final long value) {
        return ~((value & SEVENS) + SEVENS | value | SEVENS);
    }
}
