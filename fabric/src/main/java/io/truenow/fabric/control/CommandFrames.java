package io.truenow.fabric.control;

import io.truenow.fabric.catalog.CatalogAssembler;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;

/** Commands or replies one behind the other in one message, framed as catalog records are. Stateless. */
public final class CommandFrames {
    /** Takes what stands in a frame. */
    @FunctionalInterface
    public interface Handler {
        /** The message of a frame. */
        void onFrame(int offset, int lengthBytes);
    }

    private CommandFrames() {
    }

    /** Appends a message; returns where the next one goes. */
    public static int append(final MutableDirectBuffer target, final int at, final DirectBuffer message, final int lengthBytes) {
        final int end = at + CatalogAssembler.framedLength(lengthBytes);
        target.setMemory(at, end - at, (byte) 0);
        target.putInt(at, lengthBytes, ByteOrder.LITTLE_ENDIAN);
        target.putBytes(at + CatalogAssembler.FRAME_LENGTH, message, 0, lengthBytes);
        return end;
    }

    /** Throws {@link IllegalArgumentException} unless that is one frame behind the other. */
    public static void check(final DirectBuffer buffer, final int offset, final int lengthBytes) {
        buffer.boundsCheck(offset, lengthBytes);
        forEach(buffer, offset, lengthBytes, (at, length) -> { });
    }

    /** Calls with each message in turn. */
    public static void forEach(final DirectBuffer buffer, final int offset, final int lengthBytes, final Handler handler) {
        final int end = offset + lengthBytes;
        int at = offset;
        while (at < end) {
            final int room = end - at - CatalogAssembler.FRAME_LENGTH;
            final int length = room < 0 ? -1 : buffer.getInt(at, ByteOrder.LITTLE_ENDIAN);
            if (length < 0 || length > room || CatalogAssembler.framedLength(length) > end - at) {
                throw new IllegalArgumentException("malformed frames");
            }
            handler.onFrame(at + CatalogAssembler.FRAME_LENGTH, length);
            at += CatalogAssembler.framedLength(length);
        }
    }
}
