package io.truenow.fabric.http.route;

/** Answers requests of one route. */
@FunctionalInterface
public interface HttpHandler {
    /** Called on the connection's event loop; must not block. It answers now, or keeps the exchange and answers later from any thread. */
    void handle(HttpExchange exchange);
}
