package io.truenow.query.plan;

/** How the rows of a group become one number, or for {@link #TOP} a list. */
public enum Aggregate {
    SUM("sum", true, false),
    AVG("avg", true, false),
    MIN("min", true, false),
    MAX("max", true, false),
    /** Rows, or rows that carry a metric. */
    COUNT("count", false, false),
    /** Standard deviation of a sample: n - 1 in the denominator. */
    STDDEV("stddev", true, false),
    /** Standard deviation of the whole: n in the denominator. */
    STDDEV_POP("stddev_pop", true, false),
    /** Sum of a metric, or rows, a second of the part of the bucket that lies in the range. */
    RATE("rate", false, false),
    /** Value at a rank of a metric's values. */
    QUANTILE("quantile", true, true),
    /** Number of distinct values of a dimension. */
    DISTINCT("distinct", false, true),
    /** Most frequent values of a dimension. */
    TOP("top", false, true);

    private final String text;
    private final boolean metricRequired;
    private final boolean sketch;

    Aggregate(final String text, final boolean metricRequired, final boolean sketch) {
        this.text = text;
        this.metricRequired = metricRequired;
        this.sketch = sketch;
    }

    /** The aggregate of that lower-case name, or null. */
    public static Aggregate named(final String name) {
        for (final Aggregate aggregate : values()) {
            if (aggregate.text.equals(name)) {
                return aggregate;
            }
        }
        return null;
    }

    /** Its name in requests. */
    public String text() {
        return text;
    }

    /** Whether it says nothing without a metric. */
    public boolean isMetricRequired() {
        return metricRequired;
    }

    /** Whether it is read from a sketch, and so approximate beyond some size. */
    public boolean isSketch() {
        return sketch;
    }

    /** Whether it needs squared deviations. */
    public boolean needsMoments() {
        return this == STDDEV || this == STDDEV_POP;
    }
}
