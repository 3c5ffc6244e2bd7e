package io.truenow.query.rest;

import io.truenow.fabric.http.JsonBody;
import io.truenow.fabric.position.Token;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.query.plan.Aggregate;
import io.truenow.query.plan.AggregateTerm;
import io.truenow.query.plan.Filter;
import io.truenow.query.plan.LogicalPlan;
import io.truenow.query.plan.RefusedQueryException;
import io.truenow.query.plan.Selection;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Reads the body of {@code POST /v1/query}, strictly: an unknown, repeated or wrong member is refused by its name. Thread safe.
 */
public final class QueryJsonParser {
    private final int defaultTimeoutMs;
    private final int maxTimeoutMs;

    public QueryJsonParser(final int defaultTimeoutMs, final int maxTimeoutMs) {
        this.defaultTimeoutMs = defaultTimeoutMs;
        this.maxTimeoutMs = maxTimeoutMs;
    }

    /**
     * Reads a request.
     *
     * @param body            UTF-8.
     * @param headerNamespace stands in where the body names none; may be null.
     * @param headerTable     likewise.
     * @throws RefusedQueryException if it is not a query.
     */
    public LogicalPlan parse(final byte[] body, final String headerNamespace, final String headerTable) {
        final Draft draft = new Draft(header(headerNamespace, "namespace"), header(headerTable, "table"));
        final JsonBody text = JsonBody.of(body);
        if (text.wrong() != null) {
            throw malformed(text.wrong(), text.wrongAt());
        }
        try (JsonParser parser = text.parser()) {
            final JsonToken first = parser.nextToken();
            if (first == null) {
                throw malformed("the body is empty", text.start());
            }
            if (first != JsonToken.START_OBJECT) {
                skipToEnd(parser, text.start());
                throw refused(ProblemCode.INVALID_BODY, null, "the body must be a JSON object");
            }
            final Set<String> seen = new HashSet<>();
            while (parser.nextToken() != JsonToken.END_OBJECT) {
                final String name = parser.currentName();
                parser.nextToken();
                if (!seen.add(name)) {
                    throw refused(ProblemCode.DUPLICATE_FIELD, name, "'" + name + "' is given twice");
                }
                readMember(parser, name, draft);
            }
            if (parser.nextToken() != null) {
                throw malformed("nothing may follow the query's object", text.start() + parser.currentTokenLocation().getByteOffset());
            }
        } catch (final JacksonException e) {
            final long offset = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getByteOffset());
            throw malformed(e.getOriginalMessage(), text.start() + offset);
        }
        return draft.conclude(defaultTimeoutMs);
    }

    /** An empty one names nothing, and is no way of leaving it out. */
    private static String header(final String value, final String name) {
        if (value != null && value.isEmpty()) {
            throw wrong(name, name, "the name of a " + name + ", a string; the header that should name it is empty");
        }
        return value;
    }

    private static void skipToEnd(final JsonParser parser, final int start) {
        parser.skipChildren();
        if (parser.nextToken() != null) {
            throw malformed("nothing may follow the body's value", start + parser.currentTokenLocation().getByteOffset());
        }
    }

    private void readMember(final JsonParser parser, final String name, final Draft draft) {
        switch (name) {
            case "namespace" -> draft.namespace = name(parser, name, draft.namespace);
            case "table" -> draft.table = name(parser, name, draft.table);
            case "start_time" -> draft.startTimeUs = integer(parser, name, Long.MIN_VALUE, Long.MAX_VALUE, MICROSECONDS);
            case "end_time" -> draft.endTimeUs = integer(parser, name, Long.MIN_VALUE, Long.MAX_VALUE, MICROSECONDS);
            case "filters" -> draft.filters = FilterJson.read(parser);
            case "where" -> draft.where = new WhereJson().read(parser);
            case "aggregates" -> draft.terms = AggregatesJson.read(parser);
            case "group_by" -> draft.groupBy = groupBy(parser);
            case "aggregate" -> draft.aggregate = aggregate(parser);
            case "metric" -> draft.metric = parser.currentToken() == JsonToken.VALUE_NULL ? null
                : text(parser, name, "the name of a metric, a string");
            case "interval" -> draft.intervalUs = interval(parser);
            case "order_by" -> draft.order = OrderByJson.read(parser);
            case "limit" -> draft.limit = (int) integer(parser, name, 1, LogicalPlan.MAX_GROUPS,
                "a whole number from 1 to " + LogicalPlan.MAX_GROUPS);
            case "token" -> draft.token = token(parser);
            case "timeout_ms" -> draft.timeoutMs = (int) integer(parser, name, 1, maxTimeoutMs, "a whole number from 1 to " + maxTimeoutMs);
            case "partial" -> draft.partial = bool(parser, name);
            default -> throw refused(ProblemCode.UNKNOWN_FIELD, name, "'" + name + "' is not a member of a query; known are namespace, "
                + "table, start_time, end_time, filters, where, group_by, aggregate, metric, aggregates, interval, order_by, limit, "
                + "token, timeout_ms, partial");
        }
    }

    private static final String MICROSECONDS = "microseconds since 1970-01-01T00:00:00Z, a whole number";

    private static List<String> groupBy(final JsonParser parser) {
        final String expected = "a list of at most " + FilterJson.MAX_DIMENSIONS + " names of dimensions";
        final Set<String> names = new LinkedHashSet<>();
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return List.of();
        }
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw wrong("group_by", "group_by", expected);
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() != JsonToken.VALUE_STRING || names.size() == FilterJson.MAX_DIMENSIONS) {
                throw wrong("group_by", "group_by", expected);
            }
            if (!names.add(parser.getString())) {
                throw refused(ProblemCode.INVALID_GROUP_BY, "group_by",
                    "group_by names '" + parser.getString() + "' twice; name each dimension once");
            }
        }
        return List.copyOf(names);
    }

    private static Aggregate aggregate(final JsonParser parser) {
        final Aggregate aggregate = parser.currentToken() == JsonToken.VALUE_STRING ? Aggregate.named(parser.getString()) : null;
        if (aggregate == null || aggregate.isSketch()) {
            throw wrong("aggregate", "aggregate", "one of \"sum\", \"avg\", \"min\", \"max\", \"count\", \"stddev\", \"stddev_pop\", "
                + "\"rate\"; quantile, distinct and top stand in 'aggregates'");
        }
        return aggregate;
    }

    private static long interval(final JsonParser parser) {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return 0;
        }
        final long intervalUs = parser.currentToken() == JsonToken.VALUE_STRING ? IntervalText.parseUs(parser.getString()) : -1;
        if (intervalUs < 0) {
            throw wrong("interval", "interval", IntervalText.EXPECTED);
        }
        return intervalUs;
    }

    private static Token token(final JsonParser parser) {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return null;
        }
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            try {
                return Token.decode(parser.getString());
            } catch (final IllegalArgumentException e) {
                throw wrong("token", "token", "the token of an acknowledgement, unchanged");
            }
        }
        throw wrong("token", "token", "the token of an acknowledgement, a string");
    }

    private static boolean bool(final JsonParser parser, final String name) {
        return switch (parser.currentToken()) {
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> throw wrong(name, name, "true or false");
        };
    }

    /** Of a namespace or table; null is as good as absent, as at ingest. */
    private static String name(final JsonParser parser, final String member, final String fromHeader) {
        return parser.currentToken() == JsonToken.VALUE_NULL ? fromHeader : text(parser, member, "the name of a " + member + ", a string");
    }

    private static String text(final JsonParser parser, final String name, final String expected) {
        if (parser.currentToken() != JsonToken.VALUE_STRING || parser.getString().isEmpty()) {
            throw wrong(name, name, expected);
        }
        return parser.getString();
    }

    private static long integer(final JsonParser parser, final String name, final long least, final long greatest, final String expected) {
        if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
            final Number number = parser.getNumberValue();
            if ((number instanceof Integer || number instanceof Long) && number.longValue() >= least && number.longValue() <= greatest) {
                return number.longValue();
            }
        }
        throw wrong(name, name, expected);
    }

    static RefusedQueryException wrong(final String name, final String field, final String expected) {
        return refused(ofMember("invalid_", name), field, "'" + field + "' must be " + expected);
    }

    static RefusedQueryException refused(final ProblemCode code, final String field, final String detail) {
        return new RefusedQueryException(Problem.ofField(code, field, detail));
    }

    /** Each member has codes of its own. */
    private static ProblemCode ofMember(final String prefix, final String member) {
        return Objects.requireNonNull(ProblemCode.ofText(prefix + member), member);
    }

    private static RefusedQueryException malformed(final String why, final long position) {
        return new RefusedQueryException(Problem.of(ProblemCode.MALFORMED_JSON, "the body is not well-formed JSON: " + why)
            .with("position", position));
    }

    /** What has been read so far. */
    private static final class Draft {
        private String namespace;
        private String table;
        private Long startTimeUs;
        private Long endTimeUs;
        private long intervalUs;
        private List<Filter> filters = List.of();
        private Filter where = Filter.ALL;
        private List<String> groupBy = List.of();
        private Aggregate aggregate;
        private String metric;
        private List<AggregateTerm> terms = List.of();
        private List<OrderByJson.NamedTerm> order = List.of();
        private int limit = LogicalPlan.MAX_GROUPS;
        private Token token;
        private int timeoutMs;
        private boolean partial;

        private Draft(final String namespace, final String table) {
            this.namespace = namespace;
            this.table = table;
        }

        private LogicalPlan conclude(final int defaultTimeoutMs) {
            require(namespace, "namespace", "'namespace' is missing: name it in the body or in the header X-Namespace");
            require(table, "table", "'table' is missing: name it in the body or in the header X-Table");
            require(startTimeUs, "start_time", "'start_time' is missing: " + MICROSECONDS + ", inclusive");
            require(endTimeUs, "end_time", "'end_time' is missing: " + MICROSECONDS + ", exclusive");
            if (startTimeUs >= endTimeUs) {
                throw refused(ProblemCode.INVALID_RANGE, "end_time", "'end_time' must be greater than 'start_time'");
            }
            if (metric == null && aggregate != null && aggregate.isMetricRequired()) {
                throw refused(ProblemCode.METRIC_REQUIRED, "metric",
                    "aggregate other than \"count\" and \"rate\" needs a 'metric' to aggregate; leave 'aggregate' out to count rows");
            }
            final Aggregate concluded = aggregate != null ? aggregate : metric == null ? Aggregate.COUNT : Aggregate.SUM;
            final List<Filter> all = new ArrayList<>(filters);
            if (!where.equals(Filter.ALL)) {
                all.add(new Filter.Of("where", where));
            }
            return new LogicalPlan(namespace, table, startTimeUs, endTimeUs, intervalUs, new Filter.And(all), groupBy,
                new Selection(concluded, metric, terms), OrderByJson.resolve(order, groupBy, terms), limit, token,
                timeoutMs == 0 ? defaultTimeoutMs : timeoutMs, partial);
        }

        private static void require(final Object value, final String field, final String detail) {
            if (value == null) {
                throw refused(ofMember("missing_", field), field, detail);
            }
        }
    }
}
