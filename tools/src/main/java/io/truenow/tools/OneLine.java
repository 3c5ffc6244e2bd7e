package io.truenow.tools;

/** Failures as a person reads them. */
public final class OneLine {
    private OneLine() {
    }

    /** The message of a failure that says something, without line breaks; the class' name where nothing does. */
    public static String of(final Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause.getMessage() != null && !cause.getMessage().isBlank()) {
                return cause.getMessage().strip().replaceAll("\\s*\\R\\s*", " ");
            }
        }
        return failure.getClass().getSimpleName();
    }
}
