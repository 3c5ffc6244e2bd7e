package io.truenow.format.sketch;

/** What a sketch answers. The codes are those of {@code SketchType} in query.xml. */
public enum SketchKind {
    /** How many values a dimension has. Parameter: log2 of the registers, 10 .. 14. */
    DISTINCT(12, 10, 14),
    /** Quantiles of a metric. Parameter: most buckets kept, 64 .. 8 192. */
    QUANTILES(2_048, 64, 8_192),
    /** The most frequent values of a dimension. Parameter: how many are wanted, 1 .. 1 000. */
    TOP(10, 1, 1_000);

    private static final SketchKind[] ALL = values();

    private final int usualParameter;
    private final int leastParameter;
    private final int greatestParameter;

    SketchKind(final int usualParameter, final int leastParameter, final int greatestParameter) {
        this.usualParameter = usualParameter;
        this.leastParameter = leastParameter;
        this.greatestParameter = greatestParameter;
    }

    /** The number by which messages know it. */
    public int code() {
        return ordinal();
    }

    /** The kind of a code, or null. */
    public static SketchKind of(final int code) {
        return code >= 0 && code < ALL.length ? ALL[code] : null;
    }

    /** Whether a sketch can have that parameter; 0 stands for the usual one. */
    public boolean accepts(final int parameter) {
        return parameter == 0 || parameter >= leastParameter && parameter <= greatestParameter;
    }

    /** The parameter itself, or the usual one for 0. */
    public int orUsual(final int parameter) {
        return parameter == 0 ? usualParameter : parameter;
    }
}
