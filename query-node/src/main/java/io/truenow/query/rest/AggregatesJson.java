package io.truenow.query.rest;

import io.truenow.fabric.problem.ProblemCode;
import io.truenow.query.plan.Aggregate;
import io.truenow.query.plan.AggregateTerm;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The member {@code aggregates}: an object of name: what, such as {@code {"p99": {"quantile": "price", "rank": 0.99}, "customers":
 * {"distinct": "customer"}, "pages": {"top": "page", "k": 5}, "n": {"count": true}, "spread": {"stddev": "price"}}}.
 */
final class AggregatesJson {
    static final int MAX_TERMS = 32;
    static final int MAX_NAME_LENGTH = 128;
    /** A list of more no lane could send in one message. */
    static final int MAX_TOP = 1_000;
    private static final int DEFAULT_TOP = 10;
    private static final String MEMBER = "aggregates";
    private static final String EXPECTED = "an object of name: {aggregate: column}, aggregate being count, rate (of a metric, or true for "
        + "rows), sum, avg, min, max, stddev, stddev_pop, quantile (with \"rank\") of a metric, distinct, top (with \"k\") of a dimension";

    private AggregatesJson() {
    }

    static List<AggregateTerm> read(final JsonParser parser) {
        final List<AggregateTerm> terms = new ArrayList<>();
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return terms;
        }
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw QueryJsonParser.wrong(MEMBER, MEMBER, EXPECTED);
        }
        final Set<String> names = new HashSet<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            final String name = parser.currentName();
            final String field = MEMBER + '.' + name;
            if (!names.add(name)) {
                throw QueryJsonParser.refused(ProblemCode.DUPLICATE_FIELD, field, "'" + field + "' is given twice");
            }
            if (terms.size() == MAX_TERMS || name.isEmpty() || name.length() > MAX_NAME_LENGTH) {
                throw QueryJsonParser.wrong(MEMBER, field,
                    "one of at most " + MAX_TERMS + " aggregates with names of 1 to " + MAX_NAME_LENGTH + " characters");
            }
            parser.nextToken();
            terms.add(term(parser, name, field));
        }
        return terms;
    }

    private static AggregateTerm term(final JsonParser parser, final String name, final String field) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw QueryJsonParser.wrong(MEMBER, field, "an object such as {\"sum\": \"price\"}");
        }
        Aggregate aggregate = null;
        String column = null;
        Double rank = null;
        Integer k = null;
        final Set<String> members = new HashSet<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            final String member = parser.currentName();
            final String path = field + '.' + member;
            parser.nextToken();
            if (!members.add(member)) {
                throw QueryJsonParser.refused(ProblemCode.DUPLICATE_FIELD, path, "'" + path + "' is given twice");
            }
            if ("rank".equals(member)) {
                rank = rank(parser, path);
            } else if ("k".equals(member)) {
                k = k(parser, path);
            } else {
                final Aggregate named = Aggregate.named(member);
                if (named == null || aggregate != null) {
                    throw QueryJsonParser.refused(ProblemCode.UNKNOWN_FIELD, path,
                        "'" + path + "' is not known or one too many; '" + MEMBER + "' is " + EXPECTED);
                }
                aggregate = named;
                column = column(parser, named, path);
            }
        }
        if (aggregate == null) {
            throw QueryJsonParser.wrong(MEMBER, field, "an object such as {\"sum\": \"price\"}");
        }
        if (rank != null != (aggregate == Aggregate.QUANTILE)) {
            throw QueryJsonParser.wrong(MEMBER, field, "given a \"rank\" from 0 to 1 with quantile, and only there");
        }
        if (k != null && aggregate != Aggregate.TOP) {
            throw QueryJsonParser.wrong(MEMBER, field, "given a \"k\" with top only");
        }
        return new AggregateTerm(name, aggregate, column, rank == null ? 0 : rank,
            aggregate != Aggregate.TOP ? 0 : k == null ? DEFAULT_TOP : k);
    }

    private static String column(final JsonParser parser, final Aggregate aggregate, final String path) {
        final boolean countsRows = aggregate == Aggregate.COUNT || aggregate == Aggregate.RATE;
        if (countsRows && parser.currentToken() == JsonToken.VALUE_TRUE) {
            return null;
        }
        if (parser.currentToken() != JsonToken.VALUE_STRING || parser.getString().isEmpty()) {
            throw QueryJsonParser.wrong(MEMBER, path, aggregate == Aggregate.DISTINCT || aggregate == Aggregate.TOP
                ? "the name of a dimension" : countsRows ? "the name of a metric, or true to take rows" : "the name of a metric");
        }
        return parser.getString();
    }

    private static double rank(final JsonParser parser, final String path) {
        if (parser.currentToken().isNumeric()) {
            final double rank = parser.getDoubleValue();
            if (rank >= 0 && rank <= 1) {
                return rank;
            }
        }
        throw QueryJsonParser.wrong(MEMBER, path, "a number from 0 to 1");
    }

    private static int k(final JsonParser parser, final String path) {
        if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
            final Number number = parser.getNumberValue();
            if (number instanceof Integer && number.intValue() >= 1 && number.intValue() <= MAX_TOP) {
                return number.intValue();
            }
        }
        throw QueryJsonParser.wrong(MEMBER, path, "a whole number from 1 to " + MAX_TOP);
    }
}
