package io.truenow.query.rest;

import io.truenow.fabric.problem.ProblemCode;
import io.truenow.query.plan.Comparison;
import io.truenow.query.plan.Filter;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The member {@code where}, a tree of objects: {@code {"and": [..]}}, {@code {"or": [..]}}, {@code {"not": {..}}}, or a leaf that names a
 * dimension or a metric and what holds of it, such as {@code {"dimension": "page", "contains": "shoe"}} or {@code {"metric": "price",
 * "ge": 1, "lt": 5}}. Used for one request.
 */
final class WhereJson {
    static final int MAX_DEPTH = 16;
    static final int MAX_NODES = 512;
    /** Whole numbers up to this are doubles. */
    private static final double EXACT_WHOLE = 0x1p53;
    private static final String MEMBER = "where";
    private static final String EXPECTED =
        "an object with one of \"and\", \"or\" (lists), \"not\" (an object), \"dimension\" or \"metric\"";
    private static final String DIMENSION_TESTS = "eq, ne, in, not_in, contains, is_null";
    private static final String METRIC_TESTS = "eq, ne, lt, le, gt, ge, is_null";

    private static final String EMPTY_AND = "a list of at least one condition: of none it would take every row; leave it out for that";
    private static final String EMPTY_OR = "a list of at least one condition: of none it would take no row";
    private static final String EMPTY_NOT_IN = "at least one value: of none it would take every row that has the dimension; "
        + "say \"is_null\": false for that";

    private int nodes;
    private int values;

    /** Reads the tree that begins at the current token. */
    Filter read(final JsonParser parser) {
        return parser.currentToken() == JsonToken.VALUE_NULL ? Filter.ALL : node(parser, MEMBER, 1);
    }

