package io.truenow.fabric.http.h2;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.truenow.fabric.http.route.RouteTable;
import io.truenow.fabric.http.serve.HttpDate;
import io.truenow.fabric.http.serve.RequestHead;

import java.util.Map;

/** Heads of requests and answers, between HTTP/2 and what the edge knows. Stateless. */
final class Headers {
    /** Instead of a length. */
    static final int NO_LENGTH = -1;

    /** What an entry of the dynamic table costs beside its bytes, as RFC 7541 counts it. */
    private static final int ENTRY_BYTES = 32;
    private static final int ROOM = 8;
    private static final AsciiString BEARER = AsciiString.cached("Bearer");

    private Headers() {
    }

    /**
     * Reads the head of a request.
     *
     * @param isWhole whether no body follows.
     * @return null if it is malformed.
     */
    static RequestHead read(final Http2Headers headers, final boolean isWhole, final RouteTable routes) {
        final CharSequence path = headers.path();
        if (headers.method() == null || path == null || path.isEmpty() || path.charAt(0) != '/') {
            return null;
        }
        try {
            final HttpHeaders fields = new DefaultHttpHeaders();
            int bytes = 0;
            for (final Map.Entry<CharSequence, CharSequence> field : headers) {
                bytes += field.getKey().length() + field.getValue().length() + ENTRY_BYTES;
                if (!Http2Headers.PseudoHeaderName.hasPseudoHeaderFormat(field.getKey())) {
                    fields.add(field.getKey(), field.getValue());
                }
            }
            if (fields.contains(HttpHeaderNames.TRANSFER_ENCODING) || fields.contains(HttpHeaderNames.CONNECTION)) {
                return null;
            }
            if (headers.authority() != null) {
                fields.set(HttpHeaderNames.HOST, headers.authority());
            }
            final HttpRequest request =
                new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf(headers.method().toString()), path.toString(), fields);
            final long length = isWhole ? 0 : HttpUtil.getContentLength(request, (long) NO_LENGTH);
            return RequestHead.of(request, routes, Math.max(length, 0), length < 0, bytes);
        } catch (final IllegalArgumentException e) {
            return null;
        }
    }

    /** Writes the head of an answer. */
    static Http2Headers write(final HttpDate date, final int status, final String contentType, final int length) {
        final Http2Headers headers = new DefaultHttp2Headers(false, ROOM);
        headers.status(HttpResponseStatus.valueOf(status).codeAsText());
        headers.set(HttpHeaderNames.DATE, date.value());
        headers.set(HttpHeaderNames.CONTENT_TYPE, contentType);
        if (length >= 0) {
            headers.setInt(HttpHeaderNames.CONTENT_LENGTH, length);
        }
        if (status == HttpResponseStatus.UNAUTHORIZED.code()) {
            headers.set(HttpHeaderNames.WWW_AUTHENTICATE, BEARER);
        }
        return headers;
    }

    /** Asks for the body. */
    static Http2Headers proceed() {
        return new DefaultHttp2Headers(false, 1).status(HttpResponseStatus.CONTINUE.codeAsText());
    }
}
