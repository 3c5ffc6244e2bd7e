package io.truenow.system.model;

import tools.jackson.databind.JsonNode;

import java.util.Map;
import java.util.TreeMap;

/** Answers as text that can be compared and read. */
public final class AnswerText {
    private AnswerText() {
    }

    /** The rows of a query's answer by timestamp and group. */
    public static Map<String, String> of(final JsonNode answer) {
        final Map<String, String> rows = new TreeMap<>();
        for (final JsonNode row : answer.path("results")) {
            final String key = row.path("timestamp").asLong() + " " + row.path("group").asString();
            final String text = of(row.path("count").asLong(), number(row.path("sum")), number(row.path("min")), number(row.path("max")));
            if (rows.put(key, text) != null) {
                throw new AssertionError("two rows of " + key + " in " + answer);
            }
        }
        return rows;
    }

    static String of(final long count, final Double sum, final Double min, final Double max) {
        return "count=" + count + " sum=" + sum + " min=" + min + " max=" + max;
    }

    private static Double number(final JsonNode node) {
        return node.isNumber() ? node.asDouble() : null;
    }
}
