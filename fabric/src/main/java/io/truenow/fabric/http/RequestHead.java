package io.truenow.fabric.http;

import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;

/**
 * A request without its body.
 *
 * @param routePath  null if there is nothing at the path.
 * @param route      null if the path knows no such method.
 * @param bodyLength 0 if there is none, or it is chunked.
 */
record RequestHead(
    HttpRequest request, String path, RouteTable.Path routePath, RouteTable.Route route, long bodyLength, boolean isChunked) {

    static RequestHead of(final HttpRequest request, final RouteTable routes) {
        final String path = pathOf(request.uri());
        final RouteTable.Path routePath = routes.find(path);
        final boolean isChunked = HttpUtil.isTransferEncodingChunked(request);
        return new RequestHead(request, path, routePath, routePath == null ? null : routePath.method(request.method().name()),
            isChunked ? 0 : HttpUtil.getContentLength(request, 0L), isChunked);
    }

    boolean isHead() {
        return "HEAD".equals(request.method().name());
    }

    boolean keepAlive() {
        return HttpUtil.isKeepAlive(request);
    }

    boolean isHttp10() {
        return request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    }

    /** Whether it is answered also when there is no room for others: it brings no body. */
    boolean isForMonitoring() {
        return routePath != null && routePath.isForMonitoring && bodyLength == 0 && !isChunked;
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
