package io.truenow.codecs;

/**
 * What a service's stream carries, whatever service and lane it belongs to. Services meet here: one publishes, another listens, and neither
 * knows the other.
 */
public enum StreamKind {
    /** To a lane: see {@link StreamIds#ingest}. */
    INGEST(0),
    /** To a lane's query agent: see {@link StreamIds#query}. */
    QUERY(1),
    /** To a gateway: see {@link StreamIds#gatewayInbox}. */
    GATEWAY_INBOX(2),
    /** To a query node: see {@link StreamIds#queryInbox}. */
    QUERY_INBOX(3),
    /** To gateways, from Aeron-native clients: see {@link StreamIds#edge}. */
    EDGE(4);

    private final int role;

    StreamKind(final int role) {
        this.role = role;
    }

    int role() {
        return role;
    }
}
