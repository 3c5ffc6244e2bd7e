package io.truenow.query.scatter;

import io.truenow.query.merge.MergeBudget;
import io.truenow.query.merge.PartialMerge;
import org.agrona.concurrent.NanoClock;

/**
 * What all queries of a scatter agent share. Belongs to its thread.
 *
 * @param requests to lanes.
 * @param merge    scratch.
 * @param held     reads parts that were held.
 * @param clock    read anew where a duty cycle's time may be older than the request.
 */
record ScatterContext(
    LaneRequests requests,
    ScatterSettings settings,
    MergeBudget budget,
    PartialMerge merge,
    PartReader held,
    ScatterMetrics metrics,
    NanoClock clock) {
}
