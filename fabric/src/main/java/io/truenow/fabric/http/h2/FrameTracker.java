package io.truenow.fabric.http.h2;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameTypes;

/**
 * Follows the bounds of frames in what the socket brings, beside the decoder, which does not tell what it is waiting for: how much of a
 * frame or of a block of headers has come, and since when. Belongs to the connection's event loop.
 */
final class FrameTracker {
    private static final int TYPE_AT = 3;
    private static final int FLAGS_AT = 4;

    private int prefaceRest = Http2CodecUtil.connectionPrefaceBuf().readableBytes();
    /** Of the current frame's own header. */
    private int headBytes;
    private int length;
    private int type;
    private int flags;
    private int payloadRest;
    /** Headers have begun, and CONTINUATION is to come. */
    private boolean isInBlock;
    private long sinceNs;
    private int heldBytes;

    /** Before the decoder sees them. */
    void track(final ByteBuf bytes, final long nowNs) {
        int index = bytes.readerIndex();
        final int end = bytes.writerIndex();
        while (index < end) {
            if (prefaceRest > 0) {
                final int count = Math.min(prefaceRest, end - index);
                prefaceRest -= count;
                index += count;
            } else if (headBytes < Http2CodecUtil.FRAME_HEADER_LENGTH) {
                onHeadByte(bytes.getUnsignedByte(index++), nowNs);
            } else {
                final int count = Math.min(payloadRest, end - index);
                payloadRest -= count;
                heldBytes += count;
                index += count;
                if (payloadRest == 0) {
                    endFrame();
                }
            }
        }
    }

    /** Bytes of what is not whole yet. */
    int heldBytes() {
        return heldBytes;
    }

    /** Whether headers, or another frame than DATA, whose progress is the streams' business, have not come whole for so long. */
    boolean isLate(final long nowNs, final long limitNs) {
        return (isInBlock || headBytes > 0 && !isData()) && nowNs - sinceNs > limitNs;
    }

    private boolean isData() {
        return headBytes > TYPE_AT && type == Http2FrameTypes.DATA;
    }

    private void onHeadByte(final int value, final long nowNs) {
        if (headBytes == 0) {
            length = 0;
            if (!isInBlock) {
                sinceNs = nowNs;
            }
        }
        if (headBytes < TYPE_AT) {
            length = length << Byte.SIZE | value;
        } else if (headBytes == TYPE_AT) {
            type = value;
        } else if (headBytes == FLAGS_AT) {
            flags = value;
        }
        headBytes++;
        heldBytes++;
        if (headBytes == Http2CodecUtil.FRAME_HEADER_LENGTH) {
            payloadRest = length;
            if (payloadRest == 0) {
                endFrame();
            }
        }
    }

    private void endFrame() {
        headBytes = 0;
        if (type == Http2FrameTypes.HEADERS || type == Http2FrameTypes.CONTINUATION) {
            isInBlock = (flags & Http2Flags.END_HEADERS) == 0;
        }
        if (!isInBlock) {
            heldBytes = 0;
        }
    }
}