    private Filter node(final JsonParser parser, final String field, final int depth) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw QueryJsonParser.wrong(MEMBER, field, EXPECTED);
        }
        if (++nodes > MAX_NODES || depth > MAX_DEPTH) {
            throw QueryJsonParser.wrong(MEMBER, field, "at most " + MAX_NODES + " conditions, nested at most " + MAX_DEPTH + " deep");
        }
        Filter inner = null;
        String dimension = null;
        String metric = null;
        final Map<String, Object> tests = new LinkedHashMap<>();
        final Set<String> names = new HashSet<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            final String name = parser.currentName();
            final String path = field + '.' + name;
            parser.nextToken();
            if (!names.add(name)) {
                throw QueryJsonParser.refused(ProblemCode.DUPLICATE_FIELD, path, "'" + path + "' is given twice");
            }
            switch (name) {
                case "and" -> inner = new Filter.And(list(parser, path, depth, EMPTY_AND));
                case "or" -> inner = new Filter.Or(list(parser, path, depth, EMPTY_OR));
                case "not" -> inner = new Filter.Not(node(parser, path, depth + 1));
                case "dimension" -> dimension = name(parser, path);
                case "metric" -> metric = name(parser, path);
                default -> tests.put(name, operand(parser, name, path));
            }
        }
        if (inner != null && names.size() == 1) {
            return inner;
        }
        if (inner != null || (dimension == null) == (metric == null) || names.size() != tests.size() + 1) {
            throw QueryJsonParser.wrong(MEMBER, field, EXPECTED + ", and in a leaf only what is tested of it");
        }
        if (tests.isEmpty()) {
            throw QueryJsonParser.wrong(MEMBER, field, "a test as well: one of " + (metric == null ? DIMENSION_TESTS : METRIC_TESTS));
        }
        final List<Filter> all = new ArrayList<>();
        for (final Map.Entry<String, Object> test : tests.entrySet()) {
            final String path = field + '.' + test.getKey();
            all.add(dimension != null ? ofDimension(dimension, test.getKey(), test.getValue(), path)
                : ofMetric(metric, test.getKey(), test.getValue(), path));
        }
        return all.size() == 1 ? all.getFirst() : new Filter.And(all);
    }

    private List<Filter> list(final JsonParser parser, final String path, final int depth, final String empty) {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw QueryJsonParser.wrong(MEMBER, path, "a list of conditions");
        }
        final List<Filter> operands = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            operands.add(node(parser, path + '[' + operands.size() + ']', depth + 1));
        }
        if (operands.isEmpty()) {
            throw QueryJsonParser.wrong(MEMBER, path, empty);
        }
        return operands;
    }

    private static String name(final JsonParser parser, final String path) {
        if (parser.currentToken() != JsonToken.VALUE_STRING || parser.getString().isEmpty()) {
            throw QueryJsonParser.wrong(MEMBER, path, "a name, a string");
        }
        return parser.getString();
    }

    /** A boolean for {@code is_null}, else a {@code Double} where the text is a number, beside the values as dimensions have them. */
    private Object operand(final JsonParser parser, final String name, final String path) {
        if ("is_null".equals(name)) {
            return switch (parser.currentToken()) {
                case VALUE_TRUE -> true;
                case VALUE_FALSE -> false;
                default -> throw QueryJsonParser.wrong(MEMBER, path, "true or false");
            };
        }
        final boolean isNumber = parser.currentToken().isNumeric();
        final boolean isList = parser.currentToken() == JsonToken.START_ARRAY;
        final double number = isNumber ? parser.getDoubleValue() : Double.NaN;
        final boolean isInexact = parser.currentToken() == JsonToken.VALUE_NUMBER_INT && Math.abs(number) >= EXACT_WHOLE
            && Double.isFinite(number) && new BigDecimal(parser.getString()).compareTo(new BigDecimal(number)) != 0;
        final FilterJson.Values read = FilterJson.Values.read(parser, MEMBER, path);
        values += read.texts.size();
        if (values > FilterJson.MAX_FILTER_VALUES) {
            throw QueryJsonParser.wrong(MEMBER, path, "at most " + FilterJson.MAX_FILTER_VALUES + " values in all");
        }
        return new Operand(read, isList, number, isInexact);
    }

    private static Filter ofDimension(final String dimension, final String test, final Object value, final String path) {
        if (value instanceof Boolean isNull) {
            final Filter lacks = new Filter.In(dimension, List.of(), true);
            return isNull ? lacks : new Filter.Not(lacks);
        }
        final Operand operand = (Operand) value;
        final List<String> texts = List.copyOf(operand.values.texts);
        final boolean hasNull = operand.values.hasNull;
        return switch (test) {
            case "eq" -> new Filter.In(dimension, one(operand, texts, path), hasNull);
            // a row that lacks the dimension has no other value
            case "ne" -> new Filter.Not(new Filter.In(dimension, one(operand, texts, path), true));
            case "in" -> new Filter.In(dimension, many(operand, texts, path, FilterJson.EMPTY_IN), hasNull);
            case "not_in" -> new Filter.Not(new Filter.In(dimension, many(operand, texts, path, EMPTY_NOT_IN), true));
            case "contains" -> {
                if (hasNull) {
                    throw QueryJsonParser.wrong(MEMBER, path, "a text");
                }
                yield new Filter.Contains(dimension, one(operand, texts, path).getFirst());
            }
            default -> throw unknown(test, path, DIMENSION_TESTS);
        };
    }

    private static Filter ofMetric(final String metric, final String test, final Object value, final String path) {
        if (value instanceof Boolean isNull) {
            final Filter lacks = new Filter.MetricNull(metric);
            return isNull ? lacks : new Filter.Not(lacks);
        }
        final Comparison comparison = switch (test) {
            case "eq" -> Comparison.EQUAL;
            case "ne" -> Comparison.NOT_EQUAL;
            case "lt" -> Comparison.LESS;
            case "le" -> Comparison.LESS_OR_EQUAL;
            case "gt" -> Comparison.GREATER;
            case "ge" -> Comparison.GREATER_OR_EQUAL;
            default -> throw unknown(test, path, METRIC_TESTS);
        };
        final double number = ((Operand) value).number;
        if (!Double.isFinite(number)) {
            throw QueryJsonParser.wrong(MEMBER, path, "a number within the range of a double");
        }
        if (((Operand) value).isInexact) {
            throw QueryJsonParser.refused(ProblemCode.INEXACT_NUMBER, path, '\'' + path
                + "' is a whole number that a double cannot hold, so no metric has it: send it with .0 behind it to have it rounded");
        }
        return new Filter.Compare(metric, comparison, number);
    }

    private static List<String> one(final Operand operand, final List<String> texts, final String path) {
        if (operand.isList) {
            throw QueryJsonParser.wrong(MEMBER, path, "one value; use \"in\" or \"not_in\" for a list");
        }
        return texts;
    }

    private static List<String> many(final Operand operand, final List<String> texts, final String path, final String empty) {
        if (!operand.isList) {
            throw QueryJsonParser.wrong(MEMBER, path, "a list of values; use \"eq\" or \"ne\" for one");
        }
        if (operand.values.isEmpty()) {
            throw QueryJsonParser.wrong(MEMBER, path, empty);
        }
        return texts;
    }

    private static RuntimeException unknown(final String test, final String path, final String known) {
        return QueryJsonParser.refused(ProblemCode.UNKNOWN_FIELD, path, "'" + test + "' is not a test there; known are " + known);
    }

    /** What a test compares with. */
    private record Operand(FilterJson.Values values, boolean isList, double number, boolean isInexact) {
    }
}
