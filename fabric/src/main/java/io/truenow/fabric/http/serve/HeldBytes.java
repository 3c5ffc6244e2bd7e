package io.truenow.fabric.http.serve;

/**
 * What a connection holds beside the room of its requests: headers that are not whole, requests that wait, answers in the socket's queue.
 * Belongs to the connection's event loop.
 */
public final class HeldBytes {
    private final EdgeCore edge;
    private final LoopConnections loop;
    private long countedBytes;

    /** Nothing yet. */
    public HeldBytes(final EdgeCore edge, final LoopConnections loop) {
        this.edge = edge;
        this.loop = loop;
    }

    /** Brings the budget up to date; most of the time nothing is held. */
    public void update(final long held) {
        final long former = countedBytes;
        countedBytes = held;
        if (held > former) {
            edge.budget().take(held - former);
        } else if (held < former) {
            loop.giveBack(former - held);
        }
    }
}
