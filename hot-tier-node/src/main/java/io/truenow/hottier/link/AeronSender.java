package io.truenow.hottier.link;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.exceptions.RegistrationException;
import io.truenow.fabric.agent.Doorbell;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.channel.PeerChannels;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;

/** An exclusive publication to another service's inbox. */
public final class AeronSender implements PeerSender {
    private final Aeron aeron;
    private final PeerChannels channels;
    private final int streamId;
    private final Doorbell receiver;
    private final ErrorHandler errors;
    private ServiceInstance service;
    private String channel;
    private long registrationId = Aeron.NULL_VALUE;
    private ExclusivePublication publication;

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
            final String now = channels.publicationTo(newService);
            if (!now.equals(channel)) {
                close();
                channel = now;
            }
        }
    }

    @Override
    public boolean isConnected() {
        return open() && publication.isConnected();
    }

    @Override
    public boolean offer(final DirectBuffer buffer, final int offset, final int length) {
        if (!open()) {
            return false;
        }
        final long position = publication.offer(buffer, offset, length);
        if (position == Publication.CLOSED || position == Publication.MAX_POSITION_EXCEEDED) {
            close();
        }
        if (position > 0) {
            receiver.ring();
        }
        return position > 0;
    }

    @Override
    public void close() {
        if (publication != null) {
            CloseHelper.close(errors, publication);
            publication = null;
        } else if (registrationId != Aeron.NULL_VALUE && !aeron.isClosed()) {
            aeron.asyncRemovePublication(registrationId);
        }
        registrationId = Aeron.NULL_VALUE;
    }

    private boolean open() {
        if (publication == null && channel != null) {
            if (registrationId == Aeron.NULL_VALUE) {
                registrationId = aeron.asyncAddExclusivePublication(channel, streamId);
            } else {
                try {
                    publication = aeron.getExclusivePublication(registrationId);
                } catch (final RegistrationException e) {
                    registrationId = Aeron.NULL_VALUE;
                    errors.onError(e);
                }
            }
        }
        return publication != null;
    }
}
