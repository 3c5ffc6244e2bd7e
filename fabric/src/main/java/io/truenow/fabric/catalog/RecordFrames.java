package io.truenow.fabric.catalog;

import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;

/**
 * Messages one behind the other in one: catalog records in an update, commands in a batch, their replies. Stateless.
 *
 * <pre>
 *   0      length of the message (int32)
 *   4      0 (int32)
 *   8      the message with its SBE header, then zeros up to a multiple of eight
 * </pre>
 */
public final class RecordFrames {
    /** Bytes before each message. */
    public static final int HEADER_LENGTH = 8;

    /** Takes what stands in a frame. */
    @FunctionalInterface
    public interface Handler {
        /** The message of a frame. */
        void onFrame(int offset, int lengthBytes);
    }

    private RecordFrames() {
    }

    /** Bytes that a message of that length takes with its frame. */
    public static int framedLength(final int lengthBytes) {
        return HEADER_LENGTH + BitUtil.align(lengthBytes, 8);
    }

    /** Appends a message; returns where the next one goes. */
    public static int append(final MutableDirectBuffer target, final int at, final DirectBuffer message, final int lengthBytes) {
        target.putBytes(at + HEADER_LENGTH, message, 0, lengthBytes);
        return frame(target, at, lengthBytes);
    }

    /** Frames a message that has been written behind the room for its frame's header; returns where the next one goes. */
    public static int frame(final MutableDirectBuffer target, final int at, final int lengthBytes) {
        final int end = at + framedLength(lengthBytes);
        target.putInt(at, lengthBytes, ByteOrder.LITTLE_ENDIAN);
        target.putInt(at + Integer.BYTES, 0);
        target.setMemory(at + HEADER_LENGTH + lengthBytes, end - at - HEADER_LENGTH - lengthBytes, (byte) 0);
        return end;
    }

    /** Throws {@link IllegalArgumentException} unless that is one frame behind the other. */
    public static void check(final DirectBuffer buffer, final int offset, final int lengthBytes) {
        buffer.boundsCheck(offset, lengthBytes);
        forEach(buffer, offset, lengthBytes, (at, length) -> { });
    }

    /**
     * Calls with each message in turn.
     *
     * @throws IllegalArgumentException at a malformed frame; those before it have been called with.
     */
    public static void forEach(final DirectBuffer buffer, final int offset, final int lengthBytes, final Handler handler) {
        final int end = offset + lengthBytes;
        int at = offset;
        while (at < end) {
            final int room = end - at - HEADER_LENGTH;
            final int length = room < 0 ? -1 : buffer.getInt(at, ByteOrder.LITTLE_ENDIAN);
            if (length < 0 || length > room || framedLength(length) > end - at) {
                throw new IllegalArgumentException("malformed frames");
            }
            handler.onFrame(at + HEADER_LENGTH, length);
            at += framedLength(length);
        }
    }
}
