package io.truenow.fabric.control;

/** No leader of the control plane answered in time; nothing is known of the command's fate. */
public final class ControlUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ControlUnavailableException(final String message) {
        super(message);
    }
}
