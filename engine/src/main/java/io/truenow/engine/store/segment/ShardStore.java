package io.truenow.engine.store.segment;

import io.truenow.engine.store.meta.RedoRecord;
import io.truenow.engine.store.shard.MissingRanges;
import io.truenow.engine.store.shard.ShardState;
import io.truenow.engine.store.shard.ShardVector;
import io.truenow.engine.store.shard.Spans;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A shard's segments and its vector. One lane writes; the lane's query agent takes cuts.
 *
 * <p><b>Publication.</b> Rows, dictionary entries and values are written to memory that no reader looks at yet. Then {@link #commit}
 * moves the row counts of the touched segments and the vector: first for a process that comes after this one ({@link RedoRecord}), then,
 * under a {@link SequenceLock}, for readers.
 * References reach the reader through the same protocol, and memory is freed by message through the reader only, so none of them dangles.
 */
public final class ShardStore {
    private static final Segment[] NO_SEGMENTS = new Segment[0];
    private static final VarHandle ROWS_HELD;

    static {
        try {
            ROWS_HELD = MethodHandles.lookup().findVarHandle(ShardStore.class, "rowsHeld", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final LaneMemory memory;
    private final int shardId;
    private final int tableId;
    private final ShardHeader header;
    private final ShardIds ids;
    private final SequenceLock lock = new SequenceLock();

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
    private MissingRanges missing = MissingRanges.NONE;

    /** By start; the lane's alone. */
    private Span[] spans = new Span[0];
    private long changes;
    /** See {@link ShardState#doubts}. */
    private final Map<Long, Long> doubts = new TreeMap<>();

    /** An empty shard. */
    public ShardStore(final LaneMemory memory, final int shardId, final int tableId) {
        this.memory = memory;
        this.shardId = shardId;
        this.tableId = tableId;
        this.header = new ShardHeader(memory);
        this.ids = new ShardIds(memory);
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
            header.availableFrom(newAvailableFromUs);
            lock.beginWrite();
            epoch = newEpoch;
            inSync = newInSync;
            availableFromUs = newAvailableFromUs;
            lock.endWrite();
        }
    }

    /** Says which ranges have lost rows. Lane only. */
    public void publishMissing(final MissingRanges newMissing) {
        lock.beginWrite();
        missing = newMissing;
        lock.endWrite();
    }

    /** Ranges that have lost rows. Lane only. */
    public MissingRanges missing() {
        return missing;
    }

    /** Earlier rows were let go. Lane only. */
    public long availableFromUs() {
        return availableFromUs;
    }

    /** No row of this time or later was let go, {@link Long#MIN_VALUE} if none was at all. Lane only. */
    public long letGoUntilUs() {
        return header.letGoUntilUs();
    }

    /** Rows before a time are about to be let go, or were not taken. Lane only. */
    public void letGoUntil(final long untilUs) {
        header.letGoUntil(Math.max(header.letGoUntilUs(), untilUs));
    }

    /** Where it is. Lane only. */
    public ShardVector vector() {
        return new ShardVector(gatewayIds, incarnations, sequences, gatewayCount);
    }

    /** For a segment that is to be made; see {@link Segment#uid()}. Lane only. */
    public long newUid() {
        return memory.nextUid();
    }

    /** Grows whenever segments come, go or are frozen. Lane only. */
    public long changes() {
        return changes;
    }

    /** How many spans have rows. Lane only. */
    public int spanCount() {
        return spans.length;
    }

    /** A span, by start. Lane only. */
    public Span spanAt(final int index) {
        return spans[index];
    }

    /** The span that begins at a time, or null. Lane only. */
    public Span span(final long startUs) {
        final int at = firstSpanFrom(startUs);
        return at < spans.length && spans[at].startUs() == startUs ? spans[at] : null;
    }

    /** The span's open segment takes no more rows; later ones go to another. Lane only. */
    public OpenSegment freeze(final Span span) {
        changes++;
        return span.freeze();
    }

    /** A vector such that every batch up to it lies in files, if these segments did: what came later may lie in others. */
    public ShardVector durable(final List<Segment> sealed) {
        ShardVector least = vector();
        for (final Span span : spans) {
            for (final Segment segment : span.segments()) {
                if (segment instanceof OpenSegment open && open.rowCount() > 0 && !sealed.contains(open) && least.reaches(open.birth())) {
                    least = open.birth();
                }
            }
        }
        return least;
    }

    /**
     * A file takes the place of segments with the same rows. The caller retires these. Lane only.
     *
     * @return false, and nothing has changed, if the shard has not all of them any more.
     */
    public boolean replace(final List<Segment> olds, final FileSegment made) {
        final Span span = span(made.spanStartUs());
        if (span == null || !List.of(span.segments()).containsAll(olds)) {
            return false;
        }
        span.replace(olds.toArray(new Segment[0]), made);
        ids.replaced(span, olds, made);
        publishSegments();
        unlink(olds);
        return true;
    }

    /** Takes up a file that was found at the start, whose values are retained. Lane only. */
    public void add(final FileSegment found) {
        final Span span = spanFor(found.spanStartUs());
        span.add(found);
        ids.addFound(span, found);
        publishSegments();
    }

    /**
     * Starts behind a vector that another source has told than the shard's own header: what lies in files. Nobody reads the shard yet. Lane
     * only, or the launching thread before it.
     */
    public void startAt(final ShardVector vector) {
        for (int i = 0; i < vector.size(); i++) {
            onPosition(vector.gatewayId(i), vector.incarnation(i), vector.sequence(i));
        }
    }

    /** Starts behind nothing, to be fed all again; its rows stay. Like {@link #startAt}. */
    public void startAfresh() {
        gatewayCount = 0;
    }

    /** Takes over what is doubted of the shard, whose table was not known. Nobody reads the shard yet. Lane only. */
    public void takeDoubts(final ShardStore from) {
        doubts.putAll(from.doubts);
        publishMissing(from.missing);
        letGoUntil(from.letGoUntilUs());
        publishState(epoch, inSync, from.availableFromUs);
    }

    /** Unmaps its files. When no agent runs any more. */
    public void closeFiles() {
        for (final Segment segment : segments) {
            if (segment instanceof FileSegment file) {
                file.close();
            }
        }
    }

    /** A file of a span with so many rows was lost, 0 if what is missing is known: the shard is fed again, then {@link #settleDoubts}. */
    public void doubt(final long spanStartUs, final long rows) {
        doubts.put(spanStartUs, rows);
    }

    /** Rows that a span had when it lost a file, as long as it is not known what is missing; else 0. */
    public long doubted(final long spanStartUs) {
        return doubts.getOrDefault(spanStartUs, 0L);
    }

    /** Whether it is to be fed again because a file was lost. */
    public boolean isDoubted() {
        return doubts.values().stream().anyMatch(rows -> rows > 0);
    }

    /** All that journals hold is there: doubted spans that have not got their rows back lost some. True if there was a doubt. Lane only. */
    public boolean settleDoubts() {
        if (!isDoubted()) {
            return false;
        }
        MissingRanges lost = missing;
        for (final Map.Entry<Long, Long> doubt : doubts.entrySet()) {
            final Span span = span(doubt.getKey());
            if (doubt.getKey() >= availableFromUs && (span == null ? 0 : span.rowCount()) < doubt.getValue()) {
                lost = lost.with(doubt.getKey(), doubt.getKey() + Spans.SPAN_US);
            }
            doubt.setValue(0L);
        }
        publishMissing(lost);
        return true;
    }

    /** What of it is to outlive a reboot beside its files. Lane only. */
    public ShardState state() {
        doubts.keySet().removeIf(spanStartUs -> spanStartUs < availableFromUs);
        return new ShardState(memory.meta().catalogIdHigh(), memory.meta().catalogIdLow(), shardId, tableId, availableFromUs,
            letGoUntilUs(), missing.after(availableFromUs), doubts);
    }

    /** Takes the segments whose spans begin before a time out of the shard; the caller retires them. Lane only. */
    public Segment[] takeOlderThan(final long spanStartUs) {
        final int count = firstSpanFrom(spanStartUs);
        if (count == 0) {
            return NO_SEGMENTS;
        }
        final Span[] gone = Arrays.copyOf(spans, count);
        final int segmentsBefore = segments.length;
        final Segment[] published = segments;
        spans = Arrays.copyOfRange(spans, count, spans.length);
        publishSegments();
        for (final Span span : gone) {
            unlink(List.of(span.segments()));
            ids.remove(span);
            span.ids().close();
            if (span.open() != null) {
                span.freeze();
            }
        }
        return Arrays.copyOf(published, segmentsBefore - segments.length);
    }

    /** The shard leaves the lane: nothing of it outlives the process any more. Its segments are to be taken as well. Lane only. */
    public void forget() {
        ids.close();
        header.close();
    }

    LaneMemory memory() {
        return memory;
    }

    /** Which events it has. */
    ShardIds ids() {
        return ids;
    }

    ShardHeader header() {
        return header;
    }

    /** Sees to room for the position of a gateway; false if there is none. */
    boolean reserve(final int gatewayId) {
        return header.reserve(this, gatewayId);
    }

    /** The open segment of a span that is prepared, made if need be; null if there is no room. */
    OpenSegment segmentFor(final long spanStartUs) {
        final Span span = spanFor(spanStartUs);
        if (span.open() == null) {
            final OpenSegment made = OpenSegment.make(memory, shardId, spanStartUs, vector());
            if (made == null) {
                return null;
            }
            span.add(made);
            publishSegments();
        }
        return span.open();
    }

    /**
     * What was written to segments counts, and the gateway's position moves: for a later process at once, then for readers.
     *
     * @param touched    their rows, entries and values are complete.
     * @param count      of the segments.
     * @param greatestUs event time in the batch.
     */
    void commit(
        final OpenSegment[] touched, final int count, final int gatewayId, final long incarnation, final long sequence,
        final long greatestUs) {
        final RedoRecord redo = memory.redo();
        long rows = 0;
        for (int i = 0; i < count; i++) {
            touched[i].commit(redo);
            rows += touched[i].rowCount() - touched[i].publishedRows();
        }
        header.commit(redo, gatewayId, incarnation, sequence, Math.max(watermarkUs, greatestUs));
        redo.commit();
        lock.beginWrite();
        for (int i = 0; i < count; i++) {
            touched[i].publish();
        }
        rowsHeld += rows;
        watermarkUs = Math.max(watermarkUs, greatestUs);
        onPosition(gatewayId, incarnation, sequence);
        lock.endWrite();
    }

    /** After a restart: takes over what its header tells. */
    void recover(final long handle, final int slot) {
        header.recover(handle, slot);
        final long address = memory.pool().address(handle);
        final ShardVector vector = ShardHeader.vector(address);
        for (int i = 0; i < vector.size(); i++) {
            onPosition(vector.gatewayId(i), vector.incarnation(i), vector.sequence(i));
        }
        watermarkUs = ShardHeader.watermarkUs(address);
        availableFromUs = ShardHeader.availableFromUs(address);
    }

    /** After a restart: a segment of memory whose rows are all there. */
    void recover(final Span span, final OpenSegment segment) {
        segment.publish();
        span.add(segment);
        ids.addFound(span, segment);
        publishSegments();
    }

    Span spanFor(final long startUs) {
        final int at = firstSpanFrom(startUs);
        if (at < spans.length && spans[at].startUs() == startUs) {
            return spans[at];
        }
        final Span made = new Span(memory, startUs);
        ids.add(made);
        final Span[] more = Arrays.copyOf(spans, spans.length + 1);
        System.arraycopy(spans, at, more, at + 1, spans.length - at);
        more[at] = made;
        spans = more;
        return made;
    }

    /** Index of the first span that begins at a time or later. Most rows are of the last spans. */
    private int firstSpanFrom(final long startUs) {
        int at = spans.length;
        while (at > 0 && spans[at - 1].startUs() >= startUs) {
            at--;
        }
        return at;
    }

    private void publishSegments() {
        changes++;
        int count = 0;
        for (final Span span : spans) {
            count += span.segmentCount();
        }
        final Segment[] now = new Segment[count];
        int at = 0;
        for (final Span span : spans) {
            System.arraycopy(span.segments(), 0, now, at, span.segmentCount());
            at += span.segmentCount();
        }
        lock.beginWrite();
        long rows = 0;
        for (final Segment segment : now) {
            if (segment instanceof FileSegment file) {
                file.publishAll();
            }
            rows += segment.publishedRows();
        }
        rowsHeld = rows;
        segments = now;
        lock.endWrite();
    }

    private static void unlink(final List<Segment> gone) {
        for (final Segment segment : gone) {
            if (segment instanceof OpenSegment open) {
                open.unlink();
            }
        }
    }

    private void onPosition(final int gatewayId, final long incarnation, final long sequence) {
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

    /** Version to begin reading at, another one after each publication, or -1 while one is under way. Any thread. */
    public long beginRead() {
        return lock.beginRead();
    }

    /** Whether all that was read since {@link #beginRead} is of one publication. */
    boolean endRead(final long begun) {
        return lock.endRead(begun);
    }

    /** Copies what a reader sees; sound only if {@link #endRead} then agrees. */
    void read(final ShardCut cut) {
        cut.epoch = epoch;
        cut.inSync = inSync;
        cut.watermarkUs = watermarkUs;
        cut.availableFromUs = availableFromUs;
        cut.rowsHeld = rowsHeld;
        cut.missing = missing;
        final int[] ids = gatewayIds;
        final long[] incarnationById = incarnations;
        final long[] sequenceById = sequences;
        final int count = Math.min(Math.min(gatewayCount, ids.length), Math.min(incarnationById.length, sequenceById.length));
        cut.setVector(ids, incarnationById, sequenceById, count);
        cut.setSegments(segments);
    }
}
