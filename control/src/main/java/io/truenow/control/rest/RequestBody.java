package io.truenow.control.rest;

import io.truenow.fabric.http.JsonBody;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** A small JSON object of known members, each at most once. Belongs to the request's event loop. */
final class RequestBody {
    /** What is wrong with a body; caught by the route. */
    static final class BadRequest extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient Problem problem;

        BadRequest(final Problem problem) {
            super(problem.detail(), null, false, false);
            this.problem = problem;
        }

        Problem problem() {
            return problem;
        }
    }

    /** Stands for a value of a kind that no member has. */
    private static final Object OTHER = new Object();

    /** By member: a string, a boolean, a whole number, a list of those and others, or {@link #OTHER}; null ones are as good as absent. */
    private final Map<String, Object> values = new HashMap<>();

    private RequestBody() {
    }

    static RequestBody parse(final HttpExchange exchange, final Set<String> members) {
        final JsonBody text = JsonBody.of(exchange.body());
        if (text.wrong() != null) {
            throw malformed(text.wrong(), text.wrongAt());
        }
        final RequestBody body = new RequestBody();
        try (JsonParser parser = text.parser()) {
            body.read(parser, text.start(), members);
        } catch (final JacksonException e) {
            final long offset = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getByteOffset());
            throw malformed(e.getOriginalMessage(), text.start() + offset);
        }
        return body;
    }

    private void read(final JsonParser parser, final int start, final Set<String> members) {
        final JsonToken first = parser.nextToken();
        if (first == null) {
            throw malformed("the body is empty", start);
        }
        if (first != JsonToken.START_OBJECT) {
            parser.skipChildren();
        } else {
            readMembers(parser, members);
        }
        if (parser.nextToken() != null) {
            throw malformed("nothing may follow the body's value", start + parser.currentTokenLocation().getByteOffset());
        }
        if (first != JsonToken.START_OBJECT) {
            throw new BadRequest(Problem.of(ProblemCode.INVALID_BODY, "the body must be a JSON object"));
        }
    }

    private void readMembers(final JsonParser parser, final Set<String> members) {
        final Set<String> seen = new HashSet<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            final String name = parser.currentName();
            if (!members.contains(name)) {
                throw new BadRequest(Problem.ofField(ProblemCode.UNKNOWN_FIELD, name,
                    "'" + name + "' is not a member here; known are " + String.join(", ", new TreeSet<>(members))));
            }
            if (!seen.add(name)) {
                throw new BadRequest(Problem.ofField(ProblemCode.DUPLICATE_FIELD, name, "'" + name + "' is given twice"));
            }
            parser.nextToken();
            values.put(name, value(parser));
        }
    }

    private static Object value(final JsonParser parser) {
        return switch (parser.currentToken()) {
            case VALUE_NULL -> null;
            case VALUE_STRING -> parser.getString();
            case VALUE_NUMBER_INT -> parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER ? OTHER : (Object) parser.getLongValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case START_ARRAY -> {
                final List<Object> elements = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    elements.add(value(parser));
                }
                yield elements;
            }
            default -> {
                parser.skipChildren();
                yield OTHER;
            }
        };
    }

    String requiredText(final String name) {
        final Object value = values.get(name);
        if (value == null) {
            throw new BadRequest(Problem.ofField(ProblemCode.MISSING_FIELD, name, "'" + name + "' is required"));
        }
        if (value instanceof String text) {
            return text;
        }
        throw invalid(name, "a string");
    }

    String text(final String name, final String byDefault) {
        final Object value = values.get(name);
        if (value == null || value instanceof String) {
            return value == null ? byDefault : (String) value;
        }
        throw invalid(name, "a string");
    }

    /** One of these. */
    String oneOf(final String name, final List<String> choices, final String byDefault) {
        final Object value = values.get(name);
        if (value == null) {
            return byDefault;
        }
        if (value instanceof String text && choices.contains(text)) {
            return text;
        }
        throw invalid(name, "'" + String.join("' or '", choices) + "'");
    }

    Boolean flag(final String name, final Boolean byDefault) {
        final Object value = values.get(name);
        if (value == null || value instanceof Boolean) {
            return value == null ? byDefault : (Boolean) value;
        }
        throw invalid(name, "true or false");
    }

    Long whole(final String name, final Long byDefault) {
        final Object value = values.get(name);
        if (value == null || value instanceof Long) {
            return value == null ? byDefault : (Long) value;
        }
        throw invalid(name, "a whole number");
    }

    List<String> texts(final String name) {
        final List<String> texts = new ArrayList<>();
        final Object value = values.get(name);
        if (value == null) {
            return texts;
        }
        if (!(value instanceof List<?> elements)) {
            throw invalid(name, "a list of strings");
        }
        for (final Object element : elements) {
            if (!(element instanceof String text)) {
                throw invalid(name, "a list of strings");
            }
            if (texts.contains(text)) {
                throw new BadRequest(Problem.ofField(ProblemCode.DUPLICATE_NAME, name, "'" + name + "' names one thing twice"));
            }
            texts.add(text);
        }
        return texts;
    }

    private static BadRequest malformed(final String why, final long position) {
        return new BadRequest(
            Problem.of(ProblemCode.MALFORMED_JSON, "the body is not well-formed JSON: " + why).with("position", position));
    }

    private static BadRequest invalid(final String name, final String expected) {
        return new BadRequest(Problem.ofField(ProblemCode.INVALID_FIELD, name, "'" + name + "' must be " + expected));
    }
}
