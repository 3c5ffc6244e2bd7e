package io.truenow.gateway.table;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A name where it stands in a request. Mutable, one thread; as good as the bytes it points to. */
public final class NameSlice {
    private static final int MAX_IDENTIFIER_LENGTH = 128;
    private static final byte[] NONE = {};

    byte[] bytes = NONE;
    int offset;
    int length;
    private boolean present;

    /** Points to a name. */
    public void set(final byte[] newBytes, final int newOffset, final int newLength) {
        bytes = newBytes;
        offset = newOffset;
        length = newLength;
        present = true;
    }

    /** Points to where the other does. */
    public void set(final NameSlice other) {
        set(other.bytes, other.offset, other.length);
        present = other.present;
    }

    /** Points to a name of its own bytes; null for none. */
    public void set(final String name) {
        if (name == null) {
            clear();
        } else {
            final byte[] encoded = name.getBytes(StandardCharsets.UTF_8);
            set(encoded, 0, encoded.length);
        }
    }

    /** Points to nothing. */
    public void clear() {
        bytes = NONE;
        offset = 0;
        length = 0;
        present = false;
    }

    /** Whether there is a name, be it empty. */
    public boolean isPresent() {
        return present;
    }

    /** Whether a namespace or table may be called so: {@code [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}}, as {@code fabric.catalog.Names} has it. */
    public boolean isIdentifier() {
        if (length == 0 || length > MAX_IDENTIFIER_LENGTH) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            final byte c = bytes[offset + i];
            final boolean isWord = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_';
            if (!isWord && (i == 0 || c != '.' && c != '-')) {
                return false;
            }
        }
        return true;
    }

    /** Whether it is digits alone, which no new namespace may be. */
    public boolean isDigits() {
        for (int i = 0; i < length; i++) {
            if (bytes[offset + i] < '0' || bytes[offset + i] > '9') {
                return false;
            }
        }
        return length > 0;
    }

    boolean equalsBytes(final byte[] other) {
        return length == other.length && Arrays.equals(bytes, offset, offset + length, other, 0, length);
    }

    /** The name as a string. */
    @Override
    public String toString() {
        return new String(bytes, offset, length, StandardCharsets.UTF_8);
    }
}
