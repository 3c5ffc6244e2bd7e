package io.truenow.query.scatter;

import io.truenow.query.plan.Refusal;

/** How a query ended, as the metrics tell it. */
enum QueryOutcome {
    ANSWERED, REFUSED, UNAVAILABLE, DEADLINE, ABANDONED, FAILED;

    static QueryOutcome of(final Refusal refusal) {
        return switch (refusal.status()) {
            case 503 -> UNAVAILABLE;
            case 504 -> DEADLINE;
            case 500 -> FAILED;
            default -> REFUSED;
        };
    }
}
