package io.truenow.fabric.http.serve;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.http.limits.Refusals.Reason;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;

import java.time.Duration;

/** What an edge refuses by itself, before a route sees it. Any thread. */
public final class EdgeProblems {
    private final EdgeSettings settings;

    EdgeProblems(final EdgeSettings settings) {
        this.settings = settings;
    }

    /** No room. */
    public Problem busy() {
        return Problem.of(settings.busyCode(), "What is held for clients is at its limit (" + settings.budget().key()
            + "). Nothing was done; send the request again.");
    }

    /** Asked for something else than health and metrics beyond the limit of connections. */
    public Problem tooManyConnections() {
        return Problem.of(ProblemCode.TOO_MANY_CONNECTIONS, "As many connections are open as may be (http.max-connections); try again.");
    }

    /** A deadline of the request has passed. */
    public Problem tooSlow(final Reason reason) {
        final HttpLimits limits = settings.limits();
        return Problem.of(ProblemCode.REQUEST_TIMEOUT, reason == Reason.HEADER_TIMEOUT
            ? "The header did not come whole within " + text(limits.headerTimeout()) + " (http.header-timeout)."
            : "The body came more slowly than " + limits.minProgress().bytes() + " bytes in " + text(limits.bodyTimeout())
                + " (http.body-timeout).");
    }

    /** The body is too long. */
    public Problem tooLarge() {
        return Problem.of(ProblemCode.BODY_TOO_LARGE,
            "A body may have " + settings.maxBodyBytes() + " bytes; send the events in several requests.");
    }

    /** The input ended within a request. */
    public static Problem cutOff() {
        return Problem.of(ProblemCode.MALFORMED_HTTP, "The connection's input ended before the body did.");
    }

    /** The request line is too long. */
    static Problem uriTooLong() {
        return Problem.of(ProblemCode.URI_TOO_LONG, "The request line is too long.");
    }

    /** The headers are too large. */
    public static Problem headersTooLarge() {
        return Problem.of(ProblemCode.HEADERS_TOO_LARGE, "The request's headers are too large.");
    }

    /** The decoder of HTTP/1.1 could not read the request. */
    public static Problem malformed(final Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return uriTooLong();
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return headersTooLarge();
        }
        return Problem.of(ProblemCode.MALFORMED_HTTP, "This is not an HTTP/1.1 request: " + cause.getMessage() + '.');
    }

    private static String text(final Duration time) {
        return time.toMillis() % 1_000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
    }
}
