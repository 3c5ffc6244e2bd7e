package io.truenow.fabric.http.serve;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.truenow.fabric.http.route.RouteTable;

/**
 * A request without its body. HTTP/2 makes it of its own headers, so that everything beyond sees one form.
 *
 * @param routePath   null if there is nothing at the path.
 * @param route       null if the path knows no such method.
 * @param bodyLength  0 if there is none, or it is not told.
 * @param isChunked   whether a body comes whose length is not told.
 * @param headerBytes that the head takes.
 */
public record RequestHead(
    HttpRequest request,
    String path,
    RouteTable.Path routePath,
    RouteTable.Route route,
    long bodyLength,
    boolean isChunked,
    int headerBytes) {

    /** A request of HTTP/1.1, which says in its headers whether it has a body. */
    public static RequestHead of(final HttpRequest request, final RouteTable routes) {
        final boolean isChunked = HttpUtil.isTransferEncodingChunked(request);
        return of(request, routes, isChunked ? 0 : HttpUtil.getContentLength(request, 0L), isChunked, 0);
    }

    /** A request whose protocol says of itself whether it has a body. */
    public static RequestHead of(
        final HttpRequest request, final RouteTable routes, final long bodyLength, final boolean isChunked, final int headerBytes) {
        final String path = pathOf(request.uri());
        final RouteTable.Path routePath = routes.find(path);
        return new RequestHead(request, path, routePath, routePath == null ? null : routePath.method(request.method().name()),
            bodyLength, isChunked, headerBytes);
    }

    public boolean isHead() {
        return "HEAD".equals(request.method().name());
    }

    public boolean keepAlive() {
        return HttpUtil.isKeepAlive(request);
    }

    public boolean isHttp10() {
        return request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    }

    public boolean expectsContinue() {
        return HttpUtil.is100ContinueExpected(request);
    }

    /** Whether it is answered also when there is no room for others: it brings no body. */
    public boolean isForMonitoring() {
        return routePath != null && routePath.isForMonitoring() && bodyLength == 0 && !isChunked;
    }

    String authorization() {
        return request.headers().get(HttpHeaderNames.AUTHORIZATION);
    }

    private static String pathOf(final String uri) {
        int start = 0;
        if (!uri.startsWith("/")) {
            final int scheme = uri.indexOf("://");
            final int slash = scheme < 0 ? -1 : uri.indexOf('/', scheme + 3);
            start = Math.max(slash, 0);
        }
        final int queryStart = uri.indexOf('?', start);
        return start == 0 && queryStart < 0 ? uri : uri.substring(start, queryStart < 0 ? uri.length() : queryStart);
    }
}
