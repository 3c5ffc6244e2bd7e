package io.truenow.query.plan;

/** How a metric is compared with a constant. */
public enum Comparison {
    EQUAL, NOT_EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL
}
