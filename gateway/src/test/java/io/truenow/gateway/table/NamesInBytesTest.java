package io.truenow.gateway.table;

import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Names where they stand in a request: judged and found by their bytes, whatever stands around them. */
class NamesInBytesTest {
    private static final String BEFORE = "9z";
    private static final String BEHIND = "Z0";

    private final NameSlice slice = new NameSlice();

    @ParameterizedTest
    @ValueSource(strings = {"a", "z", "A", "Z", "0", "9", "_", "a.b-c_d", "2024"})
    void identifiers(final String name) {
        assertTrue(within(name).isIdentifier());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".a", "-a", "a b", "a/b", "a:b", "a@", "a[", "a`", "a{", "é", "a\0"})
    void noIdentifiers(final String name) {
        assertFalse(within(name).isIdentifier());
    }

    @Test
    void identifiersEndAt128Bytes() {
        assertTrue(within("a".repeat(128)).isIdentifier());
        assertFalse(within("a".repeat(129)).isIdentifier());
    }

    @Test
    void digits() {
        assertTrue(within("0").isDigits());
        assertTrue(within("9").isDigits());
        assertTrue(within("1234567890").isDigits());
        assertFalse(within("").isDigits());
        assertFalse(within("12a").isDigits());
        assertFalse(within("/").isDigits());
        assertFalse(within(":").isDigits());
    }

    @Test
    void anEmptyNameIsOneAndNoneIsNone() {
        assertFalse(slice.isPresent());
        slice.set("");
        assertTrue(slice.isPresent());
        assertEquals("", slice.toString());
        final NameSlice other = new NameSlice();
        other.set(within("other"));
        assertTrue(other.isPresent());
        assertEquals("other", other.toString());
        slice.clear();
        assertFalse(slice.isPresent());
        assertEquals("", slice.toString());
        other.set(slice);
        assertFalse(other.isPresent());
        other.set("name");
        other.set((String) null);
        assertFalse(other.isPresent());
        assertFalse(other.isIdentifier());
    }

    @Test
    void columnsAreFoundByTheirBytesWhateverIsLikely() {
        final Random random = new Random(Seeds.seed("columnsAreFoundByTheirBytesWhateverIsLikely"));
        for (int columns = 0; columns <= 128; columns++) {
            final List<String> names = new ArrayList<>();
            for (int i = 0; i < columns; i++) {
                names.add("c" + i + "é".repeat(i % 3));
            }
            Collections.shuffle(names, random);
            final ColumnIndex index = new ColumnIndex(names);
            assertEquals(columns, index.size());
            for (int hint = -1; hint <= columns; hint += 1 + random.nextInt(40)) {
                for (int ordinal = 0; ordinal < columns; ordinal++) {
                    assertEquals(ordinal, ordinal(index, names.get(ordinal), hint));
                }
                assertEquals(-1, ordinal(index, "c", hint));
                assertEquals(-1, ordinal(index, "c128", hint));
                assertEquals(-1, ordinal(index, "", hint));
            }
        }
    }

    /** "Aa" and "BB" have one hash, as have all names made of them. */
    @Test
    void namesOfOneHashAreToldApart() {
        final ColumnIndex index = new ColumnIndex(List.of("AaAa", "BBBB", "AaBB"));
        assertEquals(0, ordinal(index, "AaAa", -1));
        assertEquals(1, ordinal(index, "BBBB", -1));
        assertEquals(2, ordinal(index, "AaBB", 0));
        assertEquals(-1, ordinal(index, "BBAa", 2));
    }

    private static int ordinal(final ColumnIndex index, final String name, final int hint) {
        final byte[] bytes = (BEFORE + name + BEHIND).getBytes(StandardCharsets.UTF_8);
        return index.ordinal(bytes, BEFORE.length(), bytes.length - BEFORE.length() - BEHIND.length(), hint);
    }

    /** The name in the middle of others' bytes. */
    private NameSlice within(final String name) {
        final byte[] bytes = (BEFORE + name + BEHIND).getBytes(StandardCharsets.UTF_8);
        slice.set(bytes, BEFORE.length(), bytes.length - BEFORE.length() - BEHIND.length());
        return slice;
    }
}
