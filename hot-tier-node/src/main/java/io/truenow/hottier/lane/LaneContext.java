package io.truenow.hottier.lane;

import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.fabric.control.Lease;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.EpochMicroClock;
import org.agrona.concurrent.NanoClock;

import java.util.function.Supplier;

/**
 * What a lane works with.
 *
 * @param lane        index of the lane in the node.
 * @param incarnation of the node.
 * @param transport   null until the node's id is known and its streams are open.
 * @param catalogView of the process.
 * @param lease       of the node.
 * @param memory      the lane's own.
 * @param exchange    with its query agent.
 * @param life        of segments.
 * @param counters    of the lane.
 * @param nanoClock   read once a duty cycle.
 * @param wallClock   read once a duty cycle: spans are over by it.
 * @param ageClock    read once a duty cycle: spans grow old by it. Not ahead of the wall clock; behind where that is not believed.
 * @param errors      fixed texts only.
 */
public record LaneContext(
    int lane,
    long incarnation,
    Supplier<LaneTransport> transport,
    CatalogView catalogView,
    Lease lease,
    LaneMemory memory,
    LaneExchange exchange,
    LifeContext life,
    LaneCounters counters,
    NanoClock nanoClock,
    EpochMicroClock wallClock,
    EpochMicroClock ageClock,
    ErrorHandler errors) {
}
