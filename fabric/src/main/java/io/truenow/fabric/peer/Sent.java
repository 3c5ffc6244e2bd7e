package io.truenow.fabric.peer;

/** What became of a message that was offered to a peer. */
public enum Sent {
    /** It is on its way. */
    YES,
    /** The peer does not take as much as it is sent: offer it again later. */
    BUSY,
    /** No peer listens, or none yet. */
    AWAY,
    /** The publication is closed, or the driver has refused it: it has to be opened anew. */
    LOST
}
