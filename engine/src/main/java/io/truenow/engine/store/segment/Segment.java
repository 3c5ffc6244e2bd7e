package io.truenow.engine.store.segment;

import io.truenow.engine.store.value.SegmentDictionary;

/**
 * Rows of one shard and span. The query agent sees what {@link ShardCut} took of it: blocks and rows below a count. When it is replaced, or
 * its span is over, or the shard leaves, it goes by message to the query agent, which sends it back when no query uses it; then, and only
 * then, the lane frees it.
 */
public abstract class Segment {
    private final long uid;
    private final long spanStartUs;

    /** Of the last publication: written and read under the shard's sequence lock only. */
    private long publishedRows;
    private int publishedBlocks;

    /** Of the lane alone. */
    private boolean inTask;
    private int failures;
    private long failedNs;
    private long retryNs;

    /** Of the query agent alone. */
    private int readers;
    private boolean retired;

    protected Segment(final long uid, final long spanStartUs) {
        this.uid = uid;
        this.spanStartUs = spanStartUs;
    }

    /** Never used again in the lane, over restarts: the node's incarnation in the upper half, a count in the lower. */
    public final long uid() {
        return uid;
    }

    /** Start of its span. */
    public final long spanStartUs() {
        return spanStartUs;
    }

    /** Rows that were appended; for a reader its cut says how many it may see. Lane only. */
    public abstract long rowCount();

    /** All its blocks. The lane, and of a segment that takes no rows whoever learnt of it by a queue. */
    public abstract int blockCount();

    /** No row is later, in microseconds since the span's start; negative if there is none. Lane only. */
    public int maxOffsetUs() {
        int offsetUs = -1;
        for (int i = 0; i < blockCount(); i++) {
            offsetUs = Math.max(offsetUs, block(i).maxOffsetUs());
        }
        return offsetUs;
    }

    /** A block below the block count of a cut. */
    public abstract Block block(int index);

    /** The dictionary of a dimension, or null if no row has it. */
    public abstract SegmentDictionary dictionary(int ordinal);

    /** Whether rows may still be appended after the cut. A reader may see it late. */
    public abstract boolean isOpen();

    /**
     * Lets go of some of its values and memory, so that a lane never stalls for a large segment. Lane only, after the query agent sent it
     * back, or before it was ever published.
     *
     * @param limit at most about so many values and blocks.
     * @return true when nothing is left.
     */
    public abstract boolean freeSome(int limit);

    /** Lets go of all at once. */
    public final void free() {
        boolean isOver = false;
        while (!isOver) {
            isOver = freeSome(Integer.MAX_VALUE);
        }
    }

    /** Whether the sealer agent reads it: it must stay as it is until the answer has come. Lane only. */
    public final boolean isInTask() {
        return inTask;
    }

    /** The sealer agent is to read it. Lane only. */
    public final void beginTask() {
        inTask = true;
    }

    /** The sealer agent has read it and written another. Lane only. */
    public final void endTask() {
        inTask = false;
    }

    /** The sealer agent could not write what was to replace it. Lane only. */
    public final void failTask(final long nowNs, final long newRetryNs) {
        inTask = false;
        failures++;
        failedNs = nowNs;
        retryNs = newRetryNs;
    }

    /** How often that was so. Lane only. */
    public final int failures() {
        return failures;
    }

    /** Whether it may be given to the sealer agent: after a failure when so much time has passed as was said, or less. Lane only. */
    public final boolean isReadyForTask(final long nowNs, final long longestRetryNs) {
        return !inTask && (failures == 0 || nowNs - failedNs >= Math.min(retryNs, longestRetryNs));
    }

    /** A query took a cut that holds it. Query agent only. */
    public final void acquire() {
        readers++;
    }

    /** A query is done with it; true if it is retired and this was the last. Query agent only. */
    public final boolean release() {
        return --readers == 0 && retired;
    }

    /** It has left its shard; true if no query uses it. Query agent only. */
    public final boolean retire() {
        retired = true;
        return readers == 0;
    }

    /** Within a publication: so much of it may be seen. */
    protected final void publish(final long rows, final int blocks) {
        publishedRows = rows;
        publishedBlocks = blocks;
    }

    final long publishedRows() {
        return publishedRows;
    }

    final int publishedBlocks() {
        return publishedBlocks;
    }
}
