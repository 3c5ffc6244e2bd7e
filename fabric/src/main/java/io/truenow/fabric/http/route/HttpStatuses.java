package io.truenow.fabric.http.route;

import io.truenow.fabric.problem.ProblemCode;

import java.util.EnumMap;
import java.util.Map;

/** The HTTP status of each problem: by its class, but where HTTP has a status of its own for the cause. */
public final class HttpStatuses {
    private static final int BAD_REQUEST = 400;
    private static final int UNPROCESSABLE = 422;
    private static final int INTERNAL_SERVER_ERROR = 500;
    private static final int SERVICE_UNAVAILABLE = 503;
    private static final int GATEWAY_TIMEOUT = 504;
    private static final Map<ProblemCode, Integer> OWN = new EnumMap<>(Map.ofEntries(
        Map.entry(ProblemCode.UNAUTHENTICATED, 401),
        Map.entry(ProblemCode.FORBIDDEN, 403),
        Map.entry(ProblemCode.TABLE_CREATION_FORBIDDEN, 403),
        Map.entry(ProblemCode.NOT_FOUND, 404),
        Map.entry(ProblemCode.UNKNOWN_NAMESPACE, 404),
        Map.entry(ProblemCode.UNKNOWN_TABLE, 404),
        Map.entry(ProblemCode.METHOD_NOT_ALLOWED, 405),
        Map.entry(ProblemCode.REQUEST_TIMEOUT, 408),
        Map.entry(ProblemCode.NAMESPACE_EXISTS, 409),
        Map.entry(ProblemCode.NAMESPACE_NOT_EMPTY, 409),
        Map.entry(ProblemCode.TABLE_EXISTS, 409),
        Map.entry(ProblemCode.NAMESPACE_LIMIT, 409),
        Map.entry(ProblemCode.TABLE_LIMIT, 409),
        Map.entry(ProblemCode.VERSION_CONFLICT, 412),
        Map.entry(ProblemCode.BODY_TOO_LARGE, 413),
        Map.entry(ProblemCode.REQUEST_TOO_LARGE, 413),
        Map.entry(ProblemCode.TOO_MANY_EVENTS, 413),
        Map.entry(ProblemCode.URI_TOO_LONG, 414),
        Map.entry(ProblemCode.UNSUPPORTED_CHARSET, 415),
        Map.entry(ProblemCode.UNSUPPORTED_CONTENT_ENCODING, 415),
        Map.entry(ProblemCode.HEADERS_TOO_LARGE, 431),
        Map.entry(ProblemCode.UNSUPPORTED_TRANSFER_ENCODING, 501),
        // of events, which are refused beside others that are taken
        Map.entry(ProblemCode.SCHEMA_LIMIT, BAD_REQUEST)));

    private HttpStatuses() {
    }

    /** The status that a problem of this code is answered with. */
    public static int of(final ProblemCode code) {
        final Integer own = OWN.get(code);
        return own == null ? byClass(code) : own;
    }

    private static int byClass(final ProblemCode code) {
        return switch (code.problemClass()) {
            case USER -> BAD_REQUEST;
            case RESOURCE -> code.isRepeatable() ? SERVICE_UNAVAILABLE : UNPROCESSABLE;
            // nothing says that it be sent again: it may have been done, or the caller's own time is over
            case UNAVAILABLE -> code.isRepeatable() ? SERVICE_UNAVAILABLE : GATEWAY_TIMEOUT;
            case INTERNAL -> INTERNAL_SERVER_ERROR;
        };
    }
}
