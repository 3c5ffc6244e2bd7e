package io.truenow.format.sketch;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The most frequent values. Whoever counted exactly lists the values with the largest counts and tells the largest count left out; merged,
 * a value that one side does not list may have up to that many there. So every entry has certain bounds, and so has every value that is
 * not listed. Belongs to one thread.
 *
 * <p>On the wire, form 1: behind the head {@code int64} left out at most, {@code int32} number of entries; an entry is three varints (at
 * least, how many more at most, bytes of the value) and the value.
 */
public final class TopSketch implements Sketch {
    /** Of the entries on the wire, so that a group's sketches fit into a message. */
    public static final int MAX_WIRE_BYTES = 24 * 1024;
    private static final int FORM = 1;
    private static final int OMITTED_OFFSET = SketchBytes.HEAD_BYTES;
    private static final int COUNT_OFFSET = OMITTED_OFFSET + Long.BYTES;
    private static final int FIXED_BYTES = COUNT_OFFSET + Integer.BYTES;
    private static final int MIN_ENTRIES = 256;
    private static final int ENTRIES_PER_WANTED = 8;
    private static final int MERGED_ENTRIES_SHIFT = 3;
    private static final long MAX_COUNT = 1L << 61;
    private static final long MAX_ENTRY_COUNT = 1L << 45;

    private final int wanted;
    private final int capacity;
    private final UnsafeBuffer bytes = new UnsafeBuffer(new byte[256]);
    private int bytesUsed;
    private int[] offsets = new int[16];
    private int[] lengths = new int[16];
    private long[] lowers = new long[16];
    /** How much more the sides that list a value allow for; the others add what they left out. */
    private long[] slacks = new long[16];
    /** Sum of what the sides that list a value left out at most. */
    private long[] omittedByKnown = new long[16];
    private int size;
    /** Sum of what all sides left out at most. */
    private long omitted;
    /** 1 + entry, by hash. */
    private int[] slots = new int[32];
    private int[] order = new int[0];

    /** Empty, for that many values wanted; 0 for the usual number. */
    public TopSketch(final int parameter) {
        if (!SketchKind.TOP.accepts(parameter)) {
            throw new IllegalArgumentException("1 to 1000 values can be wanted, not " + parameter);
        }
        wanted = SketchKind.TOP.orUsual(parameter);
        capacity = Math.max(MIN_ENTRIES, wanted * ENTRIES_PER_WANTED);
    }

    @Override
    public SketchKind kind() {
        return SketchKind.TOP;
    }

    @Override
    public int parameter() {
        return wanted;
    }

    @Override
    public boolean isEmpty() {
        return size == 0 && omitted == 0;
    }

    @Override
    public void reset() {
        Arrays.fill(slots, 0);
        size = 0;
        bytesUsed = 0;
        omitted = 0;
    }

    /** Entries that are worth adding: those with the largest counts. */
    public int capacity() {
        return capacity;
    }

    /** Adds a value with its exact count; a value is added once. */
    public void add(final DirectBuffer value, final int offset, final int length, final long count) {
        final int entry = entryOf(value, offset, length);
        lowers[entry] += count;
    }

    /** Tells the largest count of the values that were not added, once after all that were. */
    public void omit(final long greatestCount) {
        omitted += greatestCount;
        for (int i = 0; i < size; i++) {
            omittedByKnown[i] += greatestCount;
        }
    }

    /** Orders the entries by estimate, ties by their bytes; the getters then take places in that order. Returns how many there are. */
    public int rank() {
        if (order.length < size) {
            order = new int[slots.length];
        }
        final Integer[] sorted = new Integer[size];
        Arrays.setAll(sorted, i -> i);
        Arrays.sort(sorted, this::compare);
        for (int i = 0; i < size; i++) {
            order[i] = sorted[i];
        }
        return size;
    }

    /** The most likely count of the value at that place: midway between the bounds. */
    public long estimate(final int place) {
        return estimateOf(order[place]);
    }

    /** The value occurs at least so often. */
    public long lowerBound(final int place) {
        return lowers[order[place]];
    }

    /** The value occurs at most so often. */
    public long upperBound(final int place) {
        return upper(order[place]);
    }

