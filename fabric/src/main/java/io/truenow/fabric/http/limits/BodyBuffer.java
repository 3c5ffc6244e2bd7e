package io.truenow.fabric.http.limits;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

/**
 * Gathers a body. One that came in one read is not copied; a longer one becomes one contiguous buffer, which grows with what has come, so
 * that a client that only claims to send much does not make us reserve it, and is never larger than what the body may become. Belongs to
 * the connection's event loop.
 */
public final class BodyBuffer {
    private static final int FIRST_CAPACITY = 64 * 1024;

    private ByteBuf bytes;
    /** Whether the buffer is made here, or a slice of what was read from the socket. */
    private boolean isOwn;

    /** What has come. */
    public int length() {
        return bytes == null ? 0 : bytes.readableBytes();
    }

    /**
     * Takes over the reference.
     *
     * @param roomBytes that the body has; what has come may not pass it.
     */
    public void add(final ByteBuf part, final int roomBytes, final ByteBufAllocator allocator) {
        if (!part.isReadable()) {
            part.release();
            return;
        }
        if (bytes == null) {
            bytes = part;
            isOwn = false;
            return;
        }
        final int length = bytes.readableBytes() + part.readableBytes();
        if (!isOwn) {
            final ByteBuf own = allocator.directBuffer(capacityFor(length, roomBytes)).writeBytes(bytes);
            bytes.release();
            bytes = own;
            isOwn = true;
        } else if (length > bytes.capacity()) {
            bytes.capacity(capacityFor(length, roomBytes));
        }
        bytes.writeBytes(part);
        part.release();
    }

    /** The same for a part that stays the caller's: where many bodies come in one read, none may hold on to all of it. */
    public void addCopy(final ByteBuf part, final int roomBytes, final ByteBufAllocator allocator) {
        if (bytes == null && part.isReadable()) {
            bytes = allocator.directBuffer(capacityFor(part.readableBytes(), roomBytes)).writeBytes(part);
            isOwn = true;
        } else {
            add(part.retain(), roomBytes, allocator);
        }
    }

    /** The whole body; the reference goes to the caller. */
    public ByteBuf take() {
        final ByteBuf whole = bytes == null ? Unpooled.EMPTY_BUFFER : bytes;
        bytes = null;
        return whole;
    }

    public void release() {
        take().release();
    }

    /** Room for a body of which so much has come: twice that, so that it is not copied too often. */
    public static int capacityFor(final int length, final int maxBytes) {
        return (int) Math.min(maxBytes, Math.max(FIRST_CAPACITY, 2L * length));
    }
}
