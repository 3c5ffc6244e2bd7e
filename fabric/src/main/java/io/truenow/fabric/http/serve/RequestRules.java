package io.truenow.fabric.http.serve;

import io.truenow.fabric.access.Access;
import io.truenow.fabric.access.Principal;
import io.truenow.fabric.http.limits.Refusals.Reason;
import io.truenow.fabric.http.route.RequestCheck;
import io.truenow.fabric.http.route.RouteTable;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;

/** What a request is held against before a handler sees it, and who then answers it. Stateless; any event loop. */
public final class RequestRules {
    /** Of a method, an address and a version, as HTTP/1.1 has them in one line. */
    public static final int MAX_REQUEST_LINE_BYTES = 16 * 1024;
    /** Of all headers. */
    public static final int MAX_HEADER_BYTES = 32 * 1024;

    private final EdgeCore edge;

    RequestRules(final EdgeCore edge) {
        this.edge = edge;
    }

    /**
     * Judges a request by its head, before its body is read.
     *
     * @param isReserved whether it came on a connection beyond the limit.
     * @return null, or why it is refused.
     */
    public Problem judge(final IncomingRequest incoming, final boolean isReserved) {
        final RequestHead head = incoming.head();
        if (head.request().uri().length() > MAX_REQUEST_LINE_BYTES) {
            return EdgeProblems.uriTooLong();
        }
        if (head.bodyLength() > edge.maxBodyBytes()) {
            return edge.problems().tooLarge();
        }
        if (isReserved && !head.isForMonitoring()) {
            edge.refusals().count(Reason.CONNECTIONS);
            return edge.problems().tooManyConnections();
        }
        return judgeAccess(incoming);
    }

    /** Answers a request that has come whole, or has it answered. */
    public void serve(final ServerExchange exchange, final RequestHead head) {
        final RouteTable.Route route = head.route();
        if (head.routePath() == null) {
            exchange.problem(Problem.of(ProblemCode.NOT_FOUND, "There is nothing at " + head.path() + '.'));
        } else if (route == null) {
            final String allow = head.routePath().allow();
            exchange.problem(Problem.of(ProblemCode.METHOD_NOT_ALLOWED, "Methods of this path: " + allow + '.'), allow);
        } else {
            final Problem wrong = RequestCheck.check(head.request(), route.parameters());
            if (wrong == null) {
                handle(exchange, route);
            } else {
                exchange.problem(wrong);
            }
        }
    }

    /** The one place where access is checked. */
    private Problem judgeAccess(final IncomingRequest incoming) {
        final RouteTable.Route route = incoming.head().route();
        if (route == null || route.access() == Access.PUBLIC) {
            return null;
        }
        final Principal principal = edge.authenticate(incoming.head());
        if (principal == null) {
            return Problem.of(ProblemCode.UNAUTHENTICATED, "The credentials (header Authorization) are not valid.");
        }
        incoming.principal(principal);
        if (principal.may(route.access())) {
            return null;
        }
        return principal.isAnonymous()
            ? Problem.of(ProblemCode.UNAUTHENTICATED, "This needs credentials: send the header Authorization.")
            : Problem.of(ProblemCode.FORBIDDEN, "This needs the access " + route.access() + ", which " + principal.name() + " lacks.");
    }

    private void handle(final ServerExchange exchange, final RouteTable.Route route) {
        try {
            route.handler().handle(exchange);
        } catch (final Throwable t) {
            edge.onHandlerError(t);
            exchange.onHandlerFailed(Problem.of(ProblemCode.INTERNAL_ERROR, "The service failed to answer; its error log says why."));
        }
    }
}
