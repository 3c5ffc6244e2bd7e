package io.truenow.query.answer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Atoms of JSON at their edges. */
class JsonBytesTest {
    @Test
    void textsAreEscapedAndNoMore() {
        assertEquals("a\\u0000b\\u001f \\\"\\\\\\n\\r\\t!\u007fé", escaped("a\0b\u001f \"\\\n\r\t!\u007fé"));
        assertEquals("\\u0001\\u0010\\u000b", escaped("\u0001\u0010\u000b"));
        assertEquals("", escaped(""));
    }

    @Test
    void wholeNumbersAreWrittenWithAllTheirDigits() {
        long power = 1;
        for (int digits = 1; digits <= 19; digits++) {
            for (final long value : new long[] {power, power - 1, power + 1}) {
                assertEquals(Long.toString(value), number(value));
                assertEquals(Long.toString(-value), number(-value));
            }
            power = digits < 19 ? power * 10 : power;
        }
        assertEquals(Long.toString(Long.MAX_VALUE), number(Long.MAX_VALUE));
        assertEquals(Long.toString(Long.MIN_VALUE), number(Long.MIN_VALUE));
    }

    @Test
    void sumsAreExactFrom2To53To2To90() {
        assertEquals("9007199254740991", exact(0x1p53 - 1, 0));
        assertEquals("9007199254740992", exact(0x1p53, 0));
        assertEquals("-9007199254740991", exact(-0x1p53, 1));
        assertEquals(new BigDecimal(0x1p90 - 0x1p40).add(BigDecimal.ONE).toPlainString(), exact(0x1p90 - 0x1p40, 1));
        assertEquals(0x1p90, Double.parseDouble(exact(0x1p90, 1)));
        assertTrue(exact(0x1p90, 1).contains("E"), "not all digits are known");
        assertEquals("0.5", exact(0.5, 0));
        assertEquals("null", exact(Double.NaN, 0));
        assertEquals("0", exact(-0.0, 0));
    }

    private static String escaped(final String text) {
        final byte[] bytes = ('"' + text + '"').getBytes(StandardCharsets.UTF_8);
        final ByteBuf out = Unpooled.buffer();
        JsonBytes.escaped(out, bytes, 1, bytes.length - 1);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String number(final long value) {
        final ByteBuf out = Unpooled.buffer(1);
        JsonBytes.number(out, value);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static String exact(final double value, final double rest) {
        final ByteBuf out = Unpooled.buffer();
        JsonBytes.exact(out, value, rest);
        return out.toString(StandardCharsets.UTF_8);
    }
}
