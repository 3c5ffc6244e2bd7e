package io.truenow.hottier.query;

import io.truenow.engine.scan.ScanTools;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.hottier.lane.LaneAgent;
import io.truenow.hottier.lane.LaneCounters;
import io.truenow.hottier.lane.LaneExchange;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.NanoClock;

import java.util.function.Supplier;

/**
 * What a query agent works with.
 *
 * @param lane         index of its lane in the node.
 * @param transport    null until the node's id is known and its streams are open.
 * @param catalogView  of the process.
 * @param memory       the lane's; only what {@link LaneMemory} lets a reader touch.
 * @param exchange     with the lane.
 * @param laneAgent    asked for its shard counts.
 * @param laneCounters read for statistics.
 * @param counters     of the query agent.
 * @param tools        of its scans; closed by whoever made them.
 * @param nanoClock    read once a duty cycle.
 * @param errors       fixed texts only.
 */
public record QueryContext(
    int lane,
    Supplier<QueryTransport> transport,
    CatalogView catalogView,
    LaneMemory memory,
    LaneExchange exchange,
    LaneAgent laneAgent,
    LaneCounters laneCounters,
    QueryCounters counters,
    ScanTools tools,
    NanoClock nanoClock,
    ErrorHandler errors) {
}
