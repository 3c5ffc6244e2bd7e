package io.truenow.query.merge;

import org.agrona.DirectBuffer;

import java.util.Arrays;

/**
 * Distinct dimension values of one query: UTF-8 bytes to codes 1, 2, .. Code 0 stands for an absent value. Values lie one behind the other
 * in one array; an open-addressed table of codes finds them. One thread.
 */
final class ValueDictionary {
    private static final int INITIAL_SLOTS = 64;
    private static final int MAX_BYTES = 1 << 30;

    private byte[] bytes = new byte[1_024];
    /** End of each code's bytes; ends[0] = 0. */
    private int[] ends = new int[INITIAL_SLOTS / 2];
    private int[] slots = new int[INITIAL_SLOTS];
    private int count;

    /** Code of a value, added if new; -1 if the dictionary cannot grow. */
    int code(final DirectBuffer source, final int offset, final int length) {
        int slot = hash(source, offset, length) & (slots.length - 1);
        while (slots[slot] != 0) {
            if (matches(slots[slot], source, offset, length)) {
                return slots[slot];
            }
            slot = (slot + 1) & (slots.length - 1);
        }
        return add(slot, source, offset, length);
    }

    private int add(final int slot, final DirectBuffer source, final int offset, final int length) {
        final int start = ends[count];
        if (length > MAX_BYTES - start) {
            return -1;
        }
        if (start + length > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) capacityFor(start + length));
        }
        source.getBytes(offset, bytes, start, length);
        count++;
        ends[count] = start + length;
        slots[slot] = count;
        if (count + 1 == ends.length) {
            grow();
        }
        return count;
    }

    private void grow() {
        ends = Arrays.copyOf(ends, ends.length * 2);
        slots = new int[slots.length * 2];
        for (int code = 1; code <= count; code++) {
            int slot = hash(code) & (slots.length - 1);
            while (slots[slot] != 0) {
                slot = (slot + 1) & (slots.length - 1);
            }
            slots[slot] = code;
        }
    }

    private boolean matches(final int code, final DirectBuffer source, final int offset, final int length) {
        final int start = ends[code - 1];
        if (ends[code] - start != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (bytes[start + i] != source.getByte(offset + i)) {
                return false;
            }
        }
        return true;
    }

    private static int hash(final DirectBuffer source, final int offset, final int length) {
        int hash = length;
        for (int i = 0; i < length; i++) {
            hash = hash * 31 + source.getByte(offset + i);
        }
        return spread(hash);
    }

    private int hash(final int code) {
        final int start = ends[code - 1];
        int hash = ends[code] - start;
        for (int i = start; i < ends[code]; i++) {
            hash = hash * 31 + bytes[i];
        }
        return spread(hash);
    }

    private static int spread(final int hash) {
        final int mixed = hash * 0x9E3779B9;
        return mixed ^ mixed >>> 16;
    }

    /** Where the values' bytes lie. */
    byte[] bytes() {
        return bytes;
    }

    /** First byte of a code's value. */
    int start(final int code) {
        return ends[code - 1];
    }

    /** Behind the last byte of a code's value. */
    int end(final int code) {
        return ends[code];
    }

    /** Memory held. */
    long heldBytes() {
        return bytes.length + (long) Integer.BYTES * (ends.length + slots.length);
    }

    /** Most memory held after {@code more} bytes of values in {@code moreValues} entries have been added. */
    long heldBytesAfter(final int moreValues, final int moreBytes) {
        final long length = capacityFor(ends[count] + (long) moreBytes);
        long entries = ends.length;
        while (count + (long) moreValues + 1 >= entries) {
            entries *= 2;
        }
        return length + Integer.BYTES * entries * 3;
    }

    /** In doublings only: so it is the same whether values come one by one or are asked for at once. */
    private long capacityFor(final long lengthBytes) {
        long capacity = bytes.length;
        while (capacity < lengthBytes) {
            capacity *= 2;
        }
        return capacity;
    }

    void clear() {
        Arrays.fill(slots, 0);
        count = 0;
    }
}
