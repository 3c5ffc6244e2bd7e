package io.truenow.gateway.edge.aeron;

import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.NanoClock;

import java.util.concurrent.TimeUnit;

/**
 * Tables that clients have and the catalog here does not show, or not so: for how long. A view of the catalog lags by moments, so at first
 * a client is told to send again. What is still not shown after {@link #PATIENCE_NS} will never be: the client's binding is of a catalog
 * that is gone. Belongs to one thread; touched by misses only.
 */
final class CatalogLag {
    static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(10);
    /** A client sends again within milliseconds: who comes after so long has begun anew. */
    private static final long FORGOTTEN_NS = TimeUnit.SECONDS.toNanos(5);
    private static final int MAX_TABLES = 1_024;

    private final Int2ObjectHashMap<Span> missing = new Int2ObjectHashMap<>();
    private final NanoClock clock;

    CatalogLag(final NanoClock clock) {
        this.clock = clock;
    }

    /** The catalog does not show what the batch was built for. True: it may yet. */
    boolean mayPass(final int tableId) {
        final long nowNs = clock.nanoTime();
        Span span = missing.get(tableId);
        if (span == null) {
            if (missing.size() >= MAX_TABLES) {
                missing.clear();
            }
            span = new Span(nowNs);
            missing.put(tableId, span);
        } else if (nowNs - span.lastNs > FORGOTTEN_NS) {
            span.firstNs = nowNs;
        }
        span.lastNs = nowNs;
        return nowNs - span.firstNs < PATIENCE_NS;
    }

    private static final class Span {
        private long firstNs;
        private long lastNs;

        private Span(final long nowNs) {
            firstNs = nowNs;
            lastNs = nowNs;
        }
    }
}
