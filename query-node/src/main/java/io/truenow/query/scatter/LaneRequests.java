package io.truenow.query.scatter;

import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.peer.Sent;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.query.merge.MergeBudget;
import io.truenow.query.plan.BoundPlan;
import io.truenow.query.plan.RefusedQueryException;
import org.agrona.collections.Long2ObjectHashMap;

/** What lanes are asked, and who waits for the answers. Belongs to the scatter agent's thread. */
final class LaneRequests {
    private final LaneLinks links;
    private final MergeBudget budget;
    private final long incarnation;
    private final QueryMessages messages = new QueryMessages();
    private final Long2ObjectHashMap<LaneTarget> targets = new Long2ObjectHashMap<>();
    private Catalog catalog;
    private long lastCorrelationId;

    /**
     * Over links that others open and close.
     *
     * @param incarnation of this query node; makes correlation ids unlike those of earlier starts.
     */
    LaneRequests(final LaneLinks links, final MergeBudget budget, final long incarnation, final Catalog catalog) {
        this.links = links;
        this.budget = budget;
        this.incarnation = incarnation;
        this.lastCorrelationId = incarnation << Integer.SIZE;
        this.catalog = catalog;
    }

    /** Of this duty cycle. */
    Catalog catalog() {
        return catalog;
    }

    void onDutyCycle(final Catalog newest) {
        catalog = newest;
    }

    long nextCorrelationId() {
        return ++lastCorrelationId;
    }

    LaneTarget newTarget(final RunningQuery query, final int nodeId, final int lane) {
        final LaneTarget target = new LaneTarget(query, nextCorrelationId(), nodeId, lane, new HeldParts(budget));
        targets.put(target.correlationId, target);
        return target;
    }

    /** Who waits for an answer of that lane, or null. */
    LaneTarget find(final long correlationId, final int nodeId, final int lane) {
        final LaneTarget target = targets.get(correlationId);
        return target != null && target.nodeId == nodeId && target.lane == lane ? target : null;
    }

    /** Nothing is expected of the lane any more. */
    void forget(final LaneTarget target) {
        targets.remove(target.correlationId);
    }

    boolean isConnected(final LaneTarget target) {
        return links.isConnected(target.nodeId, target.lane);
    }

    Sent send(final BoundPlan plan, final LaneTarget target, final long startTimeUs, final int timeoutMs) {
        final ServiceInstance node = catalog.service(target.nodeId);
        if (node == null) {
            return Sent.AWAY;
        }
        final int lengthBytes =
            messages.encodeQuery(plan, target, startTimeUs, timeoutMs, new QueryMessages.Sender(links.queryNodeId(), incarnation));
        if (lengthBytes > QueryMessages.MAX_PLAN_BYTES) {
            throw new RefusedQueryException(Problem.ofField(ProblemCode.QUERY_TOO_LARGE, "filters",
                "filters and token together are larger than " + QueryMessages.MAX_PLAN_BYTES + " bytes; ask with fewer values"));
        }
        return links.send(node, target.lane, messages.buffer(), lengthBytes);
    }

    /** Best effort: a lane that does not hear of it stops at the query's timeout. */
    void sendCancel(final LaneTarget target) {
        final ServiceInstance node = catalog.service(target.nodeId);
        if (node != null) {
            links.send(node, target.lane, messages.buffer(), messages.encodeCancel(target.correlationId, links.queryNodeId()));
        }
    }

    boolean sendStatsRequest(final long correlationId, final int nodeId, final int lane) {
        final ServiceInstance node = catalog.service(nodeId);
        return node != null && links.send(node, lane, messages.buffer(),
            messages.encodeStatsRequest(correlationId, links.queryNodeId())) == Sent.YES;
    }
}
