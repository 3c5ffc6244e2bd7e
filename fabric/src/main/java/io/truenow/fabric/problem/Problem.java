package io.truenow.fabric.problem;

import java.util.Map;
import java.util.TreeMap;

/**
 * Why a request was refused. Immutable.
 *
 * @param code    the cause.
 * @param detail  one sentence: what is wrong, where, what would be right.
 * @param field   the offending field of the request, or null.
 * @param members further members by name, such as the {@code position} of malformed JSON.
 */
public record Problem(ProblemCode code, String detail, String field, Map<String, Long> members) {
    private static final int MAX_DETAIL = 1_024;
    private static final int MAX_FIELD = 256;

    /** Shortens what repeats too much of the request: a name may be as long as a body. */
    public Problem {
        members = Map.copyOf(members);
        detail = shortened(detail, MAX_DETAIL);
        field = shortened(field, MAX_FIELD);
    }

    /** A problem of the request as a whole. */
    public static Problem of(final ProblemCode code, final String detail) {
        return new Problem(code, detail, null, Map.of());
    }

    /** A problem of one field of the request. */
    public static Problem ofField(final ProblemCode code, final String field, final String detail) {
        return new Problem(code, detail, field, Map.of());
    }

    /** The same with one more member. */
    public Problem with(final String name, final long value) {
        final Map<String, Long> more = new TreeMap<>(members);
        more.put(name, value);
        return new Problem(code, detail, field, more);
    }

    private static String shortened(final String text, final int max) {
        if (text == null || text.length() <= max) {
            return text;
        }
        return text.substring(0, Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max) + "..";
    }
}
