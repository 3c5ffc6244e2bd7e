package io.truenow.fabric.http.h1;

import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import io.truenow.fabric.http.serve.IncomingRequest;

import java.util.ArrayDeque;

/** Parts of requests that came while another was being answered. Belongs to the connection's event loop. */
final class WaitingParts {
    private static final int MAX_PARTS = 64;
    private static final int MAX_BYTES = 64 * 1024;

    private final ArrayDeque<HttpObject> parts = new ArrayDeque<>();
    private int bytes;

    /** Takes over the reference. */
    void add(final HttpObject part, final int consumedBytes) {
        parts.add(part);
        bytes += part instanceof HttpRequest ? IncomingRequest.HEAD_BYTES + consumedBytes : consumedBytes;
    }

    /** One that could not be taken after all. */
    void addFirst(final HttpObject part) {
        parts.addFirst(part);
    }

    /** The next one or null. */
    HttpObject poll() {
        return parts.poll();
    }

    boolean isEmpty() {
        return parts.isEmpty();
    }

    /** Whether so much waits that the socket is not to be read. */
    boolean isFull() {
        return parts.size() >= MAX_PARTS || bytes >= MAX_BYTES;
    }

    /** Of all parts since none waited. */
    int bytes() {
        return bytes;
    }

    /** None waits any more. */
    void resetBytes() {
        bytes = 0;
    }

    void drop() {
        for (HttpObject part = parts.poll(); part != null; part = parts.poll()) {
            ReferenceCountUtil.release(part);
        }
        bytes = 0;
    }
}
