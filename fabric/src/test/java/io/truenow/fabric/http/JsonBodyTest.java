package io.truenow.fabric.http;

import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JsonToken;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

class JsonBodyTest {
    @ParameterizedTest
    @ValueSource(strings = {
        "{}", "", "nonsense", "{\"a\":\"\\ud83d\\ude00\"}", "\"\\\\ud800\"", "\"\\u0000\"", "\"ü\uD83D\uDE00\"", "\"\\\"{[\""})
    void leavesTheRestToTheParser(final String text) {
        assertNull(of(text).wrong(), text);
        assertEquals(0, of(text).start());
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', delimiter = '|', value = {
        "\"\\ud800\"|1|unpaired surrogate at byte 1", "\"a\\ud800\\n\"|2|unpaired surrogate at byte 2",
        "\"\\udc00\\ud800\"|1|unpaired surrogate at byte 1", "\"\\ud800\\ud800\"|1|unpaired surrogate at byte 1",
        "{\"\\uD83D\":1}|2|unpaired surrogate at byte 2", "\"\\\\\\uD83D\"|3|unpaired surrogate at byte 3"})
    void refusesHalvesOfPairs(final String text, final int at, final String wrong) {
        assertEquals(wrong, of(text).wrong());
        assertEquals(at, of(text).wrongAt());
    }

    @Test
    void skipsAByteOrderMark() {
        final JsonBody body = of("\uFEFF[1]");
        assertNull(body.wrong());
        assertEquals(3, body.start());
        assertEquals(JsonToken.START_ARRAY, body.parser().nextToken());
        assertEquals(3, of("\uFEFF\uFEFF[1]").wrongAt(), "one");
        assertEquals(4, of("\uFEFF\"\\ud800\"").wrongAt(), "positions are those of the body as it was sent");
    }

    @Test
    void refusesOtherEncodings() {
        assertEquals(0, JsonBody.of("[]".getBytes(StandardCharsets.UTF_16)).wrongAt());
        assertEquals(1, JsonBody.of("[]".getBytes(StandardCharsets.UTF_16LE)).wrongAt());
        assertEquals(0, JsonBody.of("[]".getBytes(StandardCharsets.UTF_16BE)).wrongAt());
    }

    @Test
    void limitsNesting() {
        final int depth = JsonBody.MAX_DEPTH;
        assertNull(of("[".repeat(depth) + "]".repeat(depth) + "[]").wrong());
        assertEquals("nested deeper than 64 at byte 64", of("[".repeat(depth + 1)).wrong());
        assertEquals("nested deeper than 64 at byte 320", of("{\"a\":".repeat(depth) + "{").wrong());
        assertNull(of('"' + "[".repeat(depth + 1) + '"').wrong());
    }

    /** Against the JDK's own decoder, on random bytes that often are nearly UTF-8. */
    @Test
    void knowsUtf8() {
        final RandomGenerator random = Seeds.random("JsonBodyTest");
        final int[] firsts = {0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF, 0x80, 'a'};
        final int[] others = {0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 'a'};
        for (int round = 0; round < 200_000; round++) {
            final byte[] bytes = new byte[2 + random.nextInt(5)];
            for (int i = 1; i < bytes.length; i++) {
                final int[] from = random.nextInt(3) == 0 ? firsts : others;
                bytes[i] = (byte) from[random.nextInt(from.length)];
            }
            bytes[0] = '"';
            bytes[1] = (byte) firsts[random.nextInt(firsts.length)];
            boolean isUtf8 = true;
            try {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            } catch (final CharacterCodingException e) {
                isUtf8 = false;
            }
            assertEquals(isUtf8, JsonBody.of(bytes).wrong() == null, () -> HexFormat.of().formatHex(bytes));
        }
    }

    private static JsonBody of(final String text) {
        return JsonBody.of(text.getBytes(StandardCharsets.UTF_8));
    }
}
