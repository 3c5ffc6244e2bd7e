package io.truenow.control.rest;

import io.netty.buffer.ByteBufUtil;
import io.truenow.fabric.http.HttpExchange;
import io.truenow.fabric.http.Problem;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A small JSON object of known members. */
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

    private static final JsonMapper MAPPER = JsonMapper.builder()
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .build();

    private final JsonNode root;

    private RequestBody(final JsonNode root) {
        this.root = root;
    }

    static RequestBody parse(final HttpExchange exchange, final Set<String> members) {
        final JsonNode root;
        try {
            root = MAPPER.readTree(ByteBufUtil.getBytes(exchange.body()));
        } catch (final StreamReadException e) {
            throw new BadRequest(Problem.of(400, "malformed_json",
                "the body is not JSON, at byte " + Math.max(0, e.getLocation().getByteOffset())));
        } catch (final JacksonException e) {
            throw new BadRequest(Problem.of(400, "malformed_json", "the body is not one JSON value"));
        }
        if (root == null || !root.isObject()) {
            throw new BadRequest(Problem.of(400, "malformed_json", "the body is not a JSON object"));
        }
        for (final String name : root.propertyNames()) {
            if (!members.contains(name)) {
                throw new BadRequest(Problem.ofField(400, "unknown_field", name, "possible members are " + String.join(", ", members)));
            }
        }
        return new RequestBody(root);
    }

    String requiredText(final String name) {
        final JsonNode node = root.get(name);
        if (node == null || node.isNull()) {
            throw new BadRequest(Problem.ofField(400, "missing_field", name, "'" + name + "' is required"));
        }
        if (!node.isString()) {
            throw invalid(name, "a string");
        }
        return node.stringValue();
    }

    boolean flag(final String name, final boolean byDefault) {
        final JsonNode node = root.get(name);
        if (node == null || node.isNull()) {
            return byDefault;
        }
        if (!node.isBoolean()) {
            throw invalid(name, "true or false");
        }
        return node.booleanValue();
    }

    List<String> texts(final String name) {
        final JsonNode node = root.get(name);
        final List<String> texts = new ArrayList<>();
        if (node == null || node.isNull()) {
            return texts;
        }
        if (!node.isArray()) {
            throw invalid(name, "a list of strings");
        }
        for (final JsonNode element : node) {
            if (!element.isString()) {
                throw invalid(name, "a list of strings");
            }
            if (texts.contains(element.stringValue())) {
                throw new BadRequest(Problem.ofField(400, "duplicate_name", name, "'" + name + "' names one thing twice"));
            }
            texts.add(element.stringValue());
        }
        return texts;
    }

    private static BadRequest invalid(final String name, final String expected) {
        return new BadRequest(Problem.ofField(400, "invalid_field", name, "'" + name + "' must be " + expected));
    }
}
