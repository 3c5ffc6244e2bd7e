package io.truenow.fabric.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import tools.jackson.core.JsonParser;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/**
 * A request's body as every edge takes JSON, for those that read it with Jackson, which by itself is laxer than the gateway's reader: it
 * guesses UTF-16, and lets halves of surrogate pairs pass, which become question marks later. A byte order mark at the beginning is
 * skipped (RFC 8259, section 8.1). Immutable.
 */
public final class JsonBody {
    /** Containers may be nested so deep, as in the gateway. */
    public static final int MAX_DEPTH = 64;

    private static final int BYTE_ORDER_MARK_BYTES = 3;
    /** The longest text of a value; numbers may be values of dimensions. */
    private static final int MAX_NUMBER_LENGTH = 1_024;
    private static final JsonFactory JSON = JsonFactory.builder()
        .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).maxNumberLength(MAX_NUMBER_LENGTH).build())
        .build();

    private final byte[] bytes;
    private final int start;
    private int wrongAt = -1;
    private String wrong;

    private JsonBody(final byte[] bytes) {
        this.bytes = bytes;
        this.start = hasByteOrderMark(bytes) ? BYTE_ORDER_MARK_BYTES : 0;
        scan();
    }

    /** Looks through a body. */
    public static JsonBody of(final byte[] body) {
        return new JsonBody(body);
    }

    /** Looks through a copy of a body. */
    public static JsonBody of(final ByteBuf body) {
        return new JsonBody(ByteBufUtil.getBytes(body));
    }

    /** What keeps the bytes from being a JSON text whatever stands in it, or null. */
    public String wrong() {
        return wrong;
    }

    /** Where that is, in bytes of the body; -1 for nowhere. */
    public int wrongAt() {
        return wrongAt;
    }

    /** A parser of the text; only if nothing is {@link #wrong}. Its offsets lack {@link #start}. */
    public JsonParser parser() {
        return JSON.createParser(ObjectReadContext.empty(), bytes, start, bytes.length - start);
    }

    /** Where the text begins: behind a byte order mark. */
    public int start() {
        return start;
    }

    private static boolean hasByteOrderMark(final byte[] bytes) {
        return bytes.length >= BYTE_ORDER_MARK_BYTES && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB && bytes[2] == (byte) 0xBF;
    }

    private void scan() {
        boolean inString = false;
        int depth = 0;
        int at = start;
        while (at < bytes.length && wrong == null) {
            final byte next = bytes[at];
            if (next < 0 && !inString) {
                // Jackson would skip a second byte order mark
                fail(at, "a character that JSON has in strings only");
            } else if (next < 0) {
                final int size = characterBytes(at);
                if (size == 0) {
                    fail(at, "invalid UTF-8");
                }
                at += size;
            } else if (next == 0) {
                fail(at, "a zero byte: JSON is UTF-8");
            } else if (next == '"') {
                inString = !inString;
                at++;
            } else if (inString) {
                at += next == '\\' ? escapeBytes(at) : 1;
            } else {
                if (next == '{' || next == '[') {
                    if (++depth > MAX_DEPTH) {
                        fail(at, "nested deeper than " + MAX_DEPTH);
                    }
                } else if (next == '}' || next == ']') {
                    depth--;
                }
                at++;
            }
        }
    }

    private void fail(final int at, final String why) {
        wrongAt = at;
        wrong = why + " at byte " + at;
    }

    /** Length of the escape, both halves where it is a surrogate pair; what is no escape is left to the parser. */
    private int escapeBytes(final int at) {
        if (at + 1 >= bytes.length || bytes[at + 1] != 'u') {
            return 2;
        }
        final int unit = hex(at + 2);
        if (unit < Character.MIN_SURROGATE || unit > Character.MAX_SURROGATE) {
            return 2;
        }
        final boolean isPair = Character.isHighSurrogate((char) unit) && at + 7 < bytes.length && bytes[at + 6] == '\\'
            && bytes[at + 7] == 'u' && hex(at + 8) >= Character.MIN_LOW_SURROGATE && hex(at + 8) <= Character.MAX_LOW_SURROGATE;
        if (!isPair) {
            fail(at, "unpaired surrogate");
        }
        return 12;
    }

    /** Four hexadecimal digits, or -1. */
    private int hex(final int at) {
        int value = 0;
        for (int i = at; i < at + 4; i++) {
            final int digit = i < bytes.length ? Character.digit(bytes[i], 16) : -1;
            if (digit < 0) {
                return -1;
            }
            value = value << 4 | digit;
        }
        return value;
    }

    /** Length of a character of more than one byte, 0 if it is not well-formed: no overlong forms, no surrogates, none past U+10FFFF. */
    private int characterBytes(final int at) {
        final int first = bytes[at] & 0xFF;
        final int size = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
        if (size == 0 || bytes.length - at < size) {
            return 0;
        }
        final int second = bytes[at + 1] & 0xFF;
        final int least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        final int most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (second < least || second > most) {
            return 0;
        }
        for (int i = at + 2; i < at + size; i++) {
            if ((bytes[i] & 0xC0) != 0x80) {
                return 0;
            }
        }
        return size;
    }
}
