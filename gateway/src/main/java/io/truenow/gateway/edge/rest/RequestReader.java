package io.truenow.gateway.edge.rest;

import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.gateway.ingest.EventRow;
import io.truenow.gateway.ingest.EventSink;
import io.truenow.gateway.json.JsonException;
import io.truenow.gateway.json.JsonKind;
import io.truenow.gateway.json.JsonReader;
import io.truenow.gateway.table.NameSlice;

import java.nio.charset.StandardCharsets;

/**
 * Reads request bodies: what stands around the events, and the events in it. The events are read at once where namespace and table stand
 * before them, else after the rest has been, so that members may come in any order. Belongs to one event loop.
 */
final class RequestReader {
    /** Most events in a request; bounds the list of rejected ones. */
    static final int MAX_EVENTS = 131_072;

    private static final int ENCLOSING = EventMember.NAMESPACE.bit() | EventMember.TABLE.bit();

    private final JsonReader reader = new JsonReader();
    private final EventReader around = new EventReader(reader);
    private final EventReader events = new EventReader(reader);
    private final EventRow outer = new EventRow();
    private final EventRow row = new EventRow();
    private final NameSlice namespace = new NameSlice();
    private final NameSlice table = new NameSlice();
    private EventSink sink;

    /**
     * Reads the request's body into the sink.
     *
     * @return null, or why none of it can be accepted.
     */
    Problem read(final RestRequest request, final EventSink newSink) {
        sink = newSink;
        try {
            reader.wrap(request.exchange.body());
            return readBody(request);
        } catch (final JsonException e) {
            return Problem.of(ProblemCode.MALFORMED_JSON, e.getMessage()).with("position", e.position());
        }
    }

    private Problem readBody(final RestRequest request) {
        around.clear(outer);
        if (reader.peek() != JsonKind.OBJECT) {
            reader.skipValue();
            reader.end();
            return Problem.of(ProblemCode.INVALID_BODY, "The body must be a JSON object.");
        }
        int eventsAt = -1;
        boolean eventsRead = false;
        if (reader.beginObject()) {
            do {
                reader.readName();
                final EventMember member = EventMember.of(reader);
                if (member == EventMember.EVENTS) {
                    if (request.isBatch && (eventsRead || eventsAt >= 0)) {
                        return Problem.ofField(ProblemCode.DUPLICATE_FIELD, "events", "events is given twice.");
                    }
                    request.isBatch = true;
                    if (reader.peek() != JsonKind.ARRAY) {
                        return Problem.ofField(ProblemCode.INVALID_TYPE, "events", "events must be an array of events.");
                    }
                    if (outer.namespace().isPresent() && outer.table().isPresent()) {
                        eventsRead = true;
                        final Problem problem = readEvents(request);
                        if (problem != null) {
                            return problem;
                        }
                    } else {
                        eventsAt = reader.position();
                        reader.skipValue();
                    }
                } else if (request.batchOnly && (member == null || (member.bit() & ENCLOSING) == 0)) {
                    return notAroundEvents(text());
                } else {
                    around.readMember(outer, member);
                }
            } while (reader.nextMember());
        }
        reader.end();
        if (!request.isBatch) {
            return readSingle(request);
        }
        if (outer.error() != null) {
            return problemOf(outer);
        }
        final int others = around.seen() & ~ENCLOSING;
        if (others != 0) {
            return notAroundEvents(EventMember.values()[Integer.numberOfTrailingZeros(others)].text());
        }
        if (eventsAt >= 0) {
            reader.position(eventsAt);
            return readEvents(request);
        }
        return eventsRead ? null : Problem.ofField(ProblemCode.MISSING_EVENTS, "events", "events is missing: an array of events.");
    }

    private Problem readSingle(final RestRequest request) {
        locate(request);
        if (!request.append(sink, outer, reader.bytes(), namespace, table)) {
            return problemOf(outer);
        }
        request.keepEventId(outer, reader.bytes());
        return null;
    }

    private Problem readEvents(final RestRequest request) {
        locate(request);
        if (!reader.beginArray()) {
            return null;
        }
        int index = 0;
        do {
            if (index == MAX_EVENTS) {
                return Problem.ofField(ProblemCode.TOO_MANY_EVENTS, "events", "events must not be more than 131072 in a request.");
            }
            events.read(row);
            if (!request.append(sink, row, reader.bytes(),
                row.namespace().isPresent() ? row.namespace() : namespace, row.table().isPresent() ? row.table() : table)) {
                request.reject(row, reader.bytes(), index);
            }
            index++;
        } while (reader.nextElement());
        return null;
    }

    /** The namespace and table of events that name none: the body's, else the headers'. */
    private void locate(final RestRequest request) {
        if (outer.namespace().isPresent()) {
            namespace.set(outer.namespace());
        } else {
            namespace.set(request.exchange.header("X-Namespace"));
        }
        if (outer.table().isPresent()) {
            table.set(outer.table());
        } else {
            table.set(request.exchange.header("X-Table"));
        }
    }

    private String text() {
        return new String(reader.bytes(), reader.textOffset(), reader.textLength(), StandardCharsets.UTF_8);
    }

    private static Problem notAroundEvents(final String field) {
        return Problem.ofField(ProblemCode.UNKNOWN_FIELD, field, field + " is not a field of a batch: namespace, table, events are.");
    }

    private Problem problemOf(final EventRow wrong) {
        final byte[] bytes = reader.bytes();
        final int length = JsonBytes.truncated(bytes, wrong.errorNameOffset(), wrong.errorNameLength(), 256);
        final String field = wrong.errorField() + new String(bytes, wrong.errorNameOffset(), length, StandardCharsets.UTF_8);
        return Problem.ofField(wrong.error(), field, field + ' ' + wrong.errorDetail() + '.');
    }
}
