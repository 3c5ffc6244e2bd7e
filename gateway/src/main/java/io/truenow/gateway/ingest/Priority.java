package io.truenow.gateway.ingest;

import java.util.Locale;

/** How much it matters that a request is taken at once. What matters least is refused first when the gateway has too much in hand. */
public enum Priority {
    /** May wait: refused from 70 % on. */
    LOW(0.70),
    /** What nothing is said of: refused from 85 % on. */
    NORMAL(0.85),
    /** Refused from 95 % on. */
    HIGH(0.95),
    /** Refused from 99 % on. */
    CRITICAL(0.99);

    private final double refusedFrom;
    private final String text;

    Priority(final double refusedFrom) {
        this.refusedFrom = refusedFrom;
        this.text = name().toLowerCase(Locale.ROOT);
    }

    /** The load, as a fraction of what there is room for, from which on requests of this priority are refused. */
    public double refusedFrom() {
        return refusedFrom;
    }

    /** As clients say it. */
    public String text() {
        return text;
    }

    /** The priority that clients call so, or null. */
    public static Priority ofText(final String text) {
        for (final Priority priority : values()) {
            if (priority.text.equals(text)) {
                return priority;
            }
        }
        return null;
    }
}
