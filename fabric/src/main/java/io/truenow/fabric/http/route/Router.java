package io.truenow.fabric.http.route;

import io.truenow.fabric.access.Access;

import java.util.Set;

/**
 * Paths and their handlers. Filled by the launching thread before the edge is bound. An unknown path is answered 404, a known path with
 * another method 405 with {@code Allow}. Every route refuses what it would otherwise have to ignore or to guess: query parameters that it
 * does not know, or that are given twice; one of TrueNow's headers with two values; encodings of the body, and charsets other than UTF-8.
 */
public interface Router {
    /**
     * Adds a route.
     *
     * @param method     upper case.
     * @param path       such as {@code /v1/namespaces/{id}}; a braced part matches one segment.
     * @param access     what the caller must be allowed; the handler sees nobody else.
     * @param parameters names of the query parameters that the handler reads; any other is refused.
     * @return this.
     */
    Router route(String method, String path, Access access, Set<String> parameters, HttpHandler handler);

    /** Adds a route that takes no query parameters. */
    default Router route(final String method, final String path, final Access access, final HttpHandler handler) {
        return route(method, path, access, Set.of(), handler);
    }
}
