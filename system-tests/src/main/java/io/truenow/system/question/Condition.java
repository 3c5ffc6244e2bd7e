package io.truenow.system.question;

import io.truenow.system.model.Event;

import java.util.List;
import java.util.stream.Collectors;

/** A condition on an event, as the JSON query language has it. */
public sealed interface Condition {
    /** Whether the event is one of those wanted. */
    boolean test(Event event);

    /** As {@code where} wants it. */
    String toJson();

    /** All of them. */
    record And(List<Condition> parts) implements Condition {
        @Override
        public boolean test(final Event event) {
            return parts.stream().allMatch(part -> part.test(event));
        }

        @Override
        public String toJson() {
            return "{\"and\":[" + parts.stream().map(Condition::toJson).collect(Collectors.joining(",")) + "]}";
        }
    }

    /** Any of them. */
    record Or(List<Condition> parts) implements Condition {
        @Override
        public boolean test(final Event event) {
            return parts.stream().anyMatch(part -> part.test(event));
        }

        @Override
        public String toJson() {
            return "{\"or\":[" + parts.stream().map(Condition::toJson).collect(Collectors.joining(",")) + "]}";
        }
    }

    /** Plain negation. */
    record Not(Condition part) implements Condition {
        @Override
        public boolean test(final Event event) {
            return !part.test(event);
        }

        @Override
        public String toJson() {
            return "{\"not\":" + part.toJson() + '}';
        }
    }

    /**
     * A dimension has one of some values, or has a value and another.
     *
     * @param takesNull an event without the dimension is wanted as well; not with {@code isOther}.
     */
    record Values(String dimension, List<String> values, boolean takesNull, boolean isOther) implements Condition {
        @Override
        public boolean test(final Event event) {
            final String value = event.dimensions().get(dimension);
            return value == null ? takesNull : values.contains(value) != isOther;
        }

        @Override
        public String toJson() {
            final String list = values.stream().map(value -> '"' + value + '"').collect(Collectors.joining(","));
            final boolean isSingle = values.size() == 1 && !takesNull;
            final String test = isSingle ? isOther ? "ne" : "eq" : isOther ? "not_in" : "in";
            return "{\"dimension\":\"" + dimension + "\",\"" + test + "\":"
                + (isSingle ? list : '[' + list + (takesNull ? ",null]" : "]")) + '}';
        }
    }

    /** A dimension's value contains a text. */
    record Contains(String dimension, String text) implements Condition {
        @Override
        public boolean test(final Event event) {
            final String value = event.dimensions().get(dimension);
            return value != null && value.contains(text);
        }

        @Override
        public String toJson() {
            return "{\"dimension\":\"" + dimension + "\",\"contains\":\"" + text + "\"}";
        }
    }

    /** A dimension is absent, or is not. */
    record NoDimension(String dimension, boolean isAbsent) implements Condition {
        @Override
        public boolean test(final Event event) {
            return event.dimensions().containsKey(dimension) != isAbsent;
        }

        @Override
        public String toJson() {
            return "{\"dimension\":\"" + dimension + "\",\"is_null\":" + isAbsent + '}';
        }
    }

    /** A metric is absent, or is not. */
    record NoMetric(String metric, boolean isAbsent) implements Condition {
        @Override
        public boolean test(final Event event) {
            return event.metrics().containsKey(metric) != isAbsent;
        }

        @Override
        public String toJson() {
            return "{\"metric\":\"" + metric + "\",\"is_null\":" + isAbsent + '}';
        }
    }

    /** A metric compares with a number. */
    record Compared(String metric, Comparison comparison, double with) implements Condition {
        @Override
        public boolean test(final Event event) {
            final Long value = event.metrics().get(metric);
            return value != null && comparison.holds(value, with);
        }

        @Override
        public String toJson() {
            return "{\"metric\":\"" + metric + "\",\"" + comparison.text() + "\":" + with + '}';
        }
    }
}
