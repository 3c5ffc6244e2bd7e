package io.truenow.gateway.edge.rest;

import java.util.Locale;

/** Why an event is not accepted. The names in lower case are the codes clients see; they never change. */
enum RejectCode {
    INVALID_TYPE,
    UNKNOWN_FIELD,
    DUPLICATE_FIELD,
    MISSING_NAMESPACE,
    MISSING_TABLE,
    INVALID_NAMESPACE,
    INVALID_TABLE,
    MISSING_EVENT_ID,
    INVALID_EVENT_ID,
    MISSING_EVENT_TIME,
    INVALID_EVENT_TIME,
    EVENT_TOO_OLD,
    EVENT_IN_FUTURE,
    INVALID_DIMENSION,
    INVALID_METRIC,
    /** A whole number beyond 2^53 that would be rounded. */
    INEXACT_METRIC,
    SCHEMA_LIMIT,
    EVENT_TOO_LARGE,
    TOO_MANY_TABLES,
    /** The control plane would not create the table or its columns; clients see its own code. */
    REFUSED_BY_CONTROL;

    private final String text = name().toLowerCase(Locale.ROOT);

    /** As clients see it. */
    String text() {
        return text;
    }
}
