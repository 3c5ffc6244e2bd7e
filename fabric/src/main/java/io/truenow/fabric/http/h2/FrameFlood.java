package io.truenow.fabric.http.h2;

import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;

import java.util.concurrent.TimeUnit;

/**
 * Counts frames that cost work and ask for nothing: PING, SETTINGS, PRIORITY, unknown ones. Netty counts resets, empty DATA and short
 * CONTINUATION frames. Belongs to the connection's event loop.
 */
final class FrameFlood {
    /** A client that measures its round trips sends some hundred a second for a while. */
    static final int MAX_FRAMES = 5_000;
    private static final long WINDOW_NS = TimeUnit.SECONDS.toNanos(10);

    private long windowStartNs;
    private int frames;

    /** One more. */
    void count(final long nowNs) throws Http2Exception {
        if (nowNs - windowStartNs > WINDOW_NS) {
            windowStartNs = nowNs;
            frames = 0;
        }
        if (++frames > MAX_FRAMES) {
            throw Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, "more than %d control frames in 10 s", MAX_FRAMES);
        }
    }
}
