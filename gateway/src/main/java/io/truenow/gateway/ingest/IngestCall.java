package io.truenow.gateway.ingest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.format.batch.BatchPosition;
import io.truenow.gateway.journal.IngestRequest;
import io.truenow.gateway.table.NameSlice;
import org.agrona.BitUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.Arrays;

/**
 * A request of an edge from its arrival to its answer: what the edge has to say to {@link IngestFlow}, and what that keeps of it. Belongs
 * to the flow's thread, but for {@link #request} while the journal has that. May be pooled: it is free after {@link #onEnd}.
 *
 * <p>It is answered by one call of {@link #onRefused}, {@link #onNoneAccepted} or {@link #onCompleted}; then it ends.
 */
public abstract class IngestCall {
    private static final int ALIGNMENT = Long.BYTES;

    private final IngestRequest request = new IngestRequest();
    private final UnsafeBuffer view = new UnsafeBuffer(0, 0);
    private final int[] rejectedByCode = new int[ProblemCode.values().length];
    private int received;
    private int accepted;
    private long catalogVersion;
    ByteBuf memory;
    private Admission admission;
    private long heldBytes;

    /** What it asks for: null before it waits for control for the first time. */
    SchemaWait wait;

    /** When it is to be answered. */
    protected abstract AckLevel ackLevel();

    /** How much it matters. */
    protected Priority priority() {
        return Priority.NORMAL;
    }

    /** Bytes that its edge has counted in the gateway's budget. */
    protected long countedBytes() {
        return 0;
    }

    /**
     * Reads its events into the sink by {@link #append}; or puts batches that are ready into {@link #memory} and adds them by
     * {@link #addBatch}. Called again when tables or columns were made: all of it is read again then.
     *
     * @return null, or why nothing of it can be accepted.
     */
    protected abstract Problem read(EventSink sink);

    /** Nothing of it was accepted. */
    protected abstract void onRefused(Problem problem);

    /** It was read, and there was nothing in it, or nothing that is acceptable. */
    protected abstract void onNoneAccepted();

    /** The journal has said what became of it: {@link IngestRequest#outcome}. */
    protected abstract void onCompleted();

    /** The flow does not know it any more. */
    protected void onEnd() {
    }

    /** Counts bytes that are kept for it in the gateway's budget until it ends; false if there is no room. */
    protected boolean hold(final long bytes) {
        if (!admission.tryTake(bytes)) {
            return false;
        }
        heldBytes += bytes;
        return true;
    }

    /** Appends an event, or rejects it: then the row says why. */
    public final boolean append(
        final EventSink sink, final EventRow row, final byte[] bytes, final NameSlice namespace, final NameSlice table) {
        received++;
        if (sink.append(row, bytes, namespace, table)) {
            accepted++;
            return true;
        }
        rejectedByCode[row.error().ordinal()]++;
        return false;
    }

    /**
     * Adds a batch that is ready, in {@link #memory}, with its SBE header.
     *
     * @param events       that it has.
     * @param acceptTimeUs when it came, in microseconds since the epoch.
     */
    protected final void addBatch(
        final UnsafeBuffer buffer, final int offset, final int lengthBytes, final int events, final long acceptTimeUs) {
        BatchPosition.acceptTimeUs(buffer, offset, acceptTimeUs);
        request.addBatch(buffer, offset, lengthBytes);
        received += events;
        accepted += events;
    }

    /** Memory of its own until it ends, at a multiple of 8: taken at most once a reading. */
    protected final UnsafeBuffer memory(final int lengthBytes) {
        releaseMemory();
        memory = ByteBufAllocator.DEFAULT.directBuffer(lengthBytes + ALIGNMENT);
        if (memory.hasMemoryAddress()) {
            view.wrap(BitUtil.align(memory.memoryAddress(), ALIGNMENT), lengthBytes);
        } else {
            view.wrap(memory.nioBuffer(0, lengthBytes + ALIGNMENT));
            final int pad = (int) (BitUtil.align(view.addressOffset(), ALIGNMENT) - view.addressOffset());
            view.wrap(view, pad, lengthBytes);
        }
        return view;
    }

    /** What the journal gets, and says of it. */
    public final IngestRequest request() {
        return request;
    }

    /** Events that were read. */
    public final int received() {
        return received;
    }

    /** Events that were, or will be, handed over. */
    public final int accepted() {
        return accepted;
    }

    /** The catalog by which it was read. */
    public final long catalogVersion() {
        return catalogVersion;
    }

    final int[] rejectedByCode() {
        return rejectedByCode;
    }

    final void begin(final Admission newAdmission) {
        admission = newAdmission;
        wait = null;
    }

    /** Forgets what an earlier reading has found. */
    final void beginReading(final long newCatalogVersion) {
        releaseMemory();
        received = 0;
        accepted = 0;
        catalogVersion = newCatalogVersion;
        Arrays.fill(rejectedByCode, 0);
    }

    final void end() {
        releaseMemory();
        if (heldBytes != 0) {
            admission.giveBack(heldBytes);
            heldBytes = 0;
        }
        wait = null;
        onEnd();
    }

    private void releaseMemory() {
        if (memory != null) {
            memory.release();
            memory = null;
        }
    }
}
