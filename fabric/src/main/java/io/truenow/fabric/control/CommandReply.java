package io.truenow.fabric.control;

/**
 * The state machine's answer.
 *
 * @param accepted       false: the state is unchanged, code and message say why.
 * @param code           stable, for programs; empty if accepted.
 * @param message        for people.
 * @param catalogVersion after the command: a view at this version shows its effect.
 * @param resultId       id of what was created or found.
 */
public record CommandReply(boolean accepted, String code, String message, long catalogVersion, long resultId) {
}
