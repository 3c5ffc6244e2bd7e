package io.truenow.query.plan;

/**
 * One level of the order of results. Rows that lack what is compared come last in either direction.
 *
 * @param key        what is compared.
 * @param index      in {@code group_by} where the key is a dimension, of the selection's terms where it is an aggregate, else -1.
 * @param descending greatest first.
 */
public record OrderTerm(Key key, int index, boolean descending) {
    /** What rows can be ordered by. */
    public enum Key {
        TIMESTAMP, GROUP, VALUE, COUNT, SUM, AVG, MIN, MAX, DIMENSION, AGGREGATE;

        /** The key of that lower-case name other than {@link #DIMENSION} and {@link #AGGREGATE}, or null. */
        public static Key named(final String name) {
            return switch (name) {
                case "timestamp" -> TIMESTAMP;
                case "group" -> GROUP;
                case "value" -> VALUE;
                case "count" -> COUNT;
                case "sum" -> SUM;
                case "avg" -> AVG;
                case "min" -> MIN;
                case "max" -> MAX;
                default -> null;
            };
        }
    }
}
