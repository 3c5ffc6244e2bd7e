package io.truenow.gateway.ingest;

import io.truenow.fabric.problem.ProblemCode;

import java.util.concurrent.TimeUnit;

/** What is asked of every event, whatever edge it comes from. Stateless. */
public final class EventRules {
    /** Of a table that does not exist yet. */
    static final long DEFAULT_RETENTION_US = 24L * 60 * 60 * 1_000_000;

    private static final long MAX_AHEAD_US = 60L * 1_000_000;
    private static final int MAX_NAME_BYTES = 128;

    private EventRules() {
    }

    /**
     * Judges event times; all times and durations in microseconds.
     *
     * @param minUs       the earliest of them.
     * @param maxUs       the latest.
     * @param retentionUs what the table keeps.
     * @return null, {@link ProblemCode#EVENT_TOO_OLD} or {@link ProblemCode#EVENT_IN_FUTURE}.
     */
    public static ProblemCode checkTimes(final long minUs, final long maxUs, final long nowUs, final long retentionUs) {
        if (minUs < nowUs - retentionUs) {
            return ProblemCode.EVENT_TOO_OLD;
        }
        return maxUs > nowUs + MAX_AHEAD_US ? ProblemCode.EVENT_IN_FUTURE : null;
    }

    /** A retention as people say it, such as {@code 24 hours}, in the largest unit of which it is a whole number. */
    static String text(final long retentionUs) {
        if (retentionUs % TimeUnit.HOURS.toMicros(1) == 0) {
            return retentionUs / TimeUnit.HOURS.toMicros(1) + " hours";
        }
        return retentionUs % TimeUnit.MINUTES.toMicros(1) == 0 ? retentionUs / TimeUnit.MINUTES.toMicros(1) + " minutes"
            : retentionUs / TimeUnit.SECONDS.toMicros(1) + " seconds";
    }

    /** Whether a column may be called so: as {@code fabric.catalog.Names#isColumn} judges, of bytes that are UTF-8. */
    public static boolean isColumnName(final byte[] bytes, final int offset, final int length) {
        if (length == 0 || length > MAX_NAME_BYTES) {
            return false;
        }
        for (int i = offset; i < offset + length; i++) {
            final int c = bytes[i] & 0xFF;
            // U+0080 to U+009F are C2 80 to C2 9F.
            if (c < ' ' || c == 0x7F || c == 0xC2 && (bytes[i + 1] & 0xFF) < 0xA0) {
                return false;
            }
        }
        return true;
    }
}
