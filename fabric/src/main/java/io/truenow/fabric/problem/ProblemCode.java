package io.truenow.fabric.problem;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

import static io.truenow.fabric.problem.ProblemClass.INTERNAL;
import static io.truenow.fabric.problem.ProblemClass.RESOURCE;
import static io.truenow.fabric.problem.ProblemClass.UNAVAILABLE;
import static io.truenow.fabric.problem.ProblemClass.USER;

/**
 * Every cause for which TrueNow refuses something. The names in lower case are what clients see; they never change. A cause has the same
 * code on every edge; what status goes with it is the edge's business. {@code docs/problems.md} tells clients of each.
 */
public enum ProblemCode {
    // The request as such, on every HTTP port.
    BODY_TOO_LARGE(USER),
    DUPLICATE_HEADER(USER),
    DUPLICATE_PARAMETER(USER),
    /** Who asks is known, and may not do that. */
    FORBIDDEN(USER),
    HEADERS_TOO_LARGE(USER),
    MALFORMED_HTTP(USER),
    MALFORMED_URI(USER),
    METHOD_NOT_ALLOWED(USER),
    /** No such path. */
    NOT_FOUND(USER),
    /** The header or the body came too slowly. */
    REQUEST_TIMEOUT(USER),
    /** The credentials are missing or not valid. */
    UNAUTHENTICATED(USER),
    UNKNOWN_PARAMETER(USER),
    UNSUPPORTED_CHARSET(USER),
    UNSUPPORTED_CONTENT_ENCODING(USER),
    UNSUPPORTED_TRANSFER_ENCODING(USER),
    URI_TOO_LONG(USER),
    TOO_MANY_CONNECTIONS(RESOURCE, 1),
    /** What is held for clients of control or of a hot-tier node is at its limit. */
    SERVICE_BUSY(RESOURCE, 1),
    INTERNAL_ERROR(INTERNAL),

    // JSON bodies.
    MALFORMED_JSON(USER),
    /** Well-formed, but not an object. */
    INVALID_BODY(USER),
    DUPLICATE_FIELD(USER),
    UNKNOWN_FIELD(USER),
    MISSING_FIELD(USER),
    INVALID_FIELD(USER),
    INVALID_TYPE(USER),

    // Names and schema.
    MISSING_NAMESPACE(USER),
    MISSING_TABLE(USER),
    INVALID_NAMESPACE(USER),
    INVALID_TABLE(USER),
    /** Name or value. */
    INVALID_DIMENSION(USER),
    /** Name or value. */
    INVALID_METRIC(USER),
    UNKNOWN_NAMESPACE(USER),
    UNKNOWN_TABLE(USER),
    /** A batch has a column that its schema version lacks. */
    UNKNOWN_COLUMN(USER),
    UNKNOWN_DIMENSION(USER),
    UNKNOWN_METRIC(USER),
    DUPLICATE_NAME(USER),
    NAMESPACE_EXISTS(USER),
    TABLE_EXISTS(USER),
    /** Tables of the namespace are made by an operator, not by events. */
    TABLE_CREATION_FORBIDDEN(USER),
    /** Drop its tables first. */
    NAMESPACE_NOT_EMPTY(USER),
    INVALID_DESCRIPTION(USER),
    INVALID_RETENTION(USER),
    /** Columns of the table are added by an operator, not by events. */
    SCHEMA_CLOSED(USER),
    /** The table has as many columns as it may. */
    SCHEMA_LIMIT(RESOURCE),
    NAMESPACE_LIMIT(RESOURCE),
    TABLE_LIMIT(RESOURCE),

    // Events.
    MISSING_EVENT_ID(USER),
    INVALID_EVENT_ID(USER),
    MISSING_EVENT_TIME(USER),
    INVALID_EVENT_TIME(USER),
    EVENT_TOO_OLD(USER),
    EVENT_IN_FUTURE(USER),
    EVENT_TOO_LARGE(USER),
    /** A whole number beyond 2^53 that would be rounded. */
    INEXACT_METRIC(USER),
    /** Of one request. */
    TOO_MANY_TABLES(USER),

    // Ingest requests.
    INVALID_ACK(USER),
    INVALID_PRIORITY(USER),
    MISSING_EVENTS(USER),
    NO_EVENTS(USER),
    TOO_MANY_EVENTS(USER),
    /** All of them, for several causes. */
    EVENTS_REJECTED(USER),
    /** The events take more than the journal takes at once. */
    REQUEST_TOO_LARGE(USER),
    /** The batches of a message do not fill it. */
    MALFORMED_REQUEST(USER),
    /** A batch is damaged or malformed. */
    BAD_BATCH(USER),
    /** A batch was built for another layout of the table. */
    STALE_LAYOUT(USER),
    /** A batch holds events of another shard or table. */
    WRONG_SHARD(USER),
    GATEWAY_BUSY(RESOURCE, 1),
    JOURNAL_FULL(RESOURCE, 5),
    JOURNAL_UNAVAILABLE(UNAVAILABLE, 5),
    /** No node owns the shard. */
    NO_HOT_TIER(UNAVAILABLE, 1),
    /** The shard's lane takes no more: its memory is full, or it hangs. */
    HOT_TIER_STALLED(UNAVAILABLE, 5),
    /** The hot tier has just evicted events of that time. */
    RETENTION_MOVED(UNAVAILABLE, 1),
    /** The hot tier has not told yet from when on it keeps events. */
    RETENTION_UNKNOWN(UNAVAILABLE, 1),
    /** The gateway has no id from control yet. */
    NOT_REGISTERED(UNAVAILABLE, 1),
    /** The gateway's view of the catalog is behind the client's. */
    CATALOG_BEHIND(UNAVAILABLE, 1),
    /** The events are journaled and will be applied. */
    NOT_APPLIED_IN_TIME(UNAVAILABLE),
    SHUTTING_DOWN(UNAVAILABLE, 1),

