package io.truenow.hottier;

import io.truenow.engine.store.memory.NodeMemory;
import io.truenow.fabric.service.Membership;
import io.truenow.fabric.service.ServiceEnvironment;
import io.truenow.fabric.time.RetentionClock;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.NanoClock;

import java.util.List;

/** What the node does beside its lanes: opens their streams once its id is known, keeps regions in reserve for them, follows the clock. */
final class NodeAgent implements Agent {
    private final ServiceEnvironment environment;
    private final Membership membership;
    private final NodeMemory memory;
    private final RetentionClock ageClock;
    private final List<LaneUnit> lanes;
    private final NanoClock nanoClock;
    private int lanesOpened;

    NodeAgent(
        final ServiceEnvironment environment, final Membership membership, final NodeMemory memory, final RetentionClock ageClock,
        final List<LaneUnit> lanes) {
        this.environment = environment;
        this.nanoClock = environment.clocks().process();
        this.membership = membership;
        this.memory = memory;
        this.ageClock = ageClock;
        this.lanes = lanes;
    }

    @Override
    public int doWork() {
        int work = 0;
        ageClock.update();
        if (lanesOpened < lanes.size() && membership.isRegistered()) {
            final LaneUnit unit = lanes.get(lanesOpened++);
            unit.queryStream.set(LaneStreams.query(environment, membership.inbox(), membership.serviceId(), unit.lane));
            unit.ingestStream.set(LaneStreams.ingest(environment, membership.inbox(), membership.serviceId(), unit.lane));
            work++;
        }
        return work + memory.maintain(nanoClock.nanoTime());
    }

    @Override
    public String roleName() {
        return "hot-tier-node";
    }
}
