package io.truenow.control.state;

import java.nio.charset.StandardCharsets;

/** What names may look like. */
final class Names {
    static final String IDENTIFIER_RULE = "letters, digits, '_', '.', '-', at most 128, beginning with a letter, a digit or '_'";
    static final String COLUMN_RULE = "1 to 128 bytes of UTF-8 without control characters";

    private static final int MAX_LENGTH = 128;

    private Names() {
    }

    /** Of a namespace or table. */
    static boolean isIdentifier(final String name) {
        final int length = name.length();
        if (length == 0 || length > MAX_LENGTH) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            final char c = name.charAt(i);
            final boolean isWord = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_';
            if (!isWord && (i == 0 || c != '.' && c != '-')) {
                return false;
            }
        }
        return true;
    }

    /** Of a dimension or metric. */
    static boolean isColumn(final String name) {
        if (name.isEmpty() || name.length() > MAX_LENGTH || name.getBytes(StandardCharsets.UTF_8).length > MAX_LENGTH) {
            return false;
        }
        return name.chars().noneMatch(c -> c < 0x20 || c >= 0x7f && c <= 0x9f);
    }
}