    // Queries.
    INVALID_AGGREGATE(USER),
    INVALID_AGGREGATES(USER),
    INVALID_END_TIME(USER),
    INVALID_FILTERS(USER),
    INVALID_GROUP_BY(USER),
    INVALID_INTERVAL(USER),
    INVALID_LIMIT(USER),
    INVALID_ORDER_BY(USER),
    INVALID_PARTIAL(USER),
    INVALID_RANGE(USER),
    INVALID_START_TIME(USER),
    INVALID_TIMEOUT_MS(USER),
    INVALID_TOKEN(USER),
    INVALID_WHERE(USER),
    MISSING_START_TIME(USER),
    MISSING_END_TIME(USER),
    METRIC_REQUIRED(USER),
    /** A whole number of a condition beyond 2^53. */
    INEXACT_NUMBER(USER),
    /** Its conditions do not fit a message. */
    QUERY_TOO_LARGE(USER),
    TOO_MANY_GROUPS(RESOURCE),
    MERGE_TOO_LARGE(RESOURCE),
    ANSWER_TOO_LARGE(RESOURCE),
    SKETCHES_TOO_LARGE(RESOURCE),
    RANGE_NOT_RETAINED(RESOURCE),
    /** Rows of the range were lost with a damaged file. */
    RANGE_INCOMPLETE(RESOURCE),
    QUERY_BUSY(RESOURCE, 1),
    TOO_MANY_QUERIES(RESOURCE, 1),
    /** The query node has not been registered yet. */
    NOT_READY(UNAVAILABLE, 1),
    SHARD_UNAVAILABLE(UNAVAILABLE, 1),
    /** The query's own time is over. */
    DEADLINE_EXCEEDED(UNAVAILABLE),
    /** The connection ended before the answer, so nobody reads this. */
    ABANDONED(UNAVAILABLE, 1),
    LANE_FAILED(INTERNAL),

    // The control plane.
    /** No leader answered in time. The command may still be carried out. */
    CONTROL_UNAVAILABLE(UNAVAILABLE, 1),
    /** It was created, but the member that was asked does not show it yet. */
    NOT_SHOWN_IN_TIME(UNAVAILABLE),
    /** A later version of control refused it by a code that is not known here. */
    REFUSED_BY_CONTROL(USER),
    COMMAND_TOO_LARGE(USER),
    STALE_COMMAND(UNAVAILABLE, 1),
    /** The catalog is not at the version that the caller expects any more. */
    VERSION_CONFLICT(USER),
    MALFORMED_COMMAND(INTERNAL),
    UNKNOWN_COMMAND(INTERNAL),
    INVALID_HOST(USER),
    INVALID_INCARNATION(USER),
    INVALID_KIND(USER),
    INVALID_LANES(USER),
    INVALID_LEASE(USER),
    INVALID_PORT(USER),
    /** The instance key belongs to a service of another kind. */
    KIND_CHANGED(USER),
    /** Shards are placed on lanes that the node has no more. */
    LANES_CHANGED(USER),
    SERVICE_LEFT(USER),
    SERVICE_LIMIT(RESOURCE),
    /** A later incarnation of the service has registered. */
    SUPERSEDED(USER),
    UNKNOWN_SERVICE(USER),

    // The Java client's own.
    BAD_BINDING(INTERNAL),
    DRIVER_LOST(UNAVAILABLE),
    NOT_CONNECTED(UNAVAILABLE),
    /** No endpoint for replies can be bound. */
    REPLY_ADDRESS(USER),
    TIMEOUT(UNAVAILABLE);

    private static final Map<String, ProblemCode> BY_TEXT = HashMap.newHashMap(values().length);

    static {
        for (final ProblemCode code : values()) {
            BY_TEXT.put(code.text, code);
        }
    }

    private final String text = name().toLowerCase(Locale.ROOT);
    private final ProblemClass problemClass;
    private final int retryAfterSeconds;

    ProblemCode(final ProblemClass problemClass) {
        this(problemClass, 0);
    }

    ProblemCode(final ProblemClass problemClass, final int retryAfterSeconds) {
        this.problemClass = problemClass;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** As clients see it. */
    public String text() {
        return text;
    }

    /** Whose fault it is. */
    public ProblemClass problemClass() {
        return problemClass;
    }

    /** Whether nothing was done and the same request is to be sent again. */
    public boolean isRepeatable() {
        return retryAfterSeconds > 0;
    }

    /** After how long to send it again; 0 if that is of no use, or if it may have been done. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }

    /** The code of a text that clients see; null if there is none. */
    public static ProblemCode ofText(final String text) {
        return BY_TEXT.get(text);
    }
}
