package io.truenow.fabric.http.serve;

import io.netty.util.AsciiString;

import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

/**
 * The time as answers tell it, made once a second for all of them. Immutable.
 *
 * @param line  of HTTP/1.1, with its end.
 * @param value of HTTP/2.
 */
public record HttpDate(byte[] line, AsciiString value) {
    /** The time now. */
    public static HttpDate now() {
        final String text = DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
        return new HttpDate(("date: " + text + "\r\n").getBytes(StandardCharsets.US_ASCII), AsciiString.of(text));
    }
}
