package io.truenow.fabric.http;

import io.truenow.fabric.problem.Problem;

import java.util.Set;

/**
 * A route's handler behind {@link RequestCheck}. Event loops.
 *
 * @param parameters names of the query parameters that the handler reads.
 */
record CheckedHandler(Set<String> parameters, HttpHandler handler) implements HttpHandler {
    @Override
    public void handle(final HttpExchange exchange) {
        // routes only ever see the exchanges of this package
        final Problem wrong = RequestCheck.check(((ServerExchange) exchange).request(), parameters);
        if (wrong == null) {
            handler.handle(exchange);
        } else {
            exchange.problem(wrong);
        }
    }
}
