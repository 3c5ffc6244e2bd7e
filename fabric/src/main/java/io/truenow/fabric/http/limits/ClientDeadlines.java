package io.truenow.fabric.http.limits;

import io.truenow.fabric.http.limits.Refusals.Reason;

/**
 * What one connection owes, and since when: a whole header in time, progress of a body, progress in reading what is written to it, a
 * request now and then. Counts and looks at the time of the last tick only, so it costs a request next to nothing; a deadline is kept to a
 * tick. Belongs to the connection's event loop.
 */
public final class ClientDeadlines {
    private final long headerNs;
    private final long bodyNs;
    private final long replyNs;
    private final long idleNs;
    private final long minProgressBytes;
    private Awaited awaited = Awaited.REQUEST;
    private long sinceNs;
    /** Came since then. */
    private long arrivedBytes;
    private boolean isWriting;
    private long writingSinceNs;
    private long writtenBytesThen;

    /**
     * Of a connection that has just been accepted.
     *
     * @param isReserved beyond the limit of connections: it has to ask at once.
     */
    public ClientDeadlines(final HttpLimits limits, final boolean isReserved, final long nowNs) {
        headerNs = limits.headerTimeout().toNanos();
        bodyNs = limits.bodyTimeout().toNanos();
        replyNs = limits.replyTimeout().toNanos();
        idleNs = isReserved ? Math.min(headerNs, limits.idleTimeout().toNanos()) : limits.idleTimeout().toNanos();
        minProgressBytes = limits.minProgress().bytes();
        sinceNs = nowNs;
    }

    /** Something came from the socket; what it is follows. */
    public void onBytes(final int bytes, final long nowNs) {
        arrivedBytes += bytes;
        if (awaited == Awaited.REQUEST) {
            await(Awaited.HEADER, nowNs);
        }
    }

    /** A header is complete, its body follows. */
    public void onHeader(final long nowNs) {
        await(Awaited.BODY, nowNs);
    }

    /** A request is complete. */
    public void onRequest(final boolean hasNextBegun, final long nowNs) {
        await(hasNextBegun ? Awaited.HEADER : Awaited.REQUEST, nowNs);
    }

    /** Whether part of a header has come, and not all. */
    public boolean isInHeader() {
        return awaited == Awaited.HEADER;
    }

    /** Whether a header has come, and not all of its body. */
    public boolean isInBody() {
        return awaited == Awaited.BODY;
    }

    /**
     * Looks at the time.
     *
     * @param isClientToAct whether the client can do anything: the socket is read, and no request of its own is being answered.
     * @return why the connection has to end, or null.
     */
    public Reason onTick(final long nowNs, final boolean isClientToAct) {
        if (!isClientToAct) {
            sinceNs = nowNs;
            arrivedBytes = 0;
            return null;
        }
        final long elapsedNs = nowNs - sinceNs;
        switch (awaited) {
            case REQUEST:
                return elapsedNs > idleNs ? Reason.IDLE : null;
            case HEADER:
                return elapsedNs > headerNs ? Reason.HEADER_TIMEOUT : null;
            default:
                if (elapsedNs <= bodyNs) {
                    return null;
                }
                if (arrivedBytes < minProgressBytes) {
                    return Reason.BODY_TIMEOUT;
                }
                sinceNs = nowNs;
                arrivedBytes = 0;
                return null;
        }
    }

    /**
     * Looks at what is being written.
     *
     * @param isUnread     whether the socket does not take all that is written.
     * @param writtenBytes that it has taken ever.
     * @return whether the client reads too slowly.
     */
    public boolean isReplyStalled(final long nowNs, final boolean isUnread, final long writtenBytes) {
        if (!isUnread) {
            isWriting = false;
            return false;
        }
        if (isWriting && nowNs - writingSinceNs > replyNs && writtenBytes - writtenBytesThen < minProgressBytes) {
            return true;
        }
        if (!isWriting || nowNs - writingSinceNs > replyNs) {
            isWriting = true;
            writingSinceNs = nowNs;
            writtenBytesThen = writtenBytes;
        }
        return false;
    }

    private void await(final Awaited next, final long nowNs) {
        awaited = next;
        sinceNs = nowNs;
        arrivedBytes = 0;
    }

    private enum Awaited { REQUEST, HEADER, BODY }
}
