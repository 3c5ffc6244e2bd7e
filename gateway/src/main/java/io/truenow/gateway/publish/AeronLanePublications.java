package io.truenow.gateway.publish;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.exceptions.RegistrationException;
import io.truenow.codecs.StreamIds;
import io.truenow.fabric.agent.Doorbell;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.channel.PeerChannels;
import org.agrona.DirectBuffer;

/** Exclusive publications: one writer each, so an offer takes no atomic operation. Used by the journal agent. */
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

    @Override
    public LanePublication open(final ServiceInstance node, final int lane) {
        return new AeronLanePublication(
            aeron, aeron.asyncAddExclusivePublication(channels.publicationTo(node), StreamIds.ingest(node.id(), lane)), lanes);
    }

    private static final class AeronLanePublication implements LanePublication {
        private final Aeron aeron;
        private final long registrationId;
        private final Doorbell lanes;
        private ExclusivePublication publication;
        private boolean isFailed;
        private boolean isClosed;

        AeronLanePublication(final Aeron aeron, final long registrationId, final Doorbell lanes) {
            this.aeron = aeron;
            this.lanes = lanes;
            this.registrationId = registrationId;
        }

        @Override
        public boolean isConnected() {
            return isAdded() && publication.isConnected();
        }

        @Override
        public long offer(final DirectBuffer buffer, final int offset, final int length) {
            return isAdded() ? offered(publication.offer(buffer, offset, length)) : notAdded();
        }

        @Override
        public long offer(
            final DirectBuffer first,
            final int firstOffset,
            final int firstLength,
            final DirectBuffer second,
            final int secondOffset,
            final int secondLength) {
            return isAdded()
                ? offered(publication.offer(first, firstOffset, firstLength, second, secondOffset, secondLength))
                : notAdded();
        }

        @Override
        public void close() {
            isClosed = true;
            if (publication != null) {
                publication.close();
            } else if (!isFailed && !aeron.isClosed()) {
                aeron.asyncRemovePublication(registrationId);
            }
        }

        private boolean isAdded() {
            if (publication == null && !isFailed && !isClosed) {
                try {
                    publication = aeron.getExclusivePublication(registrationId);
                } catch (final RegistrationException e) {
                    isFailed = true; // an unresolvable host, for one: the destination opens it anew after a while
                }
            }
            return publication != null;
        }

        private long offered(final long position) {
            if (position > 0) {
                lanes.ring();
            }
            return position;
        }

        private long notAdded() {
            return isFailed || isClosed ? Publication.CLOSED : Publication.NOT_CONNECTED;
        }
    }
}
