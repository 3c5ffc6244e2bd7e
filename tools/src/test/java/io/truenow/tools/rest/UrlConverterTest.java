package io.truenow.tools.rest;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

import java.net.URI;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class UrlConverterTest {
    private final UrlConverter converter = new UrlConverter();

    @Test
    void takesAHostAndAPort() {
        assertEquals(URI.create("http://node-5:8088"), converter.convert("http://node-5:8088"));
        assertEquals(URI.create("http://[::1]:8088"), converter.convert("http://[::1]:8088/"));
        assertEquals(URI.create("http://node-5:80"), converter.convert("http://node-5"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "node-5:8088", "127.0.0.1:8088", "https://node-5:8443", "http://", "http://a b", "http://a:1/v1",
        "http://a:1?x", "http://me@a:1", "http://::1:8088", "//a:1"})
    void refusesOthers(final String text) {
        assertThrows(TypeConversionException.class, () -> converter.convert(text));
    }
}
