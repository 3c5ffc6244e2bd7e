package io.truenow.fabric.catalog;

import java.nio.charset.StandardCharsets;

/** What names may look like, for control, which decides, and for edges, which need not ask it. Stateless. */
public final class Names {
    /** What a namespace's or table's name is made of. */
    public static final String IDENTIFIER_RULE = "letters, digits, '_', '.', '-', at most 128, beginning with a letter, a digit or '_'";
    /** What a new namespace is told whose name consists of digits. */
    public static final String DIGITS_RULE = "not digits alone, which would read as an id";
    /** What a dimension or metric is called. */
    public static final String COLUMN_RULE = "1 to 128 bytes of UTF-8 without control characters";

    private static final int MAX_LENGTH = 128;

    private Names() {
    }

    /** Whether a namespace or table may be called so. */
    public static boolean isIdentifier(final String name) {
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

    /**
     * Whether it is digits alone: where ids and names stand in one place it is an id, so the edges let no new namespace be called so. Not
     * the state machine: it must do again what its log says, also what was let be created before there was this rule.
     */
    public static boolean isDigits(final String name) {
        return !name.isEmpty() && name.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    /** Whether a dimension or metric may be called so. */
    public static boolean isColumn(final String name) {
        if (name.isEmpty() || name.length() > MAX_LENGTH || name.getBytes(StandardCharsets.UTF_8).length > MAX_LENGTH) {
            return false;
        }
        // halves of surrogate pairs are what code points leave alone
        return name.codePoints().noneMatch(c ->
            c < 0x20 || c >= 0x7f && c <= 0x9f || c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }
}
