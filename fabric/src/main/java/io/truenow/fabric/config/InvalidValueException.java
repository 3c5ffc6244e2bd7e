package io.truenow.fabric.config;

/** A value of a section that the section's record does not take; {@link ConfigLoader#bind} makes a {@link ConfigException} of it. */
final class InvalidValueException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String key;
    private final String reason;

    InvalidValueException(final String key, final String reason) {
        super(key + ' ' + reason);
        this.key = key;
        this.reason = reason;
    }

    /** Within the section. */
    String key() {
        return key;
    }

    /** Such as {@code must be 0 to 65535}. */
    String reason() {
        return reason;
    }
}
