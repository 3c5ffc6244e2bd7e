package io.truenow.fabric.catalog;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Names at the bounds of what they may be made of. */
class NameBoundsTest {
    @ParameterizedTest
    @ValueSource(strings = {"a", "z", "A", "Z", "0", "9", "_", "a.b", "a-b", "_.-", "0a", "azAZ09_.-"})
    void identifiers(final String name) {
        assertTrue(Names.isIdentifier(name));
    }

    /** The characters beside each end of the ranges that are allowed, first and later in a name. */
    @ParameterizedTest
    @ValueSource(strings = {"", ".", "-", ".a", "-a", "a`", "a{", "a@", "a[",
        "a/", "a:", "a ", "aä", "`", "{", "@", "[", "/", ":", "^", "a\0"})
    void noIdentifiers(final String name) {
        assertFalse(Names.isIdentifier(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", " ", "~", "\u00a0", "日本", "a b", "\ud83d\ude00"})
    void columns(final String name) {
        assertTrue(Names.isColumn(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\u001f", "a\n", "\u007f", "\u0080", "\u009f"})
    void noColumns(final String name) {
        assertFalse(Names.isColumn(name));
    }

    @ParameterizedTest
    @ValueSource(ints = {127, 128, 129})
    void lengths(final int length) {
        assertEquals(length <= 128, Names.isIdentifier("a".repeat(length)));
        assertEquals(length <= 128, Names.isColumn("a".repeat(length)));
        // two bytes each
        assertEquals(length / 2 * 2 <= 128, Names.isColumn("ä".repeat(length / 2)));
        assertEquals(false, Names.isColumn("ä".repeat(65)));
    }
}
