package io.truenow.query.rest;

import io.truenow.fabric.problem.ProblemCode;
import io.truenow.query.plan.Filter;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The member {@code filters}: dimensions with the values that pass. */
final class FilterJson {
    static final int MAX_DIMENSIONS = 128;
    static final int MAX_FILTER_VALUES = 4_096;
    static final int MAX_VALUE_BYTES = 1_024;
    /** Some programs mean every row by an empty list, and some none: it is not guessed. */
    static final String EMPTY_IN = "at least one value: no row has one of none, so an empty list would take no row; "
        + "if every row is meant, leave it out";

    private FilterJson() {
    }

    /** And-ed, each dimension at most once. */
    static List<Filter> read(final JsonParser parser) {
        final String expected = "an object of dimension: value or dimension: [values], values being strings, numbers, booleans or null";
        final List<Filter> filters = new ArrayList<>();
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return filters;
        }
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw QueryJsonParser.wrong("filters", "filters", expected);
        }
        final Set<String> seen = new HashSet<>();
        int valueCount = 0;
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            final String dimension = parser.currentName();
            final String field = "filters." + dimension;
            if (!seen.add(dimension)) {
                throw QueryJsonParser.refused(ProblemCode.DUPLICATE_FIELD, field,
                    "'" + field + "' is given twice; give a list of its values");
            }
            parser.nextToken();
            final Values values = Values.read(parser, "filters", field);
            if (values.isEmpty()) {
                throw QueryJsonParser.wrong("filters", field, EMPTY_IN);
            }
            valueCount += values.texts.size();
            if (seen.size() > MAX_DIMENSIONS || valueCount > MAX_FILTER_VALUES) {
                throw QueryJsonParser.refused(ProblemCode.INVALID_FILTERS, field,
                    "at most " + MAX_DIMENSIONS + " filters with " + MAX_FILTER_VALUES + " values in all");
            }
            filters.add(new Filter.In(dimension, List.copyOf(values.texts), values.hasNull));
        }
        return filters;
    }

    /** One value of a dimension or a list of them. Numbers and booleans are their JSON text, as at ingest. */
    static final class Values {
        final Set<String> texts = new LinkedHashSet<>();
        boolean hasNull;

        static Values read(final JsonParser parser, final String member, final String field) {
            final Values values = new Values();
            if (parser.currentToken() != JsonToken.START_ARRAY) {
                values.add(parser, member, field);
                return values;
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                values.add(parser, member, field);
            }
            return values;
        }

        /** A list of nothing. */
        boolean isEmpty() {
            return texts.isEmpty() && !hasNull;
        }

        private void add(final JsonParser parser, final String member, final String field) {
            switch (parser.currentToken()) {
                case VALUE_NULL -> hasNull = true;
                case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT, VALUE_TRUE, VALUE_FALSE -> {
                    final String value = parser.getString();
                    final int bytes = utf8Length(value);
                    if (bytes < 0 || bytes > MAX_VALUE_BYTES) {
                        throw QueryJsonParser.wrong(member, field, "values of at most " + MAX_VALUE_BYTES + " bytes of valid Unicode");
                    }
                    texts.add(value);
                }
                default -> throw QueryJsonParser.wrong(member, field, "a string, number, boolean or null, or a list of those");
            }
        }

        /** Bytes in UTF-8, or -1 if half a surrogate pair stands alone. */
        private static int utf8Length(final String text) {
            int bytes = 0;
            for (int i = 0; i < text.length(); i++) {
                final char c = text.charAt(i);
                if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                    bytes += 4;
                    i++;
                } else if (Character.isSurrogate(c)) {
                    return -1;
                } else {
                    bytes += c < 0x80 ? 1 : c < 0x800 ? 2 : 3;
                }
            }
            return bytes;
        }
    }
}
