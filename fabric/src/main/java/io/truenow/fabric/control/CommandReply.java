package io.truenow.fabric.control;

import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;

/**
 * The state machine's answer.
 *
 * @param refusal        null if the command was carried out; else why not, and the state is unchanged.
 * @param catalogVersion after the command: a view at this version shows its effect.
 * @param resultId       id of what was created or found; -1 for none.
 */
public record CommandReply(Problem refusal, long catalogVersion, long resultId) {
    /** The command was carried out. */
    public static CommandReply accepted(final long catalogVersion, final long resultId) {
        return new CommandReply(null, catalogVersion, resultId);
    }

    /**
     * The command was refused.
     *
     * @param code    as the state machine said it; one that is not known here is of a later version.
     * @param message for people.
     */
    public static CommandReply refused(final String code, final String message, final long catalogVersion, final long resultId) {
        final ProblemCode known = ProblemCode.ofText(code);
        final Problem refusal = known == null
            ? Problem.of(ProblemCode.REFUSED_BY_CONTROL, code + ": " + message) : Problem.of(known, message);
        return new CommandReply(refusal, catalogVersion, resultId);
    }

    /** Whether it was carried out. */
    public boolean isAccepted() {
        return refusal == null;
    }
}
