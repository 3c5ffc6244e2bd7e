package io.truenow.gateway.edge.rest;

import io.truenow.fabric.problem.ProblemCode;
import io.truenow.gateway.ingest.EventRow;
import io.truenow.gateway.json.JsonKind;
import io.truenow.gateway.json.JsonReader;
import io.truenow.gateway.table.NameSlice;

/**
 * Reads an event's members into a row, in whatever order they come. What is not JSON is thrown; what is only wrong is noted in the row, and
 * reading goes on, for the events behind it. Belongs to one event loop.
 */
final class EventReader {
    private final JsonReader reader;
    private int seen;

    EventReader(final JsonReader reader) {
        this.reader = reader;
    }

    /** Reads the value at the reader, which should be an event. */
    void read(final EventRow row) {
        clear(row);
        if (reader.peek() != JsonKind.OBJECT) {
            row.fail(ProblemCode.INVALID_TYPE, "event", "must be an object");
            reader.skipValue();
            return;
        }
        if (reader.beginObject()) {
            do {
                reader.readName();
                readMember(row, EventMember.of(reader));
            } while (reader.nextMember());
        }
    }

    /** Begins an event whose members are read one by one. */
    void clear(final EventRow row) {
        row.clear();
        seen = 0;
    }

    /** Members of the event read so far, one bit each. */
    int seen() {
        return seen;
    }

    /** Reads a member's value, its name just read. */
    void readMember(final EventRow row, final EventMember member) {
        if (member == null || member == EventMember.EVENTS) {
            row.fail(ProblemCode.UNKNOWN_FIELD, "", reader.textOffset(), reader.textLength(),
                "is not a field of an event: event_id, event_time, dimensions, metrics, namespace, table are");
            reader.skipValue();
            return;
        }
        if ((seen & member.bit()) != 0) {
            row.fail(ProblemCode.DUPLICATE_FIELD, "", reader.textOffset(), reader.textLength(), "is given twice");
            reader.skipValue();
            return;
        }
        seen |= member.bit();
        final JsonKind kind = reader.peek();
        if (kind == JsonKind.NULL) {
            reader.readNull();
            return;
        }
        switch (member) {
            case EVENT_ID -> readEventId(row, kind);
            case EVENT_TIME -> readEventTime(row, kind);
            case DIMENSIONS -> readDimensions(row, kind);
            case METRICS -> readMetrics(row, kind);
            case NAMESPACE -> readIdentifier(row, row.namespace(), kind, member.text());
            default -> readIdentifier(row, row.table(), kind, member.text());
        }
    }

    private void readIdentifier(final EventRow row, final NameSlice slice, final JsonKind kind, final String field) {
        if (kind != JsonKind.STRING) {
            row.fail(ProblemCode.INVALID_TYPE, field, "must be a string");
            reader.skipValue();
            return;
        }
        reader.readString();
        slice.set(reader.bytes(), reader.textOffset(), reader.textLength());
    }

    private void readEventId(final EventRow row, final JsonKind kind) {
        if (kind == JsonKind.STRING) {
            reader.readString();
        } else if (kind == JsonKind.NUMBER) {
            reader.readNumber();
        } else {
            row.fail(ProblemCode.INVALID_EVENT_ID, "event_id", "must be a string or an integer");
            reader.skipValue();
            return;
        }
        row.eventId(reader.textOffset(), reader.textLength());
        if (kind == JsonKind.NUMBER && !reader.isInteger()) {
            row.fail(ProblemCode.INVALID_EVENT_ID, "event_id", "must be a string or an integer");
        }
    }

    private void readEventTime(final EventRow row, final JsonKind kind) {
        if (kind == JsonKind.NUMBER) {
            reader.readNumber();
            if (reader.isLong()) {
                row.eventTime(reader.longValue());
                return;
            }
        } else {
            reader.skipValue();
        }
        row.fail(ProblemCode.INVALID_EVENT_TIME, "event_time", "must be an integer: microseconds since 1970-01-01T00:00:00Z");
    }

    private void readDimensions(final EventRow row, final JsonKind kind) {
        if (kind != JsonKind.OBJECT) {
            row.fail(ProblemCode.INVALID_TYPE, "dimensions", "must be an object of names and values");
            reader.skipValue();
            return;
        }
        if (reader.beginObject()) {
            do {
                reader.readName();
                readDimension(row, reader.textOffset(), reader.textLength());
            } while (reader.nextMember());
        }
    }

    private void readDimension(final EventRow row, final int nameOffset, final int nameLength) {
        if (!row.mayAddDimension()) {
            reader.skipValue();
            return;
        }
        switch (reader.peek()) {
            case STRING -> reader.readString();
            case NUMBER -> reader.readNumber();
            case BOOLEAN -> reader.readBoolean();
            case NULL -> {
                reader.readNull();
                row.nullDimension(nameOffset, nameLength);
                return;
            }
            default -> {
                row.fail(ProblemCode.INVALID_DIMENSION, "dimensions.", nameOffset, nameLength,
                    "must be a string, a number, a boolean or null");
                reader.skipValue();
                return;
            }
        }
        row.dimension(nameOffset, nameLength, reader.textOffset(), reader.textLength());
    }

    private void readMetrics(final EventRow row, final JsonKind kind) {
        if (kind != JsonKind.OBJECT) {
            row.fail(ProblemCode.INVALID_TYPE, "metrics", "must be an object of names and numbers");
            reader.skipValue();
            return;
        }
        if (reader.beginObject()) {
            do {
                reader.readName();
                readMetric(row, reader.textOffset(), reader.textLength());
            } while (reader.nextMember());
        }
    }

    private void readMetric(final EventRow row, final int nameOffset, final int nameLength) {
        if (!row.mayAddMetric()) {
            reader.skipValue();
            return;
        }
        final JsonKind kind = reader.peek();
        if (kind == JsonKind.NULL) {
            reader.readNull();
            row.nullMetric(nameOffset, nameLength);
            return;
        }
        if (kind != JsonKind.NUMBER) {
            row.fail(ProblemCode.INVALID_METRIC, "metrics.", nameOffset, nameLength, "must be a number or null");
            reader.skipValue();
            return;
        }
        reader.readNumber();
        final double value = reader.doubleValue();
        if (Double.isFinite(value) && reader.isInexactInteger(value)) {
            row.fail(ProblemCode.INEXACT_METRIC, "metrics.", nameOffset, nameLength,
                "is a whole number that a double cannot hold: send it as a dimension, or with .0 behind it to have it rounded");
            return;
        }
        row.metric(nameOffset, nameLength, value);
    }
}
