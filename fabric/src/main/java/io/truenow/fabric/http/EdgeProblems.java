package io.truenow.fabric.http;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.http.limits.Refusals.Reason;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;

import java.time.Duration;

/** What an edge refuses by itself, before a route sees it. Any thread. */
final class EdgeProblems {
    private final HttpEdge.Context context;

    EdgeProblems(final HttpEdge.Context context) {
        this.context = context;
    }

    Problem busy() {
        return Problem.of(context.busyCode, "What is held for clients is at its limit (" + context.budget.key()
            + "). Nothing was done; send the request again.");
    }

    Problem tooManyConnections() {
        return Problem.of(ProblemCode.TOO_MANY_CONNECTIONS, "As many connections are open as may be (http.max-connections); try again.");
    }

    Problem tooSlow(final Reason reason) {
        final HttpLimits limits = context.limits;
        return Problem.of(ProblemCode.REQUEST_TIMEOUT, reason == Reason.HEADER_TIMEOUT
            ? "The header did not come whole within " + text(limits.headerTimeout()) + " (http.header-timeout)."
            : "The body came more slowly than " + limits.minProgress().bytes() + " bytes in " + text(limits.bodyTimeout())
                + " (http.body-timeout).");
    }

    Problem tooLarge() {
        return Problem.of(ProblemCode.BODY_TOO_LARGE,
            "A body may have " + context.maxBodyBytes + " bytes; send the events in several requests.");
    }

    static Problem cutOff() {
        return Problem.of(ProblemCode.MALFORMED_HTTP, "The connection's input ended before the body did.");
    }

    static Problem malformed(final Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return Problem.of(ProblemCode.URI_TOO_LONG, "The request line is too long.");
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return Problem.of(ProblemCode.HEADERS_TOO_LARGE, "The request's headers are too large.");
        }
        return Problem.of(ProblemCode.MALFORMED_HTTP, "This is not an HTTP/1.1 request: " + cause.getMessage() + '.');
    }

    private static String text(final Duration time) {
        return time.toMillis() % 1_000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
    }
}
