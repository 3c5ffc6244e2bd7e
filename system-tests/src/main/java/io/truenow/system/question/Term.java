package io.truenow.system.question;

import io.truenow.system.model.Event;
import tools.jackson.databind.JsonNode;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A further aggregate of a query, which knows what is right for a group's events.
 *
 * @param kind   as in the query language.
 * @param column metric or dimension, null where rows are counted.
 * @param rank   of a quantile.
 * @param top    how many of the most frequent values.
 */
public record Term(String kind, String column, double rank, int top) {
    private static final double TOLERANCE = 1e-9;
    /** Twice what holds with a probability of 99.7 %: tests with random data must not fail by chance. */
    private static final double DISTINCT_TOLERANCE = 0.1;
    private static final double US_PER_SECOND = 1_000_000;

    /** One without parameters. */
    public static Term of(final String kind, final String column) {
        return new Term(kind, column, 0, 0);
    }

    /** As {@code aggregates} wants it. */
    String toJson() {
        return "{\"" + kind + "\":" + (column == null ? "true" : '"' + column + '"')
            + (kind.equals("quantile") ? ",\"rank\":" + rank : "") + (kind.equals("top") ? ",\"k\":" + top : "") + '}';
    }

    /** Null if the answer is right, else what would be. */
    String complaint(final JsonNode answer, final List<Event> events, final double durationUs) {
        final double seconds = durationUs / US_PER_SECOND;
        if (kind.equals("rate") && column == null) {
            return about(answer, events.size() / seconds);
        }
        final double[] values = column == null ? new double[0] : events.stream().map(event -> event.metrics().get(column))
            .filter(Objects::nonNull).mapToDouble(Long::doubleValue).sorted().toArray();
        return switch (kind) {
            case "count" -> exactly(answer, column == null ? events.size() : values.length);
            case "quantile" -> quantile(answer, values);
            case "distinct" -> distinct(answer, counts(events).size());
            case "top" -> top(answer, counts(events));
            default -> values.length == 0 ? answer.isNull() ? null : "null" : number(answer, values, seconds);
        };
    }

    private String number(final JsonNode answer, final double[] values, final double seconds) {
        final double sum = Arrays.stream(values).sum();
        final double mean = sum / values.length;
        final double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
        return switch (kind) {
            case "sum" -> exactly(answer, sum);
            case "min" -> exactly(answer, values[0]);
            case "max" -> exactly(answer, values[values.length - 1]);
            case "rate" -> about(answer, sum / seconds);
            case "avg" -> about(answer, mean);
            case "stddev_pop" -> about(answer, Math.sqrt(squares / values.length));
            case "stddev" -> values.length > 1 ? about(answer, Math.sqrt(squares / (values.length - 1)))
                : answer.isNull() ? null : "null";
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private Map<String, Long> counts(final List<Event> events) {
        return events.stream().map(event -> event.dimensions().get(column)).filter(Objects::nonNull)
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    }

    private String quantile(final JsonNode answer, final double[] values) {
        if (values.length == 0) {
            return answer.path("value").isNull() ? null : "null";
        }
        return bounded(answer, values[Math.clamp(nearestRank(values.length) - 1L, 0, values.length - 1)]);
    }

    /** In decimal: 0.07 of 100 values is the seventh, though the product of doubles is a little more than 7. */
    private int nearestRank(final int count) {
        return BigDecimal.valueOf(rank).multiply(BigDecimal.valueOf(count)).setScale(0, RoundingMode.CEILING).intValueExact();
    }

    private static String distinct(final JsonNode answer, final int wanted) {
        return answer.path("exact").asBoolean() ? bounded(answer, wanted)
            : Math.abs(answer.path("value").asDouble() - wanted) <= DISTINCT_TOLERANCE * wanted ? null : "about " + wanted;
    }

    private String top(final JsonNode answer, final Map<String, Long> counts) {
        final JsonNode listed = answer.path("values");
        final long othersAtMost = answer.path("others_at_most").asLong(-1);
        final Map<String, Long> others = new HashMap<>(counts);
        long last = Long.MAX_VALUE;
        for (final JsonNode value : listed) {
            final Long count = others.remove(value.path("value").asString());
            if (count == null || count < value.path("lower").asLong() || count > value.path("upper").asLong()
                || value.path("count").asLong() > last) {
                return "of " + counts;
            }
            last = value.path("count").asLong();
        }
        final boolean isWhole = listed.size() == Math.min(top, counts.size());
        return isWhole && others.values().stream().allMatch(count -> count <= othersAtMost) ? null : "of " + counts;
    }

    private static String bounded(final JsonNode answer, final double wanted) {
        final boolean isWithin = answer.path("lower").asDouble() <= wanted && wanted <= answer.path("upper").asDouble();
        final boolean isExact = answer.path("exact").asBoolean();
        return isWithin && (!isExact || answer.path("value").asDouble() == wanted) ? null : Double.toString(wanted);
    }

    private static String exactly(final JsonNode answer, final double wanted) {
        return answer.isNumber() && answer.asDouble() == wanted ? null : Double.toString(wanted);
    }

    private static String about(final JsonNode answer, final double wanted) {
        return answer.isNumber() && Math.abs(answer.asDouble() - wanted) <= TOLERANCE * Math.max(1, Math.abs(wanted))
            ? null : Double.toString(wanted);
    }
}
