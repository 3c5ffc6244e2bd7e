package io.truenow.gateway.edge.rest;

import io.truenow.client.batch.BatchBuilder;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.gateway.json.JsonKind;
import io.truenow.gateway.json.JsonReader;
import io.truenow.gateway.table.NameSlice;

/**
 * Reads an event's members into a row, in whatever order they come. What is not JSON is thrown; what is only wrong is noted in the row, and
 * reading goes on, for the events behind it. Belongs to one event loop.
 */
final class EventReader {
    private static final int MAX_EVENT_ID_BYTES = 256;

    private final JsonReader reader;

    EventReader(final JsonReader reader) {
        this.reader = reader;
    }

    /** Reads the value at the reader, which should be an event. */
    void read(final EventRow row) {
        row.clear();
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

    /** Reads a member's value, its name just read. */
    void readMember(final EventRow row, final EventMember member) {
        if (member == null || member == EventMember.EVENTS) {
            row.fail(ProblemCode.UNKNOWN_FIELD, "", reader.textOffset(), reader.textLength(),
                "is not a field of an event: event_id, event_time, dimensions, metrics, namespace, table are");
            reader.skipValue();
            return;
        }
        if ((row.seen & member.bit()) != 0) {
            row.fail(ProblemCode.DUPLICATE_FIELD, "", reader.textOffset(), reader.textLength(), "is given twice");
            reader.skipValue();
            return;
        }
        row.seen |= member.bit();
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
            case NAMESPACE -> readIdentifier(row, row.namespace, kind, member.text());
            default -> readIdentifier(row, row.table, kind, member.text());
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
        row.hasEventId = true;
        row.eventIdOffset = reader.textOffset();
        row.eventIdLength = reader.textLength();
        if (row.eventIdLength == 0 || row.eventIdLength > MAX_EVENT_ID_BYTES) {
            row.fail(ProblemCode.INVALID_EVENT_ID, "event_id", "must have 1 to 256 bytes of UTF-8");
        } else if (kind == JsonKind.NUMBER && !reader.isInteger()) {
            row.fail(ProblemCode.INVALID_EVENT_ID, "event_id", "must be a string or an integer");
        }
    }

    private void readEventTime(final EventRow row, final JsonKind kind) {
        if (kind == JsonKind.NUMBER) {
            reader.readNumber();
            if (reader.isLong()) {
                row.hasEventTime = true;
                row.eventTimeUs = reader.longValue();
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
        final EventRow.Columns dimensions = row.dimensions;
        if (dimensions.count == EventRow.MAX_COLUMNS) {
            row.fail(ProblemCode.SCHEMA_LIMIT, "dimensions", "an event has at most 128 dimensions");
            reader.skipValue();
            return;
        }
        switch (reader.peek()) {
            case STRING -> reader.readString();
            case NUMBER -> reader.readNumber();
            case BOOLEAN -> reader.readBoolean();
            case NULL -> {
                reader.readNull();
                dimensions.add(nameOffset, nameLength, 0, EventRow.Columns.NULL);
                return;
            }
            default -> {
                row.fail(ProblemCode.INVALID_DIMENSION, "dimensions.", nameOffset, nameLength,
                    "must be a string, a number, a boolean or null");
                reader.skipValue();
                return;
            }
        }
        if (reader.textLength() > BatchBuilder.MAX_VALUE_BYTES) {
            row.fail(ProblemCode.INVALID_DIMENSION, "dimensions.", nameOffset, nameLength, "must have at most 1024 bytes of UTF-8");
            return;
        }
        dimensions.add(nameOffset, nameLength, reader.textOffset(), reader.textLength());
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
        final EventRow.Columns metrics = row.metrics;
        if (metrics.count == EventRow.MAX_COLUMNS) {
            row.fail(ProblemCode.SCHEMA_LIMIT, "metrics", "an event has at most 128 metrics");
            reader.skipValue();
            return;
        }
        final JsonKind kind = reader.peek();
        if (kind == JsonKind.NULL) {
            reader.readNull();
            metrics.add(nameOffset, nameLength, 0, EventRow.Columns.NULL);
            return;
        }
        if (kind != JsonKind.NUMBER) {
            row.fail(ProblemCode.INVALID_METRIC, "metrics.", nameOffset, nameLength, "must be a number or null");
            reader.skipValue();
            return;
        }
        reader.readNumber();
        final double value = reader.doubleValue();
        if (!Double.isFinite(value)) {
            row.fail(ProblemCode.INVALID_METRIC, "metrics.", nameOffset, nameLength, "must be at most 1.7976931348623157e308 either way");
            return;
        }
        if (reader.isInexactInteger(value)) {
            row.fail(ProblemCode.INEXACT_METRIC, "metrics.", nameOffset, nameLength,
                "is a whole number that a double cannot hold: send it as a dimension, or with .0 behind it to have it rounded");
            return;
        }
        row.metricValues[metrics.count] = value;
        metrics.add(nameOffset, nameLength, 0, 0);
    }
}
