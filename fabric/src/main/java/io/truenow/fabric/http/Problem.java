package io.truenow.fabric.http;

import java.util.Map;
import java.util.TreeMap;

/**
 * An error as RFC 9457 tells it: {@code {"type":"about:blank","title","status","code","detail","field"}}.
 *
 * @param status            HTTP status.
 * @param code              stable, for programs: {@code snake_case}.
 * @param detail            one sentence: what is wrong, where, what would be right.
 * @param field             the offending field, or null.
 * @param retryAfterSeconds 0 for no {@code Retry-After}.
 * @param members           further members by name, such as the {@code position} of malformed JSON.
 */
public record Problem(int status, String code, String detail, String field, int retryAfterSeconds, Map<String, Long> members) {
    private static final int MAX_DETAIL = 1_024;
    private static final int MAX_FIELD = 256;

    /** Shortens what repeats too much of the request: a name may be as long as a body. */
    public Problem {
        members = Map.copyOf(members);
        detail = shortened(detail, MAX_DETAIL);
        field = shortened(field, MAX_FIELD);
    }

    /** A problem without further members. */
    public Problem(final int status, final String code, final String detail, final String field, final int retryAfterSeconds) {
        this(status, code, detail, field, retryAfterSeconds, Map.of());
    }

    /** A problem without a field. */
    public static Problem of(final int status, final String code, final String detail) {
        return new Problem(status, code, detail, null, 0);
    }

    /** A problem with one field of the request. */
    public static Problem ofField(final int status, final String code, final String field, final String detail) {
        return new Problem(status, code, detail, field, 0);
    }

    /** Something that passes: 503 with {@code Retry-After}. */
    public static Problem retry(final String code, final String detail, final int retryAfterSeconds) {
        return new Problem(503, code, detail, null, retryAfterSeconds);
    }

    private static String shortened(final String text, final int max) {
        if (text == null || text.length() <= max) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max) + "..";
    }

    /** The same with one more member. */
    public Problem with(final String name, final long value) {
        final Map<String, Long> more = new TreeMap<>(members);
        more.put(name, value);
        return new Problem(status, code, detail, field, retryAfterSeconds, more);
    }
}
