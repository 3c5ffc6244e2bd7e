package io.truenow.fabric.memory.os;

/** Error numbers of Linux, the same on all its architectures that are served here. */
final class ErrorNumbers {
    static final int NOT_PERMITTED = 1;
    static final int TRY_AGAIN = 11;
    static final int NO_MEMORY = 12;
    static final int ACCESS_DENIED = 13;
    static final int BAD_ADDRESS = 14;
    static final int BUSY = 16;
    static final int INVALID = 22;
    static final int NO_SPACE = 28;
    static final int NOT_IMPLEMENTED = 38;
    static final int NOT_SUPPORTED = 95;
    static final int OVER_QUOTA = 122;

    private ErrorNumbers() {
    }

    /** A few words, for a person. */
    static String text(final long number) {
        return switch ((int) number) {
            case NOT_PERMITTED -> "not permitted";
            case TRY_AGAIN, BUSY -> "not now";
            case NO_MEMORY -> "no memory";
            case ACCESS_DENIED -> "permission denied";
            case BAD_ADDRESS -> "no room to write it";
            case INVALID -> "not valid here";
            case NO_SPACE -> "no space left";
            case NOT_IMPLEMENTED -> "not known to this kernel";
            case NOT_SUPPORTED -> "not supported by the file system";
            case OVER_QUOTA -> "over the quota";
            default -> "error " + number;
        };
    }
}
