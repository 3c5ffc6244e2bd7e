package io.truenow.fabric.http;

/**
 * Paths and their handlers. Filled by the launching thread before the edge is bound. An unknown path is answered 404, a known path with
 * another method 405 with {@code Allow}.
 */
public interface Router {
    /**
     * Adds a route.
     *
     * @param method upper case.
     * @param path   such as {@code /v1/namespaces/{id}}; a braced part matches one segment.
     * @return this.
     */
    Router route(String method, String path, HttpHandler handler);
}
