package io.truenow.gateway.edge.aeron;

import io.aeron.Aeron;
import io.truenow.codecs.StreamIds;
import io.truenow.codecs.StreamKind;
import io.truenow.fabric.agent.AgentScheduler;
import io.truenow.fabric.agent.Duty;
import io.truenow.fabric.channel.Inbox;
import io.truenow.fabric.channel.InboxSubscription;
import io.truenow.fabric.channel.PeerChannels;
import io.truenow.fabric.metrics.Metrics;
import io.truenow.gateway.ingest.IngestFlow;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.NanoClock;

import java.util.Objects;
import java.util.function.IntSupplier;

/**
 * Launches the edge for Aeron-native clients: one agent on the gateway's inbox. Opened and closed by the gateway's launching thread; close
 * it before the journal: what is still there is completed to nobody, and its client sends it again.
 */
public final class AeronEdge implements AutoCloseable {
    /** Where threads are few it has that of the journal, which it hands over to. */
    public static final Duty DUTY = Duty.urgent("aeron-edge").sharing("journal").hearing(StreamKind.EDGE);

    private final AeronEdgeAgent agent;
    private final AgentScheduler.RunningAgent running;

    private AeronEdge(final AeronEdgeAgent agent, final AgentScheduler.RunningAgent running) {
        this.agent = agent;
        this.running = running;
    }

    /**
     * What the edge needs.
     *
     * @param aeron       of the process.
     * @param inbox       of the gateway; the edge subscribes to {@link StreamIds#edge()}.
     * @param channels    for replies.
     * @param scheduler   gives the agent its thread.
     * @param ingest      shared by the gateway's edges.
     * @param gatewayId   -1 until known; clients are answered when it is.
     * @param incarnation of the gateway.
     * @param metrics     of the process.
     * @param nanoClock   sessions and replies time out by it.
     * @param errors      of the process.
     */
    public record Context(
        Aeron aeron,
        Inbox inbox,
        PeerChannels channels,
        AgentScheduler scheduler,
        IngestFlow.Context ingest,
        IntSupplier gatewayId,
        long incarnation,
        Metrics metrics,
        NanoClock nanoClock,
        ErrorHandler errors) {
        public Context {
            Objects.requireNonNull(aeron);
            Objects.requireNonNull(inbox);
            Objects.requireNonNull(scheduler);
            Objects.requireNonNull(ingest);
        }
    }

    /** Subscribes and starts the agent. */
    public static AeronEdge launch(final Context context) {
        final InboxSubscription requests = context.inbox().subscribe(StreamIds.edge());
        final AeronEdgeAgent agent = new AeronEdgeAgent(context, requests);
        return new AeronEdge(agent, context.scheduler().schedule(DUTY, agent));
    }

    @Override
    public void close() {
        running.close();
        agent.closeResources();
    }
}
