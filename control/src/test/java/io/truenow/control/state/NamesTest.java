package io.truenow.control.state;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class NamesTest {
    @ParameterizedTest
    @ValueSource(strings = {"a", "z", "A", "Z", "0a", "9a", "_", "a.b", "a-b", "_.-", "azAZ09_.-"})
    void identifiers(final String name) {
        assertTrue(isIdentifier(name));
    }

    /** The characters beside each end of the ranges that are allowed, first and later in a name. */
    @ParameterizedTest
    @ValueSource(strings = {"", ".", "-", ".a", "-a", "a`", "a{", "a@", "a[", "a/", "a:", "a ", "aä",
        "`", "{", "@", "[", "/", ":", "^", "a\0"})
    void noIdentifiers(final String name) {
        assertFalse(isIdentifier(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", " ", "~", "\u00a0", "日本", "a b", "\ud83d\ude00"})
    void columns(final String name) {
        assertTrue(isColumn(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\u001f", "a\n", "\u007f", "\u0080", "\u009f"})
    void noColumns(final String name) {
        assertFalse(isColumn(name));
    }

    @ParameterizedTest
    @ValueSource(ints = {127, 128, 129})
    void lengths(final int length) {
        assertEquals(length <= 128, isIdentifier("a".repeat(length)));
        assertEquals(length <= 128, isColumn("a".repeat(length)));
        // two bytes each
        assertEquals(length / 2 * 2 <= 128, isColumn("ä".repeat(length / 2)));
        assertEquals(false, isColumn("ä".repeat(65)));
    }

    /** Asked as a client would, so that it does not matter which class knows. */
    private static boolean isIdentifier(final String name) {
        final Machine machine = new Machine();
        final boolean isNamespace = Commands.code(machine.apply(Commands.createNamespace(1, 1, -1, name, true))).isEmpty();
        final boolean isTable =
            Commands.code(machine.apply(Commands.ensureTable(1, 2, "n", name, List.of(), List.of(), false))).isEmpty();
        assertEquals(isNamespace, isTable, name);
        return isNamespace;
    }

    private static boolean isColumn(final String name) {
        final Machine machine = new Machine();
        final boolean isDimension =
            Commands.code(machine.apply(Commands.ensureTable(1, 1, "n", "t", List.of(name), List.of(), false))).isEmpty();
        final boolean isMetric =
            Commands.code(machine.apply(Commands.ensureTable(1, 2, "n", "t", List.of(), List.of(name), false))).isEmpty();
        assertEquals(isDimension, isMetric, name);
        return isDimension;
    }
}
