package io.truenow.gateway.publish;

import io.aeron.Aeron;
import io.truenow.codecs.StreamIds;
import io.truenow.fabric.agent.Doorbell;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.channel.PeerChannels;
import io.truenow.fabric.peer.PeerLink;
import io.truenow.fabric.peer.PeerPublication;

/** Publications over Aeron. Belongs to the journal agent's thread. */
public final class AeronLanePublications implements LanePublications {
    private final Aeron aeron;
    private final PeerChannels channels;
    private final Doorbell lanes;

    /**
     * Ways to lanes.
     *
     * @param lanes doorbell of the lanes in this process.
     */
    public AeronLanePublications(final Aeron aeron, final PeerChannels channels, final Doorbell lanes) {
        this.aeron = aeron;
        this.channels = channels;
        this.lanes = lanes;
    }

    /** One that the driver refuses, as for a host that cannot be resolved, is lost: the destination opens it anew after a while. */
    @Override
    public PeerLink open(final ServiceInstance node, final int lane) {
        return new PeerPublication(aeron, channels.publicationTo(node), StreamIds.ingest(node.id(), lane), lanes);
    }
}
