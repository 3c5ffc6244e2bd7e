package io.truenow.fabric.http.route;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.truenow.fabric.problem.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Locale;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What is refused on every route of every service. */
class RequestCheckTest {
    private static final Set<String> PARAMETERS = Set.of("ack", "trace");

    @ParameterizedTest
    @ValueSource(strings = {"/v1/ingest", "/v1/ingest?", "/v1/ingest?ack=applied", "/v1/ingest?ack=a&trace=1", "/v1/ingest?%61ck=applied",
        "/v1/a%20b?ack=x+y", "/v1/%C3%BC", "http://host/v1/ingest?ack=applied", "/v1/ingest?ack"})
    void takesWhatTheRouteKnows(final String uri) {
        assertNull(check(uri));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "/v1/ingest?acks=applied; unknown_parameter; acks; did you mean ack?",
        "/v1/ingest?Ack=applied; unknown_parameter; Ack; did you mean ack?",
        "/v1/ingest?ack=applied&tarce=1; unknown_parameter; tarce; did you mean trace?",
        "/v1/ingest?pretty=true; unknown_parameter; pretty; it takes ack, trace.",
        "/v1/ingest?ack=applied&ack=journaled; duplicate_parameter; ack; twice",
        "/v1/ingest?ack=applied&%61ck=applied; duplicate_parameter; ack; twice",
        "/v1/ingest?ack=%zz; malformed_uri; ; %25",
        "/v1/ingest?ack=100%; malformed_uri; ; %25",
        "/v1/%4; malformed_uri; ; %25",
        "/v1/%FF; malformed_uri; ; UTF-8"})
    void refusesParametersThatItWouldHaveToIgnore(final String uri, final String code, final String field, final String hint) {
        final Problem problem = check(uri);
        assertNotNull(problem, uri);
        assertEquals(400, HttpStatuses.of(problem.code()));
        assertEquals(code, problem.code().text());
        assertEquals(field, problem.field());
        assertTrue(problem.detail().contains(hint), problem.detail());
    }

    @Test
    void saysWhereThereAreNoParameters() {
        final Problem problem = RequestCheck.check(request("/health?verbose=1"), Set.of());
        assertEquals("unknown_parameter", problem.code().text());
        assertTrue(problem.detail().endsWith("it takes none."), problem.detail());
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Namespace", "X-Table", "X-Priority"})
    void refusesAHeaderWithTwoValues(final String name) {
        assertNull(check("/", name, "a"));
        assertNull(check("/", name, "a", name, "a"), "a proxy may say it again");
        for (final String other : new String[]{"b", "A", ""}) {
            final Problem problem = check("/", name, "a", name.toLowerCase(Locale.ROOT), other);
            assertEquals("duplicate_header", problem.code().text());
            assertEquals(400, HttpStatuses.of(problem.code()));
            assertEquals(name, problem.field());
        }
        assertNull(check("/", "X-Trace", "a", "X-Trace", "b"), "what is not ours is not judged");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "Content-Encoding; gzip; 415; unsupported_content_encoding; identity",
        "Content-Encoding; identity, gzip; 415; unsupported_content_encoding; identity",
        "Content-Encoding; br; 415; unsupported_content_encoding; identity",
        "Transfer-Encoding; gzip, chunked; 501; unsupported_transfer_encoding; chunked",
        "Transfer-Encoding; chunked, gzip; 501; unsupported_transfer_encoding; chunked",
        "Transfer-Encoding; identity; 501; unsupported_transfer_encoding; chunked",
        "Content-Type; application/json; charset=iso-8859-1; unsupported_charset; utf-8",
        "Content-Type; text/plain; charset=\"UTF-16\"; unsupported_charset; utf-8"})
    void refusesEncodingsThatItWouldHaveToIgnore(
        final String name, final String value, final String third, final String code, final String supported) {
        final boolean isType = "Content-Type".equals(name);
        final Problem problem = check("/", name, isType ? value + "; " + third : value);
        assertEquals(isType ? "415" : third, Integer.toString(HttpStatuses.of(problem.code())));
        assertEquals(code, problem.code().text());
        assertEquals(name, problem.field());
        assertTrue(problem.detail().contains("supported is " + supported), problem.detail());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "Content-Encoding|identity", "Content-Encoding|Identity", "Transfer-Encoding|chunked", "Transfer-Encoding|Chunked",
        "Content-Type|application/json", "Content-Type|application/json; charset=UTF-8", "Content-Type|application/json;charset=\"utf-8\"",
        "Content-Type|application/x-www-form-urlencoded", "Content-Type|application/json; charset=us-ascii"})
    void takesUtf8AsItIs(final String name, final String value) {
        assertNull(check("/", name, value));
    }

    private static Problem check(final String uri, final String... headers) {
        return RequestCheck.check(request(uri, headers), PARAMETERS);
    }

    private static HttpRequest request(final String uri, final String... headers) {
        final HttpRequest request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, uri, Unpooled.EMPTY_BUFFER);
        for (int i = 0; i < headers.length; i += 2) {
            request.headers().add(headers[i], headers[i + 1]);
        }
        return request;
    }
}
