package io.truenow.gateway.publish;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.exceptions.RegistrationException;
import io.truenow.codecs.StreamIds;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.channel.PeerChannels;
import org.agrona.DirectBuffer;

/** Exclusive publications: one writer each, so an offer takes no atomic operation. Used by the journal agent. */
public final class AeronLanePublications implements LanePublications {
    private final Aeron aeron;
    private final PeerChannels channels;

    public AeronLanePublications(final Aeron aeron, final PeerChannels channels) {
        this.aeron = aeron;
        this.channels = channels;
    }

    @Override
    public LanePublication open(final ServiceInstance node, final int lane) {
        return new AeronLanePublication(
            aeron, aeron.asyncAddExclusivePublication(channels.publicationTo(node), StreamIds.ingest(node.id(), lane)));
    }

    private static final class AeronLanePublication implements LanePublication {
        private final Aeron aeron;
        private final long registrationId;
        private ExclusivePublication publication;
        private boolean isFailed;
        private boolean isClosed;

        AeronLanePublication(final Aeron aeron, final long registrationId) {
            this.aeron = aeron;
            this.registrationId = registrationId;
        }

        @Override
        public boolean isConnected() {
            return isAdded() && publication.isConnected();
        }

        @Override
        public long offer(final DirectBuffer buffer, final int offset, final int length) {
            return isAdded() ? publication.offer(buffer, offset, length) : notAdded();
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
                ? publication.offer(first, firstOffset, firstLength, second, secondOffset, secondLength)
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

        private long notAdded() {
            return isFailed || isClosed ? Publication.CLOSED : Publication.NOT_CONNECTED;
        }
    }
}
