package io.truenow.query.plan;

import java.util.List;

/**
 * Which rows a query takes: a tree. A comparison with a value that the row lacks is false, also an unequal one; {@link Not} is plain
 * negation of what it stands before.
 */
public sealed interface Filter {
    /** Every row. */
    Filter ALL = new And(List.of());

    /** All of them hold; of none: true. */
    record And(List<Filter> operands) implements Filter {
        public And {
            operands = List.copyOf(operands);
        }
    }

    /** One of them holds; of none: false. */
    record Or(List<Filter> operands) implements Filter {
        public Or {
            operands = List.copyOf(operands);
        }
    }

    /** It does not hold. */
    record Not(Filter operand) implements Filter {
    }

    /**
     * The row's value of the dimension is one of these.
     *
     * @param values      distinct, in the request's order.
     * @param nullMatches whether rows that lack the dimension pass too.
     */
    record In(String dimension, List<String> values, boolean nullMatches) implements Filter {
        public In {
            values = List.copyOf(values);
        }
    }

    /** The row's value of the dimension contains the text's UTF-8 bytes. */
    record Contains(String dimension, String text) implements Filter {
    }

    /** The row's metric compares so with the constant. */
    record Compare(String metric, Comparison comparison, double constant) implements Filter {
    }

    /** The row lacks the metric. */
    record MetricNull(String metric) implements Filter {
    }

    /** The same as its operand, which stands in that member of the request: refusals name it. */
    record Of(String member, Filter operand) implements Filter {
    }
}
