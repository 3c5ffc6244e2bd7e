package io.truenow.fabric.peer;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.exceptions.RegistrationException;
import io.truenow.fabric.agent.Doorbell;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;

/**
 * An exclusive publication to a peer, added without waiting for the media driver. Once it is {@link #isLost} it stays so until
 * {@link #reopen}. Belongs to one thread; allocates only as it is opened.
 */
public final class PeerPublication implements PeerLink {
    /** At the end of a term an offer turns to the next one and has to be repeated: one attempt is enough, mostly. */
    private static final int ADMIN_ACTION_ATTEMPTS = 4;

    private final Aeron aeron;
    private final String channel;
    private final int streamId;
    private final Doorbell receiver;
    private long registrationId;
    private ExclusivePublication publication;
    private boolean isLost;
    private RegistrationException failure;

    /**
     * Begins to add the publication.
     *
     * @param receiver rung with each message that was sent: of agents in this process that may be the peer.
     */
    public PeerPublication(final Aeron aeron, final String channel, final int streamId, final Doorbell receiver) {
        this.aeron = aeron;
        this.channel = channel;
        this.streamId = streamId;
        this.receiver = receiver;
        this.registrationId = aeron.asyncAddExclusivePublication(channel, streamId);
    }

    /** Of the publication. */
    public String channel() {
        return channel;
    }

    @Override
    public boolean isConnected() {
        return isAdded() && publication.isConnected();
    }

    /** Whether it is of no use any more: closed, at the end of its positions, or refused by the driver. */
    public boolean isLost() {
        if (isAdded() && publication.isClosed()) {
            close();
        }
        return isLost;
    }

    /** Why the driver refused it, as for a host that it cannot resolve; null if it did not. */
    public RegistrationException failure() {
        return failure;
    }

    @Override
    public Sent offer(final DirectBuffer buffer, final int offset, final int length) {
        if (!isAdded()) {
            return isLost ? Sent.LOST : Sent.AWAY;
        }
        long result = publication.offer(buffer, offset, length);
        for (int i = 1; result == Publication.ADMIN_ACTION && i < ADMIN_ACTION_ATTEMPTS; i++) {
            result = publication.offer(buffer, offset, length);
        }
        return sent(result);
    }

    @Override
    public Sent offer(
        final DirectBuffer first,
        final int firstOffset,
        final int firstLength,
        final DirectBuffer second,
        final int secondOffset,
        final int secondLength) {
        if (!isAdded()) {
            return isLost ? Sent.LOST : Sent.AWAY;
        }
        long result = publication.offer(first, firstOffset, firstLength, second, secondOffset, secondLength);
        for (int i = 1; result == Publication.ADMIN_ACTION && i < ADMIN_ACTION_ATTEMPTS; i++) {
            result = publication.offer(first, firstOffset, firstLength, second, secondOffset, secondLength);
        }
        return sent(result);
    }

    /** Closes what there is and begins to add it again; nothing comes of it once the client is closed. */
    public void reopen() {
        close();
        if (!aeron.isClosed()) {
            isLost = false;
            failure = null;
            registrationId = aeron.asyncAddExclusivePublication(channel, streamId);
        }
    }

    /** It is lost from now on. */
    @Override
    public void close() {
        if (publication != null) {
            CloseHelper.close(publication);
            publication = null;
        } else if (!isLost && !aeron.isClosed()) {
            aeron.asyncRemovePublication(registrationId);
        }
        isLost = true;
    }

    private boolean isAdded() {
        if (publication == null && !isLost) {
            if (aeron.isClosed()) {
                isLost = true;
                return false;
            }
            try {
                publication = aeron.getExclusivePublication(registrationId);
            } catch (final RegistrationException e) {
                failure = e;
                isLost = true;
            }
        }
        return publication != null;
    }

    private Sent sent(final long result) {
        if (result > 0) {
            receiver.ring();
            return Sent.YES;
        }
        if (result == Publication.CLOSED || result == Publication.MAX_POSITION_EXCEEDED) {
            close();
            return Sent.LOST;
        }
        return result == Publication.NOT_CONNECTED ? Sent.AWAY : Sent.BUSY;
    }
}