    /** Holds the values' bytes. */
    public DirectBuffer valueBuffer() {
        return bytes;
    }

    /** Where the value at that place begins. */
    public int valueOffset(final int place) {
        return offsets[order[place]];
    }

    /** Bytes of the value at that place. */
    public int valueLength(final int place) {
        return lengths[order[place]];
    }

    /** No value without an entry occurs more often. */
    public long omittedBound() {
        return omitted;
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
        final long otherOmitted = buffer.getLong(offset + OMITTED_OFFSET, ByteOrder.LITTLE_ENDIAN);
        final int count = buffer.getInt(offset + COUNT_OFFSET, ByteOrder.LITTLE_ENDIAN);
        final int end = offset + length;
        int at = offset + FIXED_BYTES;
        for (int i = 0; i < count; i++) {
            final long lower = SketchBytes.varint(buffer, at, end);
            at = SketchBytes.afterVarint(buffer, at, end);
            final long slack = SketchBytes.varint(buffer, at, end);
            at = SketchBytes.afterVarint(buffer, at, end);
            final int valueLength = (int) SketchBytes.varint(buffer, at, end);
            at = SketchBytes.afterVarint(buffer, at, end);
            final int entry = entryOf(buffer, at, valueLength);
            at += valueLength;
            lowers[entry] += lower;
            slacks[entry] += slack;
            omittedByKnown[entry] += otherOmitted;
        }
        omitted += otherOmitted;
        if (size > capacity << MERGED_ENTRIES_SHIFT) {
            prune();
        }
        return SketchMerge.MERGED;
    }

    @Override
    public int maxLengthBytes() {
        return FIXED_BYTES + Math.min(MAX_WIRE_BYTES, bytesUsed + size * 3 * SketchBytes.MAX_VARINT_BYTES);
    }

    @Override
    public int serialize(final MutableDirectBuffer target, final int offset) {
        rank();
        int at = offset + FIXED_BYTES;
        int count = 0;
        while (count < Math.min(size, capacity)
            && at - offset - FIXED_BYTES + 3 * SketchBytes.MAX_VARINT_BYTES + valueLength(count) <= MAX_WIRE_BYTES) {
            at = SketchBytes.putVarint(target, at, lowerBound(count));
            at = SketchBytes.putVarint(target, at, upperBound(count) - lowerBound(count));
            at = SketchBytes.putVarint(target, at, valueLength(count));
            target.putBytes(at, bytes, valueOffset(count), valueLength(count));
            at += valueLength(count);
            count++;
        }
        long leftOut = omitted;
        for (int place = count; place < size; place++) {
            leftOut = Math.max(leftOut, upperBound(place));
        }
        target.putLong(offset + OMITTED_OFFSET, leftOut, ByteOrder.LITTLE_ENDIAN);
        target.putInt(offset + COUNT_OFFSET, count, ByteOrder.LITTLE_ENDIAN);
        SketchBytes.seal(target, offset, at - offset, this, FORM, 0);
        return at - offset;
    }

    @Override
    public long heapBytes() {
        return 160L + bytes.capacity() + offsets.length * (2L * Integer.BYTES + 3L * Long.BYTES) + slots.length * 4L + order.length * 4L;
    }

    private boolean isSound(final DirectBuffer buffer, final int offset, final int end) {
        final long otherOmitted = buffer.getLong(offset + OMITTED_OFFSET, ByteOrder.LITTLE_ENDIAN);
        final int count = buffer.getInt(offset + COUNT_OFFSET, ByteOrder.LITTLE_ENDIAN);
        if (otherOmitted < 0 || otherOmitted > MAX_COUNT - omitted || count < 0 || count > capacity) {
            return false;
        }
        int at = offset + FIXED_BYTES;
        for (int i = 0; i < count; i++) {
            final long lower = SketchBytes.varint(buffer, at, end);
            at = SketchBytes.afterVarint(buffer, at, end);
            final long slack = SketchBytes.varint(buffer, at, end);
            at = SketchBytes.afterVarint(buffer, at, end);
            final long length = SketchBytes.varint(buffer, at, end);
            at = SketchBytes.afterVarint(buffer, at, end);
            // so that no sum over some 65 000 lanes overflows
            if (at > end || length < 0 || length > end - at || lower < 0 || slack < 0
                || lower > MAX_ENTRY_COUNT || slack > MAX_ENTRY_COUNT) {
                return false;
            }
            at += (int) length;
        }
        return at == end;
    }

