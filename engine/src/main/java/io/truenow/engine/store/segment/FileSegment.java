package io.truenow.engine.store.segment;

import io.truenow.engine.store.hash.IdBatch;

/**
 * A segment whose rows lie in a file, mapped read-only. Made by the sealer agent or found at the start; the lane then takes it up ({@link
 * #retainValues}), serves it, and lets it go ({@link #free}); at last the sealer agent unmaps it ({@link #close}).
 */
public abstract class FileSegment extends Segment {
    private final long rowCount;
    private final int blockCount;

    protected FileSegment(final long uid, final long spanStartUs, final long rowCount, final int blockCount) {
        super(uid, spanStartUs);
        this.rowCount = rowCount;
        this.blockCount = blockCount;
    }

    @Override
    public final long rowCount() {
        return rowCount;
    }

    @Override
    public final int blockCount() {
        return blockCount;
    }

    @Override
    public final boolean isOpen() {
        return false;
    }

    /** Place of an id in their order, or -1 if no row has it. Lane only. */
    public abstract int indexOfId(long idHigh, long idLow);

    /** Whether one of its rows has this id. Lane only. */
    public final boolean containsId(final long idHigh, final long idLow) {
        return indexOfId(idHigh, idLow) >= 0;
    }

    /**
     * Takes some of its ids, in their order, as those of a batch from index 0 on. Lane only.
     *
     * @return how many: fewer than asked for at the end.
     */
    public abstract int readIds(int from, int most, IdBatch target);

    /** What is kept of the event time of an id, by its place in their order. Lane only. */
    public abstract int timeBitsOfId(int index);

    /** Uids of the segments that it replaced, and of those which these replaced. */
    public abstract long[] replacedUids();

    /** Length of the file. */
    public abstract long fileBytes();

    /**
     * Gives some of the values of its dictionaries, at most so many, one more reference at the lane's table; until it has answered true the
     * segment serves nobody. Lane only.
     *
     * @return true when it holds all.
     */
    public abstract boolean retainValues(int limit);

    /** How many values hold a reference by now. Lane only. */
    public abstract long retainedValues();

    /** Unmaps the file. Sealer agent only, or the launching thread when no agent runs: nobody reads it any more. Idempotent. */
    public abstract void close();

    /** Within a publication: all of it may be seen. */
    final void publishAll() {
        publish(rowCount, blockCount);
    }
}
