package io.truenow.gateway.json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class JsonReaderTest {
    private final JsonReader reader = new JsonReader();

    @Test
    void readsAnObjectInOrder() {
        wrap(" { \"a\" : 1 , \"b\\u0041\":[true,null,\"x\\ny\"],\"\u00e9\" : {} } ");
        assertTrue(reader.beginObject());
        reader.readName();
        assertEquals("a", text());
        reader.readNumber();
        assertEquals(1, reader.longValue());
        assertTrue(reader.nextMember());
        reader.readName();
        assertEquals("bA", text());
        assertEquals(JsonKind.ARRAY, reader.peek());
        assertTrue(reader.beginArray());
        assertTrue(reader.readBoolean());
        assertTrue(reader.nextElement());
        reader.readNull();
        assertTrue(reader.nextElement());
        reader.readString();
        assertEquals("x\ny", text());
        assertFalse(reader.nextElement());
        assertTrue(reader.nextMember());
        reader.readName();
        assertEquals("\u00e9", text());
        assertFalse(reader.beginObject());
        assertFalse(reader.nextMember());
        reader.end();
    }

    @Test
    void goesBackToASkippedValue() {
        wrap("{\"a\":{\"x\":[1,\"\\u00e9\\\\\",{}]},\"b\":2}");
        assertTrue(reader.beginObject());
        reader.readName();
        final int value = reader.position();
        reader.skipValue();
        assertTrue(reader.nextMember());
        reader.readName();
        assertEquals("b", text());
        reader.readNumber();
        assertFalse(reader.nextMember());
        reader.end();
        reader.position(value);
        assertTrue(reader.beginObject());
        reader.readName();
        assertEquals("x", text());
        assertTrue(reader.beginArray());
        reader.skipValue();
        assertTrue(reader.nextElement());
        reader.readString();
        assertEquals("\u00e9\\", text());
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "0;true;0", "-0;true;0", "9223372036854775807;true;9223372036854775807", "9223372036854775808;false;0",
        "-9223372036854775808;true;-9223372036854775808", "-9223372036854775809;false;0", "18446744073709551616;false;0",
        "99999999999999999999;false;0", "1764000000000000;true;1764000000000000", "1e3;false;0", "1.0;false;0",
        "12345678;true;12345678", "123456789012345678;true;123456789012345678"})
    void readsLongsExactly(final String json, final boolean isLong, final long value) {
        wrap(json);
        reader.readNumber();
        reader.end();
        assertEquals(isLong, reader.isLong());
        if (isLong) {
            assertEquals(value, reader.longValue());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-0", "0.0", "-0.0", "0e999", "1e999", "-1e999", "1e-999", "4.9e-324", "2.4703282292062327e-324",
        "1.7976931348623157e308", "1.7976931348623159e308", "9007199254740993", "9007199254740992.5", "0.1", "0.30000000000000004",
        "123456789012345678901234567890", "1e22", "1e23", "8.5e-23", "0.000000000000000000000000000001", "5e-22", "0.1e1",
        "2.2250738585072011e-308", "2.2250738585072014e-308", "1E+2", "1e-2", "100000000.00000001",
        "0.00000000000000000012345678901234567", "9007199254740992", "9007199254740994", "9007199254740993.0", "-9007199254740995",
        "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616", "1180591620717411303424",
        "1180591620717411303425", "-100000000000000000000000", "1000000000000000000000000"})
    void readsDoublesAsTheLibraryDoes(final String json) {
        wrap(json);
        reader.readNumber();
        reader.end();
        assertEquals(Double.doubleToRawLongBits(Double.parseDouble(json)), Double.doubleToRawLongBits(reader.doubleValue()));
        final double nearest = reader.doubleValue();
        assertEquals(json.matches("-?[0-9]+") && new BigDecimal(json).compareTo(new BigDecimal(nearest)) != 0,
            Double.isFinite(nearest) && reader.isInexactInteger(nearest), "a whole number that is rounded");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "|0|a value", "{|1|member name", "{\"a\"|4|':'", "{\"a\":|5|a value", "{\"a\":1|6|','", "{\"a\":1,}|7|member name",
        "{\"a\":1}}|7|the end",
        "[1,]|3|a value", "[1 2]|3|',' or ']'", "[01]|2|begin with 0", "[1.]|3|digit", "[-]|2|digit", "[1e]|3|exponent", "[.5]|1|a value",
        "[+1]|1|a value", "[NaN]|1|a value", "[nul]|1|null", "[tru]|1|true", "'a'|0|a value", "\"a|2|'\"'", "\"\\x\"|2|backslash",
        "\"\\u12G4\"|5|hexadecimal", "\"\\uD800\"|1|surrogate", "\"\\uD800\\u0041\"|1|surrogate", "\"\\uDC00\"|1|surrogate",
        "{1:2}|1|member name",
        "[1}|2|','", "{\"a\":1]|6|','"})
    void saysWhereAndWhat(final String json, final int position, final String expected) {
        wrap(json == null ? "" : json);
        final JsonException error = assertThrows(JsonException.class, () -> {
            reader.skipValue();
            reader.end();
        });
        assertEquals(position, error.position(), error.getMessage());
        assertTrue(error.getMessage().contains(expected), error.getMessage());
    }

    @Test
    void refusesInvalidUtf8AndControlCharacters() {
        final int[][] invalid =
            {{0x80}, {0xC0, 0x80}, {0xC1, 0xBF}, {0xC3}, {0xE0, 0x80, 0x80}, {0xED, 0xA0, 0x80}, {0xE2, 0x82}, {0xF0, 0x80, 0x80, 0x80},
            {0xF4, 0x90, 0x80, 0x80}, {0xF5, 0x80, 0x80, 0x80}, {0xFF}, {0x00}, {0x1F}, {'\n'}};
        for (final int[] sequence : invalid) {
            for (int lead = 0; lead < 12; lead++) {
                final byte[] json = new byte[sequence.length + lead + 2];
                java.util.Arrays.fill(json, (byte)'a');
                json[0] = '"';
                json[json.length - 1] = '"';
                for (int i = 0; i < sequence.length; i++) {
                    json[1 + lead + i] = (byte) sequence[i];
                }
                reader.wrap(json, 0, json.length);
                final JsonException error = assertThrows(JsonException.class, reader::readString);
                assertEquals(1 + lead, error.position());
            }
        }
    }

    @Test
    void limitsDepth() {
        wrap("[".repeat(JsonReader.MAX_DEPTH) + "]".repeat(JsonReader.MAX_DEPTH));
        reader.skipValue();
        reader.end();
        wrap("[".repeat(JsonReader.MAX_DEPTH + 1));
        assertEquals(JsonReader.MAX_DEPTH, assertThrows(JsonException.class, reader::skipValue).position());
    }

    @Test
    void leavesNothingOfALongerTextBehind() {
        wrap("\"" + "x".repeat(100) + "\"");
        reader.readString();
        wrap("\"ab");
        assertThrows(JsonException.class, reader::readString);
    }

    private void wrap(final String json) {
        final byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        reader.wrap(bytes, 0, bytes.length);
    }

    private String text() {
        return new String(reader.bytes(), reader.textOffset(), reader.textLength(), StandardCharsets.UTF_8);
    }
}
