package io.truenow.hottier.link;

import io.aeron.Aeron;
import io.truenow.fabric.agent.Doorbell;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.channel.PeerChannels;
import io.truenow.fabric.peer.PeerPublication;
import io.truenow.fabric.peer.Sent;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;

/** A publication to another service's inbox. */
public final class AeronSender implements PeerSender {
    private final Aeron aeron;
    private final PeerChannels channels;
    private final int streamId;
    private final Doorbell receiver;
    private final ErrorHandler errors;
    private ServiceInstance service;
    private PeerPublication publication;

    /**
     * Closed until it is given a target.
     *
     * @param receiver doorbell of agents in this process that may be the target.
     */
    public AeronSender(
        final Aeron aeron, final PeerChannels channels, final int streamId, final Doorbell receiver, final ErrorHandler errors) {
        this.aeron = aeron;
        this.channels = channels;
        this.streamId = streamId;
        this.receiver = receiver;
        this.errors = errors;
    }

    @Override
    public void target(final ServiceInstance newService) {
        if (service != newService) {
            service = newService;
            final String channel = channels.publicationTo(newService);
            if (publication == null || !channel.equals(publication.channel())) {
                CloseHelper.close(errors, publication);
                publication = new PeerPublication(aeron, channel, streamId, receiver);
            }
        }
    }

    @Override
    public boolean isConnected() {
        return isOpen() && publication.isConnected();
    }

    @Override
    public boolean offer(final DirectBuffer buffer, final int offset, final int length) {
        return isOpen() && publication.offer(buffer, offset, length) == Sent.YES;
    }

    @Override
    public void close() {
        CloseHelper.close(errors, publication);
        publication = null;
    }

    private boolean isOpen() {
        if (publication != null && publication.isLost()) {
            if (publication.failure() != null) {
                errors.onError(publication.failure());
            }
            publication.reopen();
        }
        return publication != null;
    }
}
