package io.truenow.gateway.json;

import io.netty.buffer.ByteBuf;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A cursor over a JSON text (RFC 8259, UTF-8, strictly, behind a byte order mark or none). One thread. It works on its own copy of the
 * bytes, which is kept from text to text, so nothing is allocated once it has grown; a string is a slice of that copy, valid until the next
 * {@code wrap}. A string with escapes is unescaped where it stands (it only gets shorter), so a string can be read once; {@link #skipValue}
 * changes nothing.
 *
 * <p>The copy is followed by zero bytes. Zero is legal nowhere in JSON, so a scan needs no check of the end, and eight bytes can be loaded
 * anywhere.
 *
 * <pre>{@code
 *   if (reader.beginObject()) {
 *       do {
 *           reader.readName();              // text() is the name
 *           reader.skipValue();             // or any other way of reading the value
 *       } while (reader.nextMember());
 *   }
 *   reader.end();
 * }</pre>
 */
public final class JsonReader {
    /** Containers may be nested so deep. */
    public static final int MAX_DEPTH = 64;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGHS = 0x8080_8080_8080_8080L;
    private static final int PADDING = 16;
    private static final int INITIAL_BYTES = 4_096;

    private final JsonNumber number = new JsonNumber();
    private byte[] bytes = new byte[INITIAL_BYTES];
    private int position;
    private int limit;
    private int depth;
    private int textOffset;
    private int textLength;

    /** Copies the readable bytes, whose indices stay as they are, and starts at their beginning. */
    public void wrap(final ByteBuf text) {
        final int length = text.readableBytes();
        reset(length);
        text.getBytes(text.readerIndex(), bytes, 0, length);
        skipByteOrderMark();
    }

    /** Copies the bytes and starts at their beginning. */
    public void wrap(final byte[] text, final int offset, final int length) {
        reset(length);
        System.arraycopy(text, offset, bytes, 0, length);
        skipByteOrderMark();
    }

    /** Some programs put one before JSON, and a reader may ignore it (RFC 8259, section 8.1). */
    private void skipByteOrderMark() {
        if (limit >= 3 && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB && bytes[2] == (byte) 0xBF) {
            position = 3;
        }
    }

    private void reset(final int length) {
        if (bytes.length < length + PADDING) {
            bytes = new byte[length + PADDING + (length >> 2)];
        } else {
            Arrays.fill(bytes, length, length + PADDING, (byte) 0);
        }
        limit = length;
        position = 0;
        depth = 0;
        textOffset = 0;
        textLength = 0;
    }

    /** The copy that slices lie in. It changes when a longer text is wrapped. */
    public byte[] bytes() {
        return bytes;
    }

    /** Offset of the next byte to be read. */
    public int position() {
        return position;
    }

    /** Goes back to a value that began at this position and was skipped, or on to the end of one that was read. At the same depth only. */
    public void position(final int newPosition) {
        position = newPosition;
    }

    /** Offset of the last string, name or number read, within {@link #bytes()}. */
    public int textOffset() {
        return textOffset;
    }

    /** Bytes of the last string, name or number read. */
    public int textLength() {
        return textLength;
    }

    /** Whether the last text read is this one. */
    public boolean textEquals(final byte[] expected) {
        return textLength == expected.length
            && Arrays.equals(bytes, textOffset, textOffset + textLength, expected, 0, expected.length);
    }

    /** What the next value is; reads nothing but white space. */
    public JsonKind peek() {
        return switch (skipWhitespace()) {
            case '"' -> JsonKind.STRING;
            case '{' -> JsonKind.OBJECT;
            case '[' -> JsonKind.ARRAY;
            case 't', 'f' -> JsonKind.BOOLEAN;
            case 'n' -> JsonKind.NULL;
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> JsonKind.NUMBER;
            default -> throw unexpected("a value");
        };
    }

    /** Enters an object; true: at its first member's name; false: it is empty and has been left. */
    public boolean beginObject() {
        if (skipWhitespace() != '{') {
            throw unexpected("'{'");
        }
        position++;
        enter();
        final byte next = skipWhitespace();
        if (next == '}') {
            position++;
            depth--;
            return false;
        }
        if (next != '"') {
            throw unexpected("a member name or '}'");
        }
        return true;
    }

    /** After a member's value. True: at the next member's name; false: the object has been left. */
    public boolean nextMember() {
        byte next = bytes[position];
        if (next != ',' && next != '}') {
            next = skipWhitespace();
        }
        if (next == ',') {
            position++;
            if (bytes[position] != '"' && skipWhitespace() != '"') {
                throw unexpected("a member name");
            }
            return true;
        }
        if (next != '}') {
            throw unexpected("',' or '}'");
        }
        position++;
        depth--;
        return false;
    }

    /** Reads a member's name and its colon; the name is the text then. */
    public void readName() {
        readString();
        if (bytes[position] != ':' && skipWhitespace() != ':') {
            throw unexpected("':'");
        }
        position++;
    }

    /** Enters an array; true: at its first element; false: it is empty and has been left. */
    public boolean beginArray() {
        if (skipWhitespace() != '[') {
            throw unexpected("'['");
        }
        position++;
        enter();
        if (skipWhitespace() == ']') {
            position++;
            depth--;
            return false;
        }
        return true;
    }

    /** After an element. True: at the next; false: the array has been left. */
    public boolean nextElement() {
        final byte next = skipWhitespace();
        position++;
        if (next == ',') {
            return true;
        }
        if (next != ']') {
            position--;
            throw unexpected("',' or ']'");
        }
        depth--;
        return false;
    }

    /** Reads a string, which is the text then: valid UTF-8, unescaped. */
    public void readString() {
        if (skipWhitespace() != '"') {
            throw unexpected("a string");
        }
        textOffset = ++position;
        final byte stop = scanString();
        if (stop == '"') {
            textLength = position - textOffset;
            position++;
        } else {
            final int end = JsonText.unescape(this, textOffset);
            textLength = end - textOffset;
        }
    }

    /**
     * Reads a number, which is the text then; what it amounts to is told by {@link #isLong}, {@link #longValue} and {@link #doubleValue}.
     */
    public void readNumber() {
        skipWhitespace();
        textOffset = position;
        position = number.scan(this, bytes, position);
        textLength = position - textOffset;
    }

    /** Whether the number just read has neither fraction nor exponent. */
    public boolean isInteger() {
        return number.isInteger();
    }

    /** Whether the number just read has neither fraction nor exponent and fits a long. */
    public boolean isLong() {
        return number.isLong();
    }

    /** The number just read, exactly. Only if {@link #isLong}. */
    public long longValue() {
        return number.longValue();
    }

    /** The double nearest to the number just read, exactly as {@link Double#parseDouble} has it; infinite where it is too large. */
    public double doubleValue() {
        return number.doubleValue(bytes, textOffset, textLength);
    }

    /** Whether the number just read is written as a whole one, and the double nearest to it, which is finite, is another. */
    public boolean isInexactInteger(final double nearest) {
        return number.isInexactInteger(bytes, textOffset, textLength, nearest);
    }

    /** Reads {@code true} or {@code false}, which is the text then. */
    public boolean readBoolean() {
        final boolean value = skipWhitespace() == 't';
        textOffset = position;
        readLiteral(value ? "true" : "false");
        textLength = position - textOffset;
        return value;
    }

    /** Reads {@code null}. */
    public void readNull() {
        skipWhitespace();
        readLiteral("null");
    }

    /** Reads a value of any kind, checking that it is JSON and changing nothing, so that it can be gone back to. */
    public void skipValue() {
        final int base = depth;
        long arrays = 0;
        while (true) {
            final byte first = skipWhitespace();
            boolean entered = false;
            if (first == '{') {
                entered = beginObject();
                arrays = entered ? arrays << 1 : arrays;
            } else if (first == '[') {
                entered = beginArray();
                arrays = entered ? arrays << 1 | 1 : arrays;
            } else if (first == '"') {
                skipString();
            } else {
                skipScalar();
            }
            if (!entered) {
                while (depth > base && !((arrays & 1) == 1 ? nextElement() : nextMember())) {
                    arrays >>>= 1;
                }
                if (depth == base) {
                    return;
                }
            }
            if ((arrays & 1) == 0) {
                skipName();
            }
        }
    }

    /** Checks that nothing but white space follows. */
    public void end() {
        if (skipWhitespace() != 0 || position != limit) {
            throw unexpected("the end");
        }
    }

    private void skipScalar() {
        switch (peek()) {
            case BOOLEAN -> readBoolean();
            case NULL -> readNull();
            default -> readNumber();
        }
    }

    private void skipName() {
        skipString();
        if (skipWhitespace() != ':') {
            throw unexpected("':'");
        }
        position++;
    }

    private void skipString() {
        position++;
        byte stop = scanString();
        while (stop != '"') {
            position = JsonText.skipEscape(this, position);
            stop = scanString();
        }
        position++;
    }

    /** From {@link #position} to the next quote or backslash, which is returned and not passed. */
    byte scanString() {
        final byte[] source = bytes;
        int at = position;
        while (true) {
            final long word = (long) LONG.get(source, at);
            final long quotes = word ^ '"' * ONES;
            final long backslashes = word ^ '\\' * ONES;
            // The lowest flag is exact: borrows only disturb bytes above a true hit.
            final long special =
                ((quotes - ONES) & ~quotes | (backslashes - ONES) & ~backslashes | word - ' ' * ONES & ~word | word) & HIGHS;
            if (special == 0) {
                at += Long.BYTES;
                continue;
            }
            at += Long.numberOfTrailingZeros(special) >>> 3;
            final byte stop = source[at];
            if (stop >= 0) {
                position = at;
                if (stop < ' ') {
                    throw at >= limit ? unexpected("'\"'") : error(at, "control character in a string: escape it");
                }
                return stop;
            }
            at = JsonText.pastMultibyte(this, source, at);
        }
    }

    private void enter() {
        if (++depth > MAX_DEPTH) {
            throw error(position - 1, "nested deeper than " + MAX_DEPTH);
        }
    }

    private void readLiteral(final String literal) {
        for (int i = 0; i < literal.length(); i++) {
            if (bytes[position + i] != literal.charAt(i)) {
                throw unexpected(literal);
            }
        }
        position += literal.length();
    }

    private byte skipWhitespace() {
        byte next = bytes[position];
        while (next == ' ' || next == '\n' || next == '\r' || next == '\t') {
            next = bytes[++position];
        }
        return next;
    }

    /** Says that something else was expected at {@link #position}. */
    JsonException unexpected(final String expected) {
        return unexpected(position, expected);
    }

    JsonException unexpected(final int at, final String expected) {
        return error(at, at >= limit ? "the text ends where " + expected + " is expected" : "expected " + expected);
    }

    JsonException error(final int at, final String message) {
        return new JsonException(Math.min(at, limit), message + " at byte " + Math.min(at, limit));
    }
}
