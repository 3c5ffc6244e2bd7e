package io.truenow.control.state;

import io.truenow.fabric.problem.ProblemCode;

import java.nio.charset.StandardCharsets;

/** What may be said of namespaces and tables. */
final class PropertyRules {
    static final long DEFAULT_RETENTION_US = 24 * 3_600 * 1_000_000L;
    /** One span of the hot tier: less could not be let go by itself. */
    static final long MIN_RETENTION_US = 600 * 1_000_000L;
    static final long MAX_RETENTION_US = DEFAULT_RETENTION_US;
    static final int MAX_DESCRIPTION_BYTES = 1_024;

    private PropertyRules() {
    }

    static Verdict checkDescription(final String description) {
        final boolean isShort = description.length() <= MAX_DESCRIPTION_BYTES
            && description.getBytes(StandardCharsets.UTF_8).length <= MAX_DESCRIPTION_BYTES;
        return isShort ? null
            : Verdict.reject(ProblemCode.INVALID_DESCRIPTION, "a description has at most " + MAX_DESCRIPTION_BYTES + " bytes of UTF-8");
    }

    static Verdict checkRetention(final long retentionUs) {
        return retentionUs >= MIN_RETENTION_US && retentionUs <= MAX_RETENTION_US ? null
            : Verdict.reject(ProblemCode.INVALID_RETENTION, "a retention is 10 minutes to 24 hours, in microseconds");
    }
}