    private int entryOf(final DirectBuffer value, final int offset, final int length) {
        final int mask = slots.length - 1;
        int slot = (int) ValueHash.of(value, offset, length) & mask;
        while (slots[slot] != 0) {
            if (isEqual(slots[slot] - 1, value, offset, length)) {
                return slots[slot] - 1;
            }
            slot = slot + 1 & mask;
        }
        if (size == offsets.length) {
            grow();
            return entryOf(value, offset, length);
        }
        if (bytesUsed + length > bytes.capacity()) {
            bytes.wrap(Arrays.copyOf(bytes.byteArray(), Math.max(bytes.capacity() * 2, bytesUsed + length)));
        }
        bytes.putBytes(bytesUsed, value, offset, length);
        offsets[size] = bytesUsed;
        lengths[size] = length;
        lowers[size] = 0;
        slacks[size] = 0;
        omittedByKnown[size] = 0;
        bytesUsed += length;
        slots[slot] = ++size;
        return size - 1;
    }

    private boolean isEqual(final int entry, final DirectBuffer value, final int offset, final int length) {
        if (lengths[entry] != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (bytes.getByte(offsets[entry] + i) != value.getByte(offset + i)) {
                return false;
            }
        }
        return true;
    }

    private void grow() {
        final int length = offsets.length * 2;
        offsets = Arrays.copyOf(offsets, length);
        lengths = Arrays.copyOf(lengths, length);
        lowers = Arrays.copyOf(lowers, length);
        slacks = Arrays.copyOf(slacks, length);
        omittedByKnown = Arrays.copyOf(omittedByKnown, length);
        slots = new int[length * 2];
        index();
    }

    private void index() {
        final int mask = slots.length - 1;
        for (int i = 0; i < size; i++) {
            int slot = (int) ValueHash.of(bytes, offsets[i], lengths[i]) & mask;
            while (slots[slot] != 0) {
                slot = slot + 1 & mask;
            }
            slots[slot] = i + 1;
        }
    }

    /** Leaves the entries with the largest estimates; what goes may have had as much as its upper bound. */
    private void prune() {
        rank();
        final TopSketch kept = new TopSketch(wanted);
        long leftOut = omitted;
        for (int place = capacity; place < size; place++) {
            leftOut = Math.max(leftOut, upperBound(place));
        }
        for (int place = 0; place < capacity; place++) {
            final int entry = kept.entryOf(bytes, valueOffset(place), valueLength(place));
            kept.lowers[entry] = lowerBound(place);
            kept.slacks[entry] = upperBound(place) - lowerBound(place);
            kept.omittedByKnown[entry] = leftOut;
        }
        bytes.wrap(kept.bytes.byteArray());
        bytesUsed = kept.bytesUsed;
        offsets = kept.offsets;
        lengths = kept.lengths;
        lowers = kept.lowers;
        slacks = kept.slacks;
        omittedByKnown = kept.omittedByKnown;
        slots = kept.slots;
        size = kept.size;
        omitted = leftOut;
    }

    private long upper(final int entry) {
        return lowers[entry] + slacks[entry] + omitted - omittedByKnown[entry];
    }

    private long estimateOf(final int entry) {
        return lowers[entry] + (upper(entry) - lowers[entry]) / 2;
    }

    private int compare(final Integer left, final Integer right) {
        final int byEstimate = Long.compare(estimateOf(right), estimateOf(left));
        if (byEstimate != 0) {
            return byEstimate;
        }
        final int common = Math.min(lengths[left], lengths[right]);
        for (int i = 0; i < common; i++) {
            final int byByte = (bytes.getByte(offsets[left] + i) & 0xFF) - (bytes.getByte(offsets[right] + i) & 0xFF);
            if (byByte != 0) {
                return byByte;
            }
        }
        return lengths[left] - lengths[right];
    }
}
