package io.truenow.format.sketch;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;

/** The head that all serialized sketches share, and numbers of variable length: seven bits a byte, least first. */
final class SketchBytes {
    static final int HEAD_BYTES = 12;
    static final int MAX_VARINT_BYTES = 10;
    private static final int KIND_OFFSET = 4;
    private static final int FORM_OFFSET = 5;
    private static final int DETAIL_OFFSET = 6;
    private static final int PARAMETER_OFFSET = 8;

    private SketchBytes() {
    }

    /** Writes the head over what was written behind it. */
    static void seal(
        final MutableDirectBuffer target, final int offset, final int length, final Sketch sketch, final int form, final int detail) {
        target.putByte(offset + KIND_OFFSET, (byte) sketch.kind().code());
        target.putByte(offset + FORM_OFFSET, (byte) form);
        target.putByte(offset + DETAIL_OFFSET, (byte) detail);
        target.putByte(offset + DETAIL_OFFSET + 1, (byte) 0);
        target.putInt(offset + PARAMETER_OFFSET, sketch.parameter(), ByteOrder.LITTLE_ENDIAN);
        target.putInt(offset, checksum(target, offset, length), ByteOrder.LITTLE_ENDIAN);
    }

    /** Whether they are bytes as {@link #seal} left them, and for this sketch. */
    static SketchMerge check(final DirectBuffer buffer, final int offset, final int length, final Sketch sketch) {
        if (offset < 0 || length < HEAD_BYTES || length > buffer.capacity() - offset
            || buffer.getInt(offset, ByteOrder.LITTLE_ENDIAN) != checksum(buffer, offset, length)) {
            return SketchMerge.MALFORMED;
        }
        return buffer.getByte(offset + KIND_OFFSET) == sketch.kind().code()
            && buffer.getInt(offset + PARAMETER_OFFSET, ByteOrder.LITTLE_ENDIAN) == sketch.parameter()
            ? SketchMerge.MERGED : SketchMerge.MISMATCH;
    }

    static int form(final DirectBuffer buffer, final int offset) {
        return buffer.getByte(offset + FORM_OFFSET) & 0xFF;
    }

    static int detail(final DirectBuffer buffer, final int offset) {
        return buffer.getByte(offset + DETAIL_OFFSET) & 0xFF;
    }

    static int putVarint(final MutableDirectBuffer target, final int offset, final long value) {
        int at = offset;
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            target.putByte(at++, (byte) (rest | 0x80));
            rest >>>= 7;
        }
        target.putByte(at++, (byte) rest);
        return at;
    }

    /** The number at an offset; what lies at or behind the end reads as 0 and ends it. */
    static long varint(final DirectBuffer buffer, final int offset, final int end) {
        long value = 0;
        for (int at = offset, shift = 0; at < end && shift < Long.SIZE; at++, shift += 7) {
            final byte next = buffer.getByte(at);
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                break;
            }
        }
        return value;
    }

    /** Where the number at an offset ends; behind the end if it does not. */
    static int afterVarint(final DirectBuffer buffer, final int offset, final int end) {
        for (int at = offset; at < end && at < offset + MAX_VARINT_BYTES; at++) {
            if (buffer.getByte(at) >= 0) {
                return at + 1;
            }
        }
        return Integer.MAX_VALUE;
    }

    /** Each step is a bijection of the state, so no damage within one word can go unseen but by the final fold, once in 2^32. */
    private static int checksum(final DirectBuffer buffer, final int offset, final int length) {
        long state = length * 0x9E37_79B9_7F4A_7C15L;
        int at = offset + Integer.BYTES;
        final int end = offset + length;
        for (; at + Long.BYTES <= end; at += Long.BYTES) {
            state = mix(state ^ buffer.getLong(at, ByteOrder.LITTLE_ENDIAN));
        }
        long tail = 0;
        for (; at < end; at++) {
            tail = tail << Byte.SIZE | buffer.getByte(at) & 0xFF;
        }
        state = mix(state ^ tail);
        return (int) (state ^ state >>> 32);
    }

    private static long mix(final long word) {
        final long product = word * 0xBF58_476D_1CE4_E5B9L;
        return product ^ product >>> 29;
    }
}
