package io.truenow.codecs;

/**
 * The registry of Aeron stream ids. A service has one inbox address; its streams differ by id. Ids that carry a service id are unambiguous
 * on {@code aeron:ipc} too, where every subscriber of an id hears every publisher.
 *
 * <pre>
 *   1 .. 99            fixed streams of the control plane
 *   100 .. 199         the cluster's own (log, consensus, ingress, egress)
 *   1 000 000 + ...    per service: 1 000 000 + serviceId * 1 000 + role * 100 + lane
 * </pre>
 */
public final class StreamIds {
    /** Views ask a control member for the catalog: {@code CatalogSubscribe}. */
    public static final int CATALOG_REQUEST = 10;

    /** Control members publish {@code CatalogUpdate} for a view here, at the channel it named. */
    public static final int CATALOG_UPDATE = 11;

    /** A lane index must be below this. */
    public static final int MAX_LANES = 100;

    private static final int SERVICE_BASE = 1_000_000;
    private static final int PER_SERVICE = 1_000;

    private StreamIds() {
    }

    /** Gateways publish batches of a lane's shards here: {@code IngestEnvelope + IngestBatch}, {@code Connect}, {@code CaughtUp}. */
    public static int ingest(final int nodeId, final int lane) {
        return of(nodeId, StreamKind.INGEST, lane);
    }

    /** Query nodes publish {@code ShardQuery}, {@code CancelQuery}, {@code LaneStatsRequest} for a lane's query agent here. */
    public static int query(final int nodeId, final int lane) {
        return of(nodeId, StreamKind.QUERY, lane);
    }

    /** Lanes publish {@code Resume} and {@code Applied} for a gateway here. */
    public static int gatewayInbox(final int gatewayId) {
        return of(gatewayId, StreamKind.GATEWAY_INBOX, 0);
    }

    /** Query agents publish {@code PartialResult} and {@code LaneStats} for a query node here. */
    public static int queryInbox(final int queryNodeId) {
        return of(queryNodeId, StreamKind.QUERY_INBOX, 0);
    }

    /** Aeron-native clients publish {@code ClientConnect}, {@code BindTable}, {@code IngestRequest} for gateways at an address here. */
    public static int edge() {
        return of(0, StreamKind.EDGE, 0);
    }

    private static int of(final int serviceId, final StreamKind kind, final int lane) {
        if (serviceId < 0 || serviceId > 2_000_000 || lane < 0 || lane >= MAX_LANES) {
            throw new IllegalArgumentException("service " + serviceId + ", lane " + lane);
        }
        return SERVICE_BASE + serviceId * PER_SERVICE + kind.role() * 100 + lane;
    }
}
