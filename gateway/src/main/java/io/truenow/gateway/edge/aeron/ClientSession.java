package io.truenow.gateway.edge.aeron;

import io.aeron.Aeron;
import io.truenow.fabric.access.Principal;
import io.truenow.fabric.agent.Doorbell;
import io.truenow.fabric.peer.PeerPublication;
import io.truenow.fabric.peer.Sent;
import org.agrona.DirectBuffer;

import java.util.ArrayDeque;

/** A connected client: where its replies go and which wait. Belongs to the edge's agent. */
final class ClientSession implements AutoCloseable {
    final long sessionId;
    private final Principal principal;
    private final PeerPublication publication;
    private final ArrayDeque<ClientRequest> completed = new ArrayDeque<>();
    private boolean answerDue;
    private long lastHeardNs;

    ClientSession(final Aeron aeron, final long sessionId, final Principal principal, final String channel, final int streamId) {
        this.sessionId = sessionId;
        this.principal = principal;
        this.publication = new PeerPublication(aeron, channel, streamId, Doorbell.NONE);
    }

    /** Who the client is, for all of its requests. */
    Principal principal() {
        return principal;
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
    ArrayDeque<ClientRequest> completed() {
        return completed;
    }

    /** Whether replies cannot be sent any more. */
    boolean isLost() {
        return publication.isLost();
    }

    /** Whether it was sent; false under back pressure or while not connected. */
    boolean offer(final DirectBuffer message, final int length) {
        return publication.offer(message, 0, length) == Sent.YES;
    }

    @Override
    public void close() {
        publication.close();
    }
}
