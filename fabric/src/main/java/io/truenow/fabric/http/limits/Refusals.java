package io.truenow.fabric.http.limits;

import io.truenow.fabric.metrics.Metrics;
import org.agrona.concurrent.status.AtomicCounter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts what an edge refuses or cuts off, by reason, and tells each reason in one line a minute at most. Any thread: the counters are
 * shared by event loops.
 */
public final class Refusals {
    private static final Logger LOGGER = LoggerFactory.getLogger(Refusals.class);
    private static final long TELL_INTERVAL_NS = TimeUnit.MINUTES.toNanos(1);

    /** Why. */
    public enum Reason {
        /** No room for a request. */
        NO_ROOM("a request was refused, what is held for clients is at its limit"),
        /** No room for an answer. */
        NO_ROOM_FOR_ANSWER("an answer was refused, what is held for clients, who do not read theirs, is at its limit"),
        /** More connections than allowed. */
        CONNECTIONS("a connection was refused, as many are open as may be (http.max-connections)"),
        /** A header took too long. */
        HEADER_TIMEOUT("a connection was closed, its header did not come within http.header-timeout"),
        /** A body came too slowly. */
        BODY_TIMEOUT("a connection was closed, its body came more slowly than http.min-progress in http.body-timeout"),
        /** An answer was read too slowly. */
        REPLY_TIMEOUT("a connection was closed, its client read more slowly than http.min-progress in http.reply-timeout"),
        /** Frames of HTTP/2 that ask for nothing, or break off what they asked for. */
        FLOOD("a connection was closed, its client sent more HTTP/2 frames without use than it may"),
        /** Nothing was asked. */
        IDLE(null);

        private final String text;

        Reason(final String text) {
            this.text = text;
        }
    }

    private final String serviceName;
    private final AtomicCounter[] counters = new AtomicCounter[Reason.values().length];
    private final AtomicLong[] toldNs = new AtomicLong[Reason.values().length];
    private final AtomicLong[] told = new AtomicLong[Reason.values().length];

    /** Registers the counters of one edge. */
    public Refusals(final String serviceName, final Metrics metrics) {
        this.serviceName = serviceName;
        for (final Reason reason : Reason.values()) {
            counters[reason.ordinal()] = metrics.counter("truenow_http_refused_total",
                "Requests, answers and connections refused or cut off, by reason.",
                "service", serviceName, "reason", reason.name().toLowerCase(Locale.ROOT));
            toldNs[reason.ordinal()] = new AtomicLong(System.nanoTime() - TELL_INTERVAL_NS);
            told[reason.ordinal()] = new AtomicLong();
        }
    }

    /** Counts one, and tells those since the last line if that was a minute ago. */
    public void count(final Reason reason) {
        final int index = reason.ordinal();
        counters[index].increment();
        if (reason.text == null) {
            return;
        }
        final long nowNs = System.nanoTime();
        final long lastNs = toldNs[index].get();
        if (nowNs - lastNs >= TELL_INTERVAL_NS && toldNs[index].compareAndSet(lastNs, nowNs)) {
            final long total = counters[index].get();
            LOGGER.warn("{}: {}; {} since this was told last, once a minute at most", serviceName, reason.text,
                total - told[index].getAndSet(total));
        }
    }
}
