package io.truenow.gateway.json;

/** The rarer parts of strings: escapes and bytes beyond ASCII. */
final class JsonText {
    private static final int SURROGATE_MIN = Character.MIN_SURROGATE;
    private static final int SURROGATE_MAX = Character.MAX_SURROGATE;

    private JsonText() {
    }

    /**
     * Goes on with a string at whose first backslash the reader stands, writing what it means to where it stands, and leaves the reader
     * behind the closing quote.
     *
     * @return offset of the end of the unescaped text.
     */
    static int unescape(final JsonReader reader, final int textOffset) {
        final byte[] bytes = reader.bytes();
        int to = reader.position();
        byte stop = bytes[to];
        while (stop != '"') {
            final int from = reader.position();
            final int next = skipEscape(reader, from);
            to = writeEscape(bytes, from, next, to);
            reader.position(next);
            stop = reader.scanString();
            final int run = reader.position() - next;
            System.arraycopy(bytes, next, bytes, to, run);
            to += run;
        }
        reader.position(reader.position() + 1);
        assert to >= textOffset;
        return to;
    }

    /** Checks the escape at {@code at}, both halves where it is a surrogate pair; returns the offset behind it. */
    static int skipEscape(final JsonReader reader, final int at) {
        final byte[] bytes = reader.bytes();
        switch (bytes[at + 1]) {
            case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
                return at + 2;
            }
            case 'u' -> {
                final int unit = hex(reader, bytes, at + 2);
                if (unit < SURROGATE_MIN || unit > SURROGATE_MAX) {
                    return at + 6;
                }
                if (Character.isLowSurrogate((char) unit) || bytes[at + 6] != '\\' || bytes[at + 7] != 'u'
                    || !Character.isLowSurrogate((char) hex(reader, bytes, at + 8))) {
                    throw reader.error(at, "unpaired surrogate");
                }
                return at + 12;
            }
            default -> throw reader.unexpected(at + 1, "one of \" \\ / b f n r t u behind the backslash");
        }
    }

    private static int writeEscape(final byte[] bytes, final int from, final int next, final int to) {
        if (next - from == 2) {
            bytes[to] = switch (bytes[from + 1]) {
                case 'b' -> '\b';
                case 'f' -> '\f';
                case 'n' -> '\n';
                case 'r' -> '\r';
                case 't' -> '\t';
                default -> bytes[from + 1];
            };
            return to + 1;
        }
        int codePoint = hex(null, bytes, from + 2);
        if (next - from == 12) {
            codePoint = Character.toCodePoint((char) codePoint, (char) hex(null, bytes, from + 8));
        }
        int end = to;
        if (codePoint < 0x80) {
            bytes[end++] = (byte) codePoint;
        } else if (codePoint < 0x800) {
            bytes[end++] = (byte) (0xC0 | codePoint >> 6);
            bytes[end++] = (byte) (0x80 | codePoint & 0x3F);
        } else if (codePoint < 0x1_0000) {
            bytes[end++] = (byte) (0xE0 | codePoint >> 12);
            bytes[end++] = (byte) (0x80 | codePoint >> 6 & 0x3F);
            bytes[end++] = (byte) (0x80 | codePoint & 0x3F);
        } else {
            bytes[end++] = (byte) (0xF0 | codePoint >> 18);
            bytes[end++] = (byte) (0x80 | codePoint >> 12 & 0x3F);
            bytes[end++] = (byte) (0x80 | codePoint >> 6 & 0x3F);
            bytes[end++] = (byte) (0x80 | codePoint & 0x3F);
        }
        return end;
    }

    /** Checks the UTF-8 sequence at {@code at}, whose first byte is not ASCII: shortest form, no surrogates, nothing above U+10FFFF. */
    static int pastMultibyte(final JsonReader reader, final byte[] bytes, final int at) {
        final int lead = bytes[at] & 0xFF;
        final int second = bytes[at + 1] & 0xFF;
        final boolean valid;
        final int length;
        if (lead < 0xE0) {
            valid = lead >= 0xC2 && second >= 0x80 && second <= 0xBF;
            length = 2;
        } else if (lead < 0xF0) {
            final int min = lead == 0xE0 ? 0xA0 : 0x80;
            final int max = lead == 0xED ? 0x9F : 0xBF;
            valid = second >= min && second <= max && isContinuation(bytes[at + 2]);
            length = 3;
        } else {
            final int min = lead == 0xF0 ? 0x90 : 0x80;
            final int max = lead == 0xF4 ? 0x8F : 0xBF;
            valid = lead <= 0xF4 && second >= min && second <= max && isContinuation(bytes[at + 2]) && isContinuation(bytes[at + 3]);
            length = 4;
        }
        if (!valid) {
            throw reader.error(at, "invalid UTF-8");
        }
        return at + length;
    }

    private static boolean isContinuation(final byte value) {
        return (value & 0xC0) == 0x80;
    }

    private static int hex(final JsonReader reader, final byte[] bytes, final int at) {
        int value = 0;
        for (int i = at; i < at + 4; i++) {
            final int digit = Character.digit(bytes[i], 16);
            // Character.digit takes only ASCII here: a byte is below 128 or negative.
            if (digit < 0) {
                throw reader.unexpected(i, "a hexadecimal digit");
            }
            value = value << 4 | digit;
        }
        return value;
    }
}
