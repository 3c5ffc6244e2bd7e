package io.truenow.fabric.control;

/** What a refusal of the control plane's state machine means to whoever asked: whose fault it is, and whether asking again can help. */
public enum RefusalClass {
    /** The command names something that cannot be had: the same one is refused again. */
    USER,
    /** A limit is reached: refused until somebody makes room, which asking does not. */
    RESOURCE,
    /** It was not carried out for a reason that passes: ask again. */
    UNAVAILABLE,
    /** The command is not one of this version: a fault of the program that asked. */
    INTERNAL;

    /** The class of a code. What a later control plane refuses by a code that is not known here will be refused again. */
    public static RefusalClass of(final String code) {
        return switch (code) {
            case "namespace_limit", "table_limit", "schema_limit", "service_limit" -> RESOURCE;
            case "stale_command", "version_conflict" -> UNAVAILABLE;
            case "unknown_command", "malformed_command" -> INTERNAL;
            default -> USER;
        };
    }
}
