package io.truenow.hottier.segment;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * A shard's segments and its vector. One lane writes; the lane's query agent takes cuts.
 *
 * <p><b>Publication.</b> Rows, dictionary entries and values are written to memory that no reader looks at yet. Then, between {@link
 * #beginPublish} and {@link #endPublish}, the row counts of the touched segments and the vector move. {@code version} is odd in between.
 * Why this is right under the Java memory model:
 * <ul>
 *   <li>writer: the odd version is stored before the release fence, so no store of the publication can be seen without it; the even version
 * is
 *       stored with release semantics, so whoever reads it sees the whole publication and every row written before it;</li>
 *   <li>reader: loads the version with acquire semantics, then the fields, then, behind an acquire fence, the version again. Equal and even
 * versions mean
 *       that no store of a later publication was among what it loaded: had it been, the odd version before it would be visible too;</li>
 *   <li>the fields that it loads meanwhile may be of different publications: it copies them with bounds of its own and uses none before the
 * check.</li>
 * </ul>
 * References reach the reader through the same protocol, and memory is freed by message through the reader only, so none of them dangles.
 */
public final class ShardStore {
    private static final VarHandle VERSION;
    private static final VarHandle ROWS_HELD;

    static {
        try {
            VERSION = MethodHandles.lookup().findVarHandle(ShardStore.class, "version", long.class);
            ROWS_HELD = MethodHandles.lookup().findVarHandle(ShardStore.class, "rowsHeld", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final LaneMemory memory;
    private final int shardId;
    private final int tableId;
    @SuppressWarnings("unused")
    private long version;

    /** Published under the sequence lock; the lane reads its own. */
    private Segment[] segments = new Segment[0];
    private int[] gatewayIds = new int[2];
    private long[] incarnations = new long[2];
    private long[] sequences = new long[2];
    private int gatewayCount;
    private long epoch;
    private boolean inSync;
    private long watermarkUs = Long.MIN_VALUE;
    private long availableFromUs = Long.MIN_VALUE;
    private long rowsHeld;

    /** An empty shard. */
    public ShardStore(final LaneMemory memory, final int shardId, final int tableId) {
        this.memory = memory;
        this.shardId = shardId;
        this.tableId = tableId;
    }

    /** Catalog id. */
    public int shardId() {
        return shardId;
    }

    /** Catalog id of its table. */
    public int tableId() {
        return tableId;
    }

    /** Placement's version. Lane only. */
    public long epoch() {
        return epoch;
    }

    /** Whether it may answer queries. Lane only. */
    public boolean isInSync() {
        return inSync;
    }

    /** Rows that queries see, for statistics. Any thread. */
    public long rowsHeld() {
        return (long) ROWS_HELD.getOpaque(this);
    }

    /** What the lane says of the shard as a whole. */
    public void publishState(final long newEpoch, final boolean newInSync, final long newAvailableFromUs) {
        if (epoch != newEpoch || inSync != newInSync || availableFromUs != newAvailableFromUs) {
            beginPublish();
            epoch = newEpoch;
            inSync = newInSync;
            availableFromUs = newAvailableFromUs;
            endPublish();
        }
    }

    /** Takes the segments whose spans begin before a time out of the shard; the caller retires them. Lane only. */
    public Segment[] takeOlderThan(final long spanStartUs) {
        int count = 0;
        while (count < segments.length && segments[count].spanStartUs() < spanStartUs) {
            count++;
        }
        final Segment[] taken = Arrays.copyOf(segments, count);
        if (count > 0) {
            final Segment[] left = Arrays.copyOfRange(segments, count, segments.length);
            beginPublish();
            segments = left;
            for (final Segment segment : taken) {
                rowsHeld -= segment.publishedRows();
            }
            endPublish();
            for (final Segment segment : taken) {
                if (segment instanceof OpenSegment open) {
                    open.closeForAppends();
                }
            }
        }
        return taken;
    }

    LaneMemory memory() {
        return memory;
    }

    /** The open segment of a span, made if need be. */
    OpenSegment segmentFor(final long spanStartUs) {
        int at = segments.length;
        while (at > 0 && segments[at - 1].spanStartUs() >= spanStartUs) {
            at--;
            if (segments[at].spanStartUs() == spanStartUs && segments[at] instanceof OpenSegment open && open.isOpen()) {
                return open;
            }
        }
        final OpenSegment made = new OpenSegment(memory, memory.nextUid(), spanStartUs);
        final Segment[] more = new Segment[segments.length + 1];
        System.arraycopy(segments, 0, more, 0, at);
        more[at] = made;
        System.arraycopy(segments, at, more, at + 1, segments.length - at);
        beginPublish();
        segments = more;
        endPublish();
        return made;
    }

    void beginPublish() {
        VERSION.setOpaque(this, (long) VERSION.get(this) + 1);
        VarHandle.releaseFence();
    }

    void endPublish() {
        VERSION.setRelease(this, (long) VERSION.get(this) + 1);
    }

    /** Within a publication: these rows came, and a time was seen. */
    void onRows(final long rows, final long greatestEventTimeUs) {
        rowsHeld += rows;
        watermarkUs = Math.max(watermarkUs, greatestEventTimeUs);
    }

    /** Within a publication: the gateway's position moves. */
    void onPosition(final int gatewayId, final long incarnation, final long sequence) {
        int at = 0;
        while (at < gatewayCount && gatewayIds[at] != gatewayId) {
            at++;
        }
        if (at == gatewayCount) {
            if (at == gatewayIds.length) {
                gatewayIds = Arrays.copyOf(gatewayIds, at * 2);
                incarnations = Arrays.copyOf(incarnations, at * 2);
                sequences = Arrays.copyOf(sequences, at * 2);
            }
            gatewayIds[at] = gatewayId;
            gatewayCount++;
        }
        incarnations[at] = incarnation;
        sequences[at] = sequence;
    }

    /** Version to begin reading at, or -1 while a publication is under way. Any thread. */
    long beginRead() {
        final long now = (long) VERSION.getAcquire(this);
        return (now & 1) == 0 ? now : -1;
    }

    /** Whether all that was read since {@link #beginRead} is of one publication. */
    boolean endRead(final long begun) {
        VarHandle.acquireFence();
        return (long) VERSION.getOpaque(this) == begun;
    }

    /** Copies what a reader sees; sound only if {@link #endRead} then agrees. */
    void read(final ShardCut cut) {
        cut.epoch = epoch;
        cut.inSync = inSync;
        cut.watermarkUs = watermarkUs;
        cut.availableFromUs = availableFromUs;
        cut.rowsHeld = rowsHeld;
        final int[] ids = gatewayIds;
        final long[] incarnationById = incarnations;
        final long[] sequenceById = sequences;
        final int count = Math.min(Math.min(gatewayCount, ids.length), Math.min(incarnationById.length, sequenceById.length));
        cut.setVector(ids, incarnationById, sequenceById, count);
        cut.setSegments(segments);
    }
}
