package io.truenow.query.plan;

/**
 * Why a query is not answered, in the words of the REST contract; other faces translate it.
 *
 * @param status            as HTTP has it: 400, 404, 422, 429, 500, 503 or 504.
 * @param code              stable, for programs.
 * @param field             the offending member of the request, or null.
 * @param detail            one sentence: what is wrong and what would be right.
 * @param retryAfterSeconds 0 where trying again is of no use.
 * @param memberName        one more member of the answer, or null.
 * @param memberValue       its value.
 */
public record Refusal(
    int status, String code, String field, String detail, int retryAfterSeconds, String memberName, long memberValue) {
    /** A member of the request is wrong. */
    public static Refusal invalid(final String code, final String field, final String detail) {
        return new Refusal(400, code, field, detail, 0, null, 0);
    }

    /** A refusal that does not speak of one member. */
    public static Refusal of(final int status, final String code, final String detail) {
        return new Refusal(status, code, null, detail, 0, null, 0);
    }

    /** Something that passes: 503 with {@code Retry-After}. */
    public static Refusal retry(final String code, final String detail) {
        return new Refusal(503, code, null, detail, 1, null, 0);
    }

    /** The same with one more member. */
    public Refusal with(final String name, final long value) {
        return new Refusal(status, code, field, detail, retryAfterSeconds, name, value);
    }
}
