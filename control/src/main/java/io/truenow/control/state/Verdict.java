package io.truenow.control.state;

/**
 * What came of a command.
 *
 * @param code     empty if it was carried out; else stable, and the state is unchanged.
 * @param message  for people.
 * @param resultId id of what was created or found, -1 for none.
 */
record Verdict(String code, String message, long resultId) {
    static Verdict ok(final long resultId) {
        return new Verdict("", "", resultId);
    }

    static Verdict reject(final String code, final String message) {
        return new Verdict(code, message, -1);
    }

    boolean isAccepted() {
        return code.isEmpty();
    }
}
