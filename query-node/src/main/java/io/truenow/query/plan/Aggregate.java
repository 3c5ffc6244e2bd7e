package io.truenow.query.plan;

/** What a row's {@code value} is. */
public enum Aggregate {
    SUM, AVG, MIN, MAX, COUNT;

    /** The aggregate of that lower-case name, or null. */
    public static Aggregate named(final String name) {
        return switch (name) {
            case "sum" -> SUM;
            case "avg" -> AVG;
            case "min" -> MIN;
            case "max" -> MAX;
            case "count" -> COUNT;
            default -> null;
        };
    }
}
