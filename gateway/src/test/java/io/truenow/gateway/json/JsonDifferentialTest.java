package io.truenow.gateway.json;

import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Random and mutated documents, read by Jackson and by us: both refuse them, or both find the same. */
class JsonDifferentialTest {
    private static final long SEED = Seeds.seed("JsonDifferentialTest");
    private static final JsonFactory JACKSON = new JsonFactory();
    /** It takes characters beyond ASCII for hexadecimal digits by their low byte. */
    private static final Pattern JACKSON_MISTAKES = Pattern.compile("\\\\u.{0,3}[^\\x00-\\x7f]");

    private final JsonReader reader = new JsonReader();
    private final JsonReader skipper = new JsonReader();

    @Test
    void agreesWithJackson() {
        final SplittableRandom random = new SplittableRandom(SEED);
        int accepted = 0;
        int refused = 0;
        for (int round = 0; round < 60_000; round++) {
            final StringBuilder json = new StringBuilder();
            value(random, json, 0);
            byte[] bytes = json.toString().getBytes(StandardCharsets.UTF_8);
            for (int mutations = random.nextInt(4); mutations > 0; mutations--) {
                bytes = mutate(random, bytes);
            }
            if (JACKSON_MISTAKES.matcher(new String(bytes, StandardCharsets.UTF_8)).find()) {
                continue;
            }
            if (check(bytes, round)) {
                accepted++;
            } else {
                refused++;
            }
        }
        assertTrue(accepted > 10_000 && refused > 10_000, accepted + " accepted, " + refused + " refused, seed " + SEED);
    }

    @Test
    void readsRandomDoublesBitForBit() {
        final SplittableRandom random = new SplittableRandom(SEED);
        for (int round = 0; round < 1_000_000; round++) {
            final String text = number(random);
            final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            reader.wrap(bytes, 0, bytes.length);
            reader.readNumber();
            reader.end();
            assertEquals(Double.doubleToRawLongBits(Double.parseDouble(text)), Double.doubleToRawLongBits(reader.doubleValue()),
                () -> text + ", seed " + SEED);
        }
    }

    private boolean check(final byte[] bytes, final int round) {
        final String about = "round " + round + ", seed " + SEED + ": " + new String(bytes, StandardCharsets.UTF_8);
        Object expected = null;
        boolean valid = true;
        try {
            // Strictly: Jackson itself guesses other encodings and takes some invalid surrogates.
            final String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
            try (JsonParser parser = JACKSON.createParser(ObjectReadContext.empty(), text)) {
                valid = parser.nextToken() != null;
                expected = valid ? plain(parser) : null;
                valid &= parser.nextToken() == null;
                expected = valid ? expected : null;
            }
        } catch (final CharacterCodingException | JacksonException | UnpairedException e) {
            valid = false;
            expected = null;
        }
        Object actual = null;
        boolean ours = true;
        try {
            reader.wrap(bytes, 0, bytes.length);
            actual = read();
            reader.end();
        } catch (final JsonException e) {
            ours = false;
            actual = null;
            assertTrue(e.position() >= 0 && e.position() <= bytes.length, about);
        }
        boolean skipped = true;
        try {
            skipper.wrap(bytes, 0, bytes.length);
            skipper.skipValue();
            skipper.end();
        } catch (final JsonException e) {
            skipped = false;
        }
        assertEquals(valid, ours, about);
        assertEquals(valid, skipped, about);
        assertEquals(expected, actual, about);
        return valid;
    }

    private Object read() {
        switch (reader.peek()) {
            case OBJECT -> {
                final Map<String, Object> object = new LinkedHashMap<>();
                if (reader.beginObject()) {
                    do {
                        reader.readName();
                        object.put(text(), read());
                    } while (reader.nextMember());
                }
                return object;
            }
            case ARRAY -> {
                final List<Object> array = new ArrayList<>();
                if (reader.beginArray()) {
                    do {
                        array.add(read());
                    } while (reader.nextElement());
                }
                return array;
            }
            case STRING -> {
                reader.readString();
                return text();
            }
            case NUMBER -> {
                reader.readNumber();
                return reader.isLong() ? (Object) reader.longValue() : (Object) reader.doubleValue();
            }
            case BOOLEAN -> {
                return reader.readBoolean();
            }
            default -> {
                reader.readNull();
                return null;
            }
        }
    }

    private String text() {
        return new String(reader.bytes(), reader.textOffset(), reader.textLength(), StandardCharsets.UTF_8);
    }

