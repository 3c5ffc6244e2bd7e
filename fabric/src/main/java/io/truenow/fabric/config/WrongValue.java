package io.truenow.fabric.config;

import tools.jackson.core.JacksonException;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.databind.exc.MismatchedInputException;

import java.util.Collection;
import java.util.Map;

/** Says what is wrong with a value in the words of whoever wrote it, not of the library that reads it. */
final class WrongValue {
    private static final String WHOLE_NUMBERS = "a list of whole numbers such as [2, 3]";

    private WrongValue() {
    }

    /** To be read after the value and a colon. */
    static String reason(final JacksonException e) {
        return switch (e) {
            case JacksonException invalid when invalid.getCause() instanceof InvalidValueException cause -> cause.reason();
            case JacksonException refused when refused.getCause() instanceof IllegalArgumentException cause -> cause.getMessage();
            case InputCoercionException coerced -> "must be " + kind(coerced.getTargetType(), false);
            case MismatchedInputException mismatched -> "must be " + kind(mismatched.getTargetType(), isElement(mismatched));
            default -> e.getOriginalMessage().lines().findFirst().orElse("cannot be read");
        };
    }

    /** Whether the fault is in an element of a list. */
    private static boolean isElement(final JacksonException e) {
        return !e.getPath().isEmpty() && e.getPath().getLast().getPropertyName() == null;
    }

    private static String kind(final Class<?> type, final boolean isElement) {
        if (type == null) {
            return "another kind of value";
        }
        if (type == int.class || type == Integer.class) {
            return isElement ? WHOLE_NUMBERS : "a whole number from " + Integer.MIN_VALUE + " to " + Integer.MAX_VALUE;
        }
        if (type == long.class || type == Long.class) {
            return isElement ? WHOLE_NUMBERS : "a whole number";
        }
        if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        }
        if (type == double.class || type == Double.class) {
            return "a number";
        }
        if (type == String.class) {
            return isElement ? "a list of words such as [a, b]" : "text";
        }
        if (Collection.class.isAssignableFrom(type)) {
            return "a list such as [a, b]";
        }
        return Map.class.isAssignableFrom(type) ? "a map such as {a: b}" : "a group of keys";
    }
}
