package io.truenow.query.merge;

/**
 * Bytes that all merges of a query node may hold together, and one alone. Belongs to the scatter agent's thread; {@link #usedBytes} may be
 * read by any.
 */
public final class MergeBudget {
    private final long limitBytes;
    private final long queryLimitBytes;
    private volatile long usedBytes;

    public MergeBudget(final long limitBytes, final long queryLimitBytes) {
        this.limitBytes = limitBytes;
        this.queryLimitBytes = queryLimitBytes;
    }

    /** What one query may hold. */
    public long queryLimitBytes() {
        return queryLimitBytes;
    }

    /** Held by all merges now. */
    public long usedBytes() {
        return usedBytes;
    }

    /**
     * Asks for more.
     *
     * @param heldBytes by the query already.
     * @param moreBytes that it wants.
     */
    public MergeStatus reserve(final long heldBytes, final long moreBytes) {
        if (heldBytes + moreBytes > queryLimitBytes) {
            return MergeStatus.QUERY_TOO_LARGE;
        }
        final long used = usedBytes;
        if (used + moreBytes > limitBytes) {
            return MergeStatus.NODE_FULL;
        }
        usedBytes = used + moreBytes;
        return MergeStatus.OK;
    }

    /** Gives some back. */
    public void release(final long bytes) {
        usedBytes = usedBytes - bytes;
    }
}
