package io.truenow.system.question;

import java.util.Locale;

/** How a metric may be compared. */
public enum Comparison {
    EQ,
    NE,
    LT,
    LE,
    GT,
    GE;

    /** Whether it is true of two numbers. */
    boolean holds(final double left, final double right) {
        return switch (this) {
            case EQ -> left == right;
            case NE -> left != right;
            case LT -> left < right;
            case LE -> left <= right;
            case GT -> left > right;
            case GE -> left >= right;
        };
    }

    /** Its name in queries. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