    private static Object plain(final JsonParser parser) {
        switch (parser.currentToken()) {
            case START_OBJECT -> {
                final Map<String, Object> object = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    final String name = paired(parser.currentName());
                    parser.nextToken();
                    object.put(name, plain(parser));
                }
                return object;
            }
            case START_ARRAY -> {
                final List<Object> array = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(plain(parser));
                }
                return array;
            }
            case VALUE_STRING -> {
                return paired(parser.getString());
            }
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                final String text = parser.getString();
                try {
                    return (Object) Long.parseLong(text);
                } catch (final NumberFormatException e) {
                    return (Object) Double.parseDouble(text);
                }
            }
            case VALUE_TRUE, VALUE_FALSE -> {
                return parser.currentToken() == JsonToken.VALUE_TRUE;
            }
            default -> {
                return null;
            }
        }
    }

    /** Jackson takes escaped surrogates without their other half; a text with them is not Unicode and has no UTF-8 form. */
    private static String paired(final String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isHighSurrogate(text.charAt(i)) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(text.charAt(i))) {
                throw new UnpairedException();
            }
        }
        return text;
    }

    private static void value(final SplittableRandom random, final StringBuilder out, final int depth) {
        space(random, out);
        switch (random.nextInt(depth > 4 ? 5 : 8)) {
            case 0 -> out.append(random.nextBoolean());
            case 1 -> out.append("null");
            case 2 -> out.append(number(random));
            case 3, 4 -> string(random, out);
            case 5 -> {
                out.append('[');
                for (int n = random.nextInt(4), i = 0; i < n; i++) {
                    out.append(i == 0 ? "" : ",");
                    value(random, out, depth + 1);
                }
                out.append(']');
            }
            default -> {
                out.append('{');
                for (int n = random.nextInt(4), i = 0; i < n; i++) {
                    out.append(i == 0 ? "" : ",");
                    space(random, out);
                    string(random, out);
                    space(random, out);
                    out.append(':');
                    value(random, out, depth + 1);
                }
                out.append('}');
            }
        }
        space(random, out);
    }

    private static void space(final SplittableRandom random, final StringBuilder out) {
        if (random.nextInt(5) == 0) {
            out.append(" \t\r\n".charAt(random.nextInt(4)));
        }
    }

    private static void string(final SplittableRandom random, final StringBuilder out) {
        out.append('"');
        for (int n = random.nextInt(20); n > 0; n--) {
            switch (random.nextInt(12)) {
                case 0 -> out.append('\\').append("\"\\/bfnrt".charAt(random.nextInt(8)));
                case 1 -> out.append(String.format(java.util.Locale.ROOT, "\\u%04x", random.nextInt(0x1_0000)));
                case 2 -> {
                    final char[] pair = Character.toChars(0x1_0000 + random.nextInt(0x10_0000));
                    out.append(String.format(java.util.Locale.ROOT, "\\u%04X\\u%04x", (int) pair[0], (int) pair[1]));
                }
                case 3 -> out.appendCodePoint(0x80 + random.nextInt(0x700));
                case 4 -> out.appendCodePoint(0x1_0000 + random.nextInt(0x10_0000));
                case 5 -> out.appendCodePoint(0xE000 + random.nextInt(0x1000));
                default -> out.append("abcdefgh 0189_-+{}[]:,".charAt(random.nextInt(22)));
            }
        }
        out.append('"');
    }

    private static String number(final SplittableRandom random) {
        return switch (random.nextInt(9)) {
            case 7 -> random.nextLong() + "e" + random.nextInt(-140, 140);
            // Halfway between two doubles, or next to it.
            case 8 -> new BigDecimal(Math.scalb(1.0 + random.nextLong(1L << 52) * 0x1p-52, random.nextInt(-10, 11)))
                .add(new BigDecimal(Math.scalb(0x1p-53, random.nextInt(-10, 11)))).round(new MathContext(random.nextInt(15,
                25))).toString();
            case 0 -> Long.toString(random.nextInt(-1_000, 1_000));
            case 1 -> Long.toString(random.nextLong());
            case 2 -> Double.toString(random.nextDouble() * 1_000);
            case 3 -> {
                final double any = Double.longBitsToDouble(random.nextLong());
                yield Double.isFinite(any) ? Double.toString(any) : "-0.0";
            }
            case 4 -> random.nextInt(10_000) + "." + random.nextLong(1_000_000_000_000L);
            case 5 -> random.nextInt(-9, 10) + "." + random.nextInt(1_000_000) + "e" + random.nextInt(-330, 330);
            default -> (random.nextBoolean() ? "-" : "") + (1 + random.nextInt(9)) + Long.toUnsignedString(random.nextLong())
                + Long.toUnsignedString(random.nextLong()) + (random.nextBoolean() ? "" : "E-" + random.nextInt(60));
        };
    }

    private static byte[] mutate(final SplittableRandom random, final byte[] bytes) {
        if (bytes.length == 0) {
            return bytes;
        }
        final int at = random.nextInt(bytes.length);
        switch (random.nextInt(5)) {
            case 0 -> {
                final byte[] shorter = new byte[bytes.length - 1];
                System.arraycopy(bytes, 0, shorter, 0, at);
                System.arraycopy(bytes, at + 1, shorter, at, shorter.length - at);
                return shorter;
            }
            case 1 -> {
                return java.util.Arrays.copyOf(bytes, at);
            }
            case 2 -> {
                final byte[] changed = bytes.clone();
                changed[at] = (byte) random.nextInt(256);
                return changed;
            }
            default -> {
                final byte[] changed = bytes.clone();
                changed[at] = (byte) "{}[]\",:\\0-+.eE \ntfnu1".charAt(random.nextInt(21));
                return changed;
            }
        }
    }

    private static final class UnpairedException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }
}
