package io.truenow.gateway.edge.aeron;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;

import java.util.ArrayDeque;

/** A connected client: where its replies go and which wait. Belongs to the edge's agent. */
final class ClientSession implements AutoCloseable {
    final long sessionId;
    private final Aeron aeron;
    private final long registrationId;
    private final ArrayDeque<PooledRequest> completed = new ArrayDeque<>();
    private ExclusivePublication publication;
    private boolean answerDue;
    private long lastHeardNs;

    ClientSession(final Aeron aeron, final long sessionId, final String channel, final int streamId) {
        this.aeron = aeron;
        this.sessionId = sessionId;
        // the blocking way would stop the agent until the driver answers
        this.registrationId = aeron.asyncAddExclusivePublication(channel, streamId);
    }

    void onConnect(final long nowNs) {
        answerDue = true;
        lastHeardNs = nowNs;
    }

    boolean isAnswerDue() {
        return answerDue;
    }

    void answered() {
        answerDue = false;
    }

    long lastHeardNs() {
        return lastHeardNs;
    }

    /** Completed requests whose replies wait. */
    ArrayDeque<PooledRequest> completed() {
        return completed;
    }

    /** Looks whether the publication is there. Throws what the driver refused it with. */
    boolean pollPublication() {
        if (publication == null) {
            publication = aeron.getExclusivePublication(registrationId);
        }
        return publication != null;
    }

    boolean isClosed() {
        return publication != null && publication.isClosed();
    }

    /** Whether it was sent; false under back pressure or while not connected. */
    boolean offer(final DirectBuffer message, final int length) {
        if (publication == null) {
            return false;
        }
        final long result = publication.offer(message, 0, length);
        if (result == Publication.MAX_POSITION_EXCEEDED) {
            CloseHelper.close(publication);
        }
        return result > 0;
    }

    @Override
    public void close() {
        if (publication == null) {
            aeron.asyncRemovePublication(registrationId);
        }
        CloseHelper.close(publication);
    }
}
