package io.truenow.query.plan;

import java.util.List;

/**
 * A row passes if its value of the dimension is one of the values.
 *
 * @param dimension   its name.
 * @param values      distinct, in the request's order.
 * @param nullMatches whether rows that lack the dimension pass too.
 */
public record DimensionFilter(String dimension, List<String> values, boolean nullMatches) {
    public DimensionFilter {
        values = List.copyOf(values);
    }
}
