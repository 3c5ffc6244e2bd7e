package io.truenow.fabric.http.h1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.truenow.fabric.http.route.JsonText;
import io.truenow.fabric.http.serve.ServerExchange;

import java.nio.charset.StandardCharsets;

/** Status line and headers, written straight to bytes: a response object and its headers would be most of a small answer's garbage. */
final class AnswerHead {
    /** Enough for every head but those with unusual fields. */
    static final int ESTIMATED_BYTES = 256;
    /** A body up to this length is copied behind its head; a longer one is a buffer of its own in the same system call. */
    static final int COPY_BYTES = 4 * 1024;

    /** Instead of a length: chunks follow. */
    static final int CHUNKED = -1;
    /** Instead of a length: the body ends with the connection. */
    static final int UNTIL_CLOSED = -2;

    private static final int LAST_STATUS = 600;
    private static final int UNAUTHORIZED = 401;
    private static final byte[][] STATUS_LINES = new byte[LAST_STATUS][];
    private static final byte[] CONTENT_TYPE = ascii("content-type: ");
    private static final byte[] CONTENT_LENGTH = ascii("\r\ncontent-length: ");
    private static final byte[] TRANSFER_CHUNKED = ascii("\r\ntransfer-encoding: chunked");
    private static final byte[] AUTHENTICATE = ascii("www-authenticate: Bearer\r\n");
    private static final byte[] RETRY_AFTER = ascii("retry-after: ");
    private static final byte[] ALLOW = ascii("allow: ");
    private static final byte[] CLOSE = ascii("connection: close\r\n");
    private static final byte[] KEEP_ALIVE = ascii("connection: keep-alive\r\n");
    private static final byte[] LINE_END = ascii("\r\n");

    static {
        for (int status = 100; status < LAST_STATUS; status++) {
            STATUS_LINES[status] = ascii("HTTP/1.1 " + status + ' ' + HttpResponseStatus.valueOf(status).reasonPhrase() + "\r\n");
        }
    }

    private AnswerHead() {
    }

    /** Writes a head for a body of the given length, or {@link #CHUNKED}, or {@link #UNTIL_CLOSED}. */
    static void write(final ByteBuf target, final Fields fields, final int bodyLength, final byte[] dateLine) {
        target.writeBytes(STATUS_LINES[fields.status]).writeBytes(dateLine);
        if (fields.retryAfterSeconds > 0) {
            target.writeBytes(RETRY_AFTER);
            JsonText.writeLong(target, fields.retryAfterSeconds);
            target.writeBytes(LINE_END);
        }
        if (fields.allow != null) {
            target.writeBytes(ALLOW);
            ByteBufUtil.writeAscii(target, fields.allow);
            target.writeBytes(LINE_END);
        }
        if (fields.status == UNAUTHORIZED) {
            target.writeBytes(AUTHENTICATE);
        }
        if (fields.close) {
            target.writeBytes(CLOSE);
        } else if (fields.keepAlive) {
            target.writeBytes(KEEP_ALIVE);
        }
        target.writeBytes(CONTENT_TYPE);
        ByteBufUtil.writeAscii(target, fields.contentType);
        if (bodyLength >= 0) {
            target.writeBytes(CONTENT_LENGTH);
            JsonText.writeLong(target, bodyLength);
        } else if (bodyLength == CHUNKED) {
            target.writeBytes(TRANSFER_CHUNKED);
        }
        target.writeBytes(LINE_END).writeBytes(LINE_END);
    }

    static byte[] ascii(final String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * What a head says beside the length.
     *
     * @param keepAlive to be said to an HTTP/1.0 client, which would not assume it.
     */
    record Fields(int status, String contentType, int retryAfterSeconds, String allow, boolean close, boolean keepAlive) {
        /** Of an answer, with which the connection ends or does not. */
        static Fields of(final ServerExchange exchange, final boolean close) {
            return new Fields(exchange.status(), exchange.contentType(), exchange.retryAfterSeconds(), exchange.allow(), close,
                exchange.head().isHttp10() && !close);
        }
    }
}
