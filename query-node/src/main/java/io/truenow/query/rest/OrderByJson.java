package io.truenow.query.rest;

import io.truenow.fabric.problem.ProblemCode;
import io.truenow.query.plan.Aggregate;
import io.truenow.query.plan.AggregateTerm;
import io.truenow.query.plan.OrderTerm;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

import java.util.ArrayList;
import java.util.List;

/**
 * The member {@code order_by}: {@code "value"}, {@code "-value"}, {@code "value desc"},
 * {@code {"field":"value","direction":"desc"}}, or a list of those.
 */
final class OrderByJson {
    private static final int MAX_TERMS = 8;
    private static final String EXPECTED = "a field such as \"value\", \"-value\" or \"value desc\", an object "
        + "{\"field\":..,\"direction\":\"asc\"|\"desc\"}, or a list of at most " + MAX_TERMS + " of those";

    private OrderByJson() {
    }

    /**
     * A term whose field has not been looked up yet.
     *
     * @param text       the field, possibly with a direction.
     * @param exact      whether the text is the field alone.
     * @param descending of an exact field.
     */
    record NamedTerm(String text, boolean exact, boolean descending) {
    }

    static List<NamedTerm> read(final JsonParser parser) {
        final List<NamedTerm> terms = new ArrayList<>();
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return terms;
        }
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            terms.add(term(parser));
            return terms;
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (terms.size() == MAX_TERMS) {
                throw QueryJsonParser.wrong("order_by", "order_by", EXPECTED);
            }
            terms.add(term(parser));
        }
        return terms;
    }

    private static NamedTerm term(final JsonParser parser) {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            return new NamedTerm(parser.getString(), false, false);
        }
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw QueryJsonParser.wrong("order_by", "order_by", EXPECTED);
        }
        String field = null;
        String direction = null;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            final String name = parser.currentName();
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                throw QueryJsonParser.wrong("order_by", "order_by." + name, "a string");
            }
            if ("field".equals(name) && field == null) {
                field = parser.getString();
            } else if ("direction".equals(name) && direction == null) {
                direction = parser.getString();
            } else if ("field".equals(name) || "direction".equals(name)) {
                throw QueryJsonParser.refused(ProblemCode.DUPLICATE_FIELD, "order_by." + name, "'order_by." + name + "' is given twice");
            } else {
                throw QueryJsonParser.refused(ProblemCode.UNKNOWN_FIELD, "order_by." + name,
                    "'order_by." + name + "' is not known; order_by has field and direction");
            }
        }
        if (field == null) {
            throw QueryJsonParser.wrong("order_by", "order_by", EXPECTED);
        }
        if (direction != null && !"asc".equals(direction) && !"desc".equals(direction)) {
            throw QueryJsonParser.wrong("order_by", "order_by.direction", "\"asc\" or \"desc\"");
        }
        return new NamedTerm(field, true, "desc".equals(direction));
    }

    /** Looks the fields up; {@code group_by} may stand behind {@code order_by}, so this comes last. */
    static List<OrderTerm> resolve(final List<NamedTerm> named, final List<String> groupBy, final List<AggregateTerm> aggregates) {
        final List<OrderTerm> terms = new ArrayList<>(named.size());
        for (final NamedTerm term : named) {
            final String text = term.text();
            OrderTerm found = find(text, term.descending(), groupBy, aggregates);
            if (found == null && !term.exact()) {
                if (text.startsWith("-")) {
                    found = find(text.substring(1), true, groupBy, aggregates);
                } else if (text.endsWith(" desc")) {
                    found = find(text.substring(0, text.length() - 5).strip(), true, groupBy, aggregates);
                } else if (text.endsWith(" asc")) {
                    found = find(text.substring(0, text.length() - 4).strip(), false, groupBy, aggregates);
                }
            }
            if (found == null) {
                throw QueryJsonParser.refused(ProblemCode.INVALID_ORDER_BY, "order_by", "cannot order by '" + text
                    + "': order by timestamp, group, value, count, sum, avg, min, max, a dimension of group_by "
                    + "or an aggregate other than top");
            }
            terms.add(found);
        }
        return terms;
    }

    private static OrderTerm find(
        final String field, final boolean descending, final List<String> groupBy, final List<AggregateTerm> aggregates) {
        final OrderTerm.Key key = OrderTerm.Key.named(field);
        if (key != null) {
            return new OrderTerm(key, -1, descending);
        }
        final int dimension = groupBy.indexOf(field);
        if (dimension >= 0) {
            return new OrderTerm(OrderTerm.Key.DIMENSION, dimension, descending);
        }
        for (int i = 0; i < aggregates.size(); i++) {
            if (aggregates.get(i).name().equals(field) && aggregates.get(i).aggregate() != Aggregate.TOP) {
                return new OrderTerm(OrderTerm.Key.AGGREGATE, i, descending);
            }
        }
        return null;
    }
}
