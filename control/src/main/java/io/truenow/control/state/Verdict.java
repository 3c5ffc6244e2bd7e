package io.truenow.control.state;

import io.truenow.fabric.problem.ProblemCode;

/**
 * What came of a command.
 *
 * @param refusal  null if it was carried out; else why not, and the state is unchanged.
 * @param message  for people.
 * @param resultId id of what was created or found, -1 for none.
 */
record Verdict(ProblemCode refusal, String message, long resultId) {
    static Verdict ok(final long resultId) {
        return new Verdict(null, "", resultId);
    }

    static Verdict reject(final ProblemCode refusal, final String message) {
        return new Verdict(refusal, message, -1);
    }

    boolean isAccepted() {
        return refusal == null;
    }

    /** As it goes to the client: empty if it was carried out. */
    String code() {
        return refusal == null ? "" : refusal.text();
    }
}
