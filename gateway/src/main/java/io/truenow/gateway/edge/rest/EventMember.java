package io.truenow.gateway.edge.rest;

import io.truenow.gateway.json.JsonReader;

import java.nio.charset.StandardCharsets;

/** The members a request or an event may have. */
enum EventMember {
    NAMESPACE("namespace"),
    TABLE("table"),
    EVENT_ID("event_id"),
    EVENT_TIME("event_time"),
    DIMENSIONS("dimensions"),
    METRICS("metrics"),
    EVENTS("events");

    private static final byte[] DIMS = "dims".getBytes(StandardCharsets.US_ASCII);

    private final String text;
    private final byte[] bytes;

    EventMember(final String text) {
        this.text = text;
        this.bytes = text.getBytes(StandardCharsets.US_ASCII);
    }

    String text() {
        return text;
    }

    int bit() {
        return 1 << ordinal();
    }

    /** The member whose name the reader has just read, or null. */
    static EventMember of(final JsonReader reader) {
        return switch (reader.textLength()) {
            case 4 -> reader.textEquals(DIMS) ? DIMENSIONS : null;
            case 5 -> TABLE.orNull(reader);
            case 6 -> EVENTS.orNull(reader);
            case 7 -> METRICS.orNull(reader);
            case 8 -> EVENT_ID.orNull(reader);
            case 9 -> NAMESPACE.orNull(reader);
            case 10 -> reader.textEquals(EVENT_TIME.bytes) ? EVENT_TIME : DIMENSIONS.orNull(reader);
            default -> null;
        };
    }

    private EventMember orNull(final JsonReader reader) {
        return reader.textEquals(bytes) ? this : null;
    }
}
