package io.truenow.fabric.catalog;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class NamesTest {
    @ParameterizedTest
    @ValueSource(strings = {"a", "_", "0", "2024", "a.b-c_d", "A9", "zZaA", "Z", "z", "A", "9"})
    void identifiers(final String name) {
        assertTrue(Names.isIdentifier(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".a", "-a", "a b", "a/b", "ü", "a\0", "a\n", "@", "[", "`", "{", "/", ":"})
    void noIdentifiers(final String name) {
        assertFalse(Names.isIdentifier(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", " ", "ü", "\uD83D\uDE00", "a,b:c", "1", "~", "\u00a0", "\uE000", "\uD7FF"})
    void columns(final String name) {
        assertTrue(Names.isColumn(name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\u007f", "\u0080", "\u009f", "\n", "\uD83D", "a\uDE00", "\u001f", "\uD800", "\uDFFF"})
    void noColumns(final String name) {
        assertFalse(Names.isColumn(name));
    }

    @Test
    void lengths() {
        assertTrue(Names.isIdentifier("a".repeat(128)));
        assertFalse(Names.isIdentifier("a".repeat(129)));
        assertTrue(Names.isColumn("a".repeat(128)));
        assertFalse(Names.isColumn("a".repeat(129)));
        assertTrue(Names.isColumn("ü".repeat(64)));
        assertFalse(Names.isColumn("ü".repeat(64) + 'a'));
    }

    @Test
    void digitsAreDigitsOnly() {
        assertTrue(Names.isDigits("1"));
        assertTrue(Names.isDigits("0042"));
        assertTrue(Names.isDigits("9"));
        assertFalse(Names.isDigits("/"));
        assertFalse(Names.isDigits(":"));
        assertFalse(Names.isDigits(""));
        assertFalse(Names.isDigits("1a"));
        assertFalse(Names.isDigits("1.0"));
        assertFalse(Names.isDigits("١"), "an Arabic one is no digit of an id");
    }
}
