package io.truenow.gateway.edge.aeron;

import io.truenow.codecs.edge.EdgeStatus;

/**
 * Why a request was not accepted. Fixed texts: what the client sent is in the client's hands.
 *
 * @param status  whether it may be sent again.
 * @param code    stable, for programs.
 * @param message for people.
 */
record Refusal(EdgeStatus status, String code, String message) {
    static final Refusal MALFORMED = reject("malformed_request", "the request's batches do not fill it");
    static final Refusal BAD_BATCH = reject("bad_batch", "a batch is damaged or malformed");
    static final Refusal UNKNOWN_TABLE = reject("unknown_table", "a batch names a table that does not exist");
    static final Refusal STALE_LAYOUT = reject("stale_layout", "a batch was built for another layout of the table: bind it again");
    static final Refusal UNKNOWN_COLUMN = reject("unknown_column", "a batch has a column that its schema version lacks");
    static final Refusal WRONG_SHARD = reject("wrong_shard", "a batch holds events of another shard or table");
    static final Refusal TOO_OLD = reject("event_too_old",
        "an event is older than what the table retains, or than what the hot tier keeps of it now");
    static final Refusal IN_FUTURE = reject("event_in_future", "an event is more than a minute ahead");
    static final Refusal NOT_FINITE = reject("invalid_metric", "a metric is not finite");
    static final Refusal BAD_TEXT = reject("invalid_dimension", "a dimension's value is not UTF-8 or exceeds 1 KiB");
    static final Refusal TOO_LARGE = reject("request_too_large", "the request exceeds what the journal takes at once");
    static final Refusal INTERNAL = reject("internal_error", "the gateway or the control plane failed; the gateway's log says more");
    static final Refusal CATALOG_BEHIND = retry("catalog_behind", "the gateway's view of the catalog is behind the client's");
    static final Refusal BUSY = retry("gateway_busy", "the gateway's queues are full");
    static final Refusal JOURNAL_FULL = retry("journal_full", "the gateway's journal is at its budget");
    static final Refusal JOURNAL_UNAVAILABLE = retry("journal_unavailable", "the gateway's journal cannot be written");
    static final Refusal NO_HOT_TIER = retry("no_hot_tier", "no hot-tier node owns the shard");
    static final Refusal HOT_TIER_STALLED = retry("hot_tier_stalled", "the shard's lane takes no more: its memory is full, or it hangs");
    static final Refusal RETENTION_MOVED = retry("retention_moved", "the hot tier has just let events of a batch's time go");
    static final Refusal RETENTION_UNKNOWN = retry("retention_unknown", "the hot tier has not told yet from when on it keeps events");
    static final Refusal NOT_READY = retry("gateway_not_ready", "the gateway is starting or closing");
    static final Refusal CONTROL_AWAY = retry("control_unavailable", "the control plane did not answer");

    private static Refusal reject(final String code, final String message) {
        return new Refusal(EdgeStatus.REJECTED, code, message);
    }

    private static Refusal retry(final String code, final String message) {
        return new Refusal(EdgeStatus.RETRY, code, message);
    }
}
