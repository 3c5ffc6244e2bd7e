package io.truenow.gateway.publish;

import io.truenow.codecs.ingest.ResumeDecoder;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.peer.PeerLink;
import io.truenow.fabric.peer.Sent;
import io.truenow.gateway.journal.BatchFields;
import io.truenow.gateway.journal.IngestRequest;
import io.truenow.gateway.journal.JournalCursor;
import io.truenow.gateway.journal.JournalSource;
import org.agrona.DirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * One lane to which batches are published, and how far it has got. Owned by the journal agent.
 *
 * <pre>
 *   AWAY ──the catalog shows the node──▶ CONNECTING ──Resume──▶ LAGGING ──journal's end──▶ LIVE
 *                                            ▲                     ▲ ▲                      │ │
 *                                            └── disconnected ─────┼─┼──────────────────────┘ │
 *                                                                  └─┴─ back pressure, Resume ┘
 * </pre>
 * Live, a batch is offered from the request's own buffer in the moment after its append. Lagging, batches are read from the journal by this
 * destination's own cursor, a bounded number a duty cycle. What was sent is known per shard, so a document may be read twice and nothing is
 * sent twice.
 */
final class Destination {
    enum State { AWAY, CONNECTING, LAGGING, LIVE }

    private static final long REOPEN_DELAY_NS = 200_000_000L;
    private static final int ATTEMPTS_PER_INTERVAL = 10;
    private static final int REMINDER_INTERVALS = 10;
    private static final long NOTHING = -1;
    /** A connected lane that has taken nothing for so long takes nothing: what was acknowledged meanwhile would not become visible. */
    static final long STALL_NS = 1_000_000_000L;

    private final int nodeId;
    private final int lane;
    private final JournalSource journal;
    private final LanePublications publications;
    private final LaneMessages messages;
    private final PublishLimits limits;
    private final Int2ObjectHashMap<ShardFlow> flows = new Int2ObjectHashMap<>();
    private final ShardFlow[] caughtUpFlows = new ShardFlow[LaneMessages.MAX_CAUGHT_UP_SHARDS];

    private State state = State.AWAY;
    private ServiceInstance node;
    private PeerLink publication;
    private JournalCursor cursor;
    /** Index of the document that the cursor reads next at the earliest. */
    private long cursorIndex = NOTHING;
    private long nextConnectNs;
    private long nextOpenNs;
    /** The last catching up ended because the lane did not take a batch. */
    private boolean isHeldUp;
    private boolean isRefused;
    private long refusedSinceNs;
    private long batchesSent;

    Destination(
        final int nodeId,
        final int lane,
        final JournalSource journal,
        final LanePublications publications,
        final LaneMessages messages,
        final PublishLimits limits) {
        this.nodeId = nodeId;
        this.lane = lane;
        this.journal = journal;
        this.publications = publications;
        this.messages = messages;
        this.limits = limits;
    }

    int nodeId() {
        return nodeId;
    }

    int lane() {
        return lane;
    }

    State state() {
        return state;
    }

    long batchesSent() {
        return batchesSent;
    }

    /** Whether the lane is connected, has not taken a batch for {@link #STALL_NS}, and there is one for it. */
    boolean isStalled(final long nowNs) {
        return isRefused && nowNs - refusedSinceNs >= STALL_NS;
    }

    /** The catalog shows the node: at another address or as another incarnation it is a new peer. */
    void onNode(final ServiceInstance newNode, final long nowNs) {
        final boolean isSame = node != null && newNode != null
            && node.incarnation() == newNode.incarnation()
            && node.driverId() == newNode.driverId()
            && node.aeronPort() == newNode.aeronPort()
            && node.host().equals(newNode.host());
        if (!isSame) {
            node = newNode;
            closePublication();
            open(nowNs);
        }
    }

    /** The catalog shows the lane as an owner of the shard; {@link ShardFlow#NO_EPOCH} if not. */
    void onAssigned(final int shardId, final long epoch) {
        final ShardFlow flow = epoch == ShardFlow.NO_EPOCH ? flows.get(shardId) : flow(shardId);
        if (flow != null && flow.assignedEpoch != epoch) {
            flow.assignedEpoch = epoch;
            if (flow.isFlowing()) {
                readFrom(flow);
            }
        }
    }

    /** The shard is gone, with its table. */
    void onDropped(final int shardId) {
        flows.remove(shardId);
    }

    /** The lane tells from where on it wants its shards. */
    void onResume(final ResumeDecoder resume) {
        // Away there is nothing to send on, and what is noted now would be out of date when there is: then the lane is asked again.
        if (state == State.AWAY || resume.nodeIncarnation() < node.incarnation()) {
            return;
        }
        final long resumeId = resume.resumeId();
        for (final ResumeDecoder.ShardsDecoder shard : resume.shards()) {
            final ShardFlow flow = flow(shard.shardId());
            flow.resumedEpoch = shard.epoch();
            flow.resumeId = resumeId;
            flow.sentIncarnation = shard.incarnation();
            flow.sentSequence = shard.sequence();
            if (flow.isFlowing()) {
                readFrom(flow);
            }
        }
        if (state == State.CONNECTING) {
            lag();
        }
    }

    /** A request was appended; while live, this is where it is sent. */
    void onAppended(final long index, final IngestRequest request) {
        if (state != State.LIVE) {
            return;
        }
        boolean isSent = false;
        try {
            isSent = sendAll(request);
        } finally {
            if (!isSent && state == State.LIVE) {
                readFrom(index);
                state = State.LAGGING;
            }
        }
    }

    private boolean sendAll(final IngestRequest request) {
        for (int i = 0, count = request.batchCount(); i < count; i++) {
            if (!send(request.batch(i), request.batchOffset(i), request.batchLength(i))) {
                return false;
            }
        }
        return true;
    }

    /** Roll files were deleted: let go of those this destination has open. */
    void onDeleted() {
        if (state != State.LAGGING) {
            closeCursor();
        } else if (cursorIndex < journal.firstIndex()) {
            cursorIndex = NOTHING;
            readFrom(Math.max(journal.firstIndex(), 0));
        }
    }

    /** The journal was opened anew; documents from the index on may not have been sent. */
    void onReopened(final long index) {
        closeCursor();
        if (state == State.LIVE) {
            readFrom(Math.max(index, 0));
            state = State.LAGGING;
        }
    }

    /** Bounded work; returns how much. */
    int poll(final long nowNs) {
        return switch (state) {
            case AWAY -> pollAway(nowNs);
            case CONNECTING -> pollConnecting(nowNs);
            case LAGGING -> pollLagging(nowNs);
            case LIVE -> pollLive(nowNs);
        };
    }

    void close() {
        closePublication();
    }

    private int pollAway(final long nowNs) {
        if (node != null && nowNs - nextOpenNs >= 0) {
            open(nowNs);
            return 1;
        }
        return 0;
    }

    private int pollConnecting(final long nowNs) {
        if (nowNs - nextConnectNs < 0) {
            return 0;
        }
        final Sent result = messages.offerConnect(publication);
        nextConnectNs = nowNs + (result == Sent.YES ? limits.connectIntervalNs() : limits.connectIntervalNs() / ATTEMPTS_PER_INTERVAL);
        onResult(result);
        return 1;
    }

    private int pollLive(final long nowNs) {
        if (!publication.isConnected()) {
            disconnected();
            return 1;
        }
        return remind(nowNs);
    }

    /** Asks again for a Resume if some shard's is missing: it may have been one of those that came before the connection was made. */
    private int remind(final long nowNs) {
        if (nowNs - nextConnectNs < 0) {
            return 0;
        }
        nextConnectNs = nowNs + limits.connectIntervalNs() * REMINDER_INTERVALS;
        for (final ShardFlow flow : flows.values()) {
            if (flow.assignedEpoch != ShardFlow.NO_EPOCH && !flow.isFlowing()) {
                messages.offerConnect(publication);
                return 1;
            }
        }
        return 0;
    }

    private int pollLagging(final long nowNs) {
        if (!publication.isConnected()) {
            disconnected();
            return 1;
        }
        remind(nowNs);
        if (cursor == null) {
            cursor = journal.newCursor();
            cursor.moveTo(cursorIndex);
        }
        final long sentAtStart = batchesSent;
        final int documents = catchUp();
        if (state != State.LAGGING || batchesSent != sentAtStart) {
            isRefused = false;
        } else if (!isRefused && isHeldUp) {
            isRefused = true;
            refusedSinceNs = nowNs;
        }
        return documents;
    }

    private int catchUp() {
        isHeldUp = false;
        int bytes = 0;
        int documents = 0;
        while (bytes < limits.catchUpBytes() && documents < limits.catchUpDocuments()) {
            if (!cursor.next()) {
                onEnd();
                return documents;
            }
            documents++;
            cursorIndex = cursor.index();
            while (cursor.nextBatch()) {
                final long sentBefore = batchesSent;
                if (!send(cursor.buffer(), cursor.offset(), cursor.length())) {
                    if (state == State.LAGGING) {
                        cursor.stay();
                        isHeldUp = true;
                    }
                    return documents;
                }
                if (batchesSent != sentBefore) {
                    bytes += cursor.length();
                }
            }
        }
        return documents;
    }

    /** Everything in the journal was sent: say so, shard by shard as they asked, and from now on go live. */
    private void onEnd() {
        while (true) {
            final int count = collectCaughtUp();
            if (count == 0) {
                break;
            }
            final Sent result = messages.offerCaughtUp(publication, caughtUpFlows[0].resumeId, caughtUpFlows, count, journal);
            if (result != Sent.YES) {
                onResult(result);
                return;
            }
            for (int i = 0; i < count; i++) {
                caughtUpFlows[i].resumeId = ShardFlow.NO_RESUME;
            }
        }
        cursorIndex = NOTHING;
        state = State.LIVE;
    }

    private int collectCaughtUp() {
        int count = 0;
        long resumeId = ShardFlow.NO_RESUME;
        for (final ShardFlow flow : flows.values()) {
            if (flow.resumeId != ShardFlow.NO_RESUME && flow.isFlowing() && count < caughtUpFlows.length
                && (count == 0 || flow.resumeId == resumeId)) {
                resumeId = flow.resumeId;
                caughtUpFlows[count++] = flow;
            }
        }
        return count;
    }

    /** Returns false if nothing more can be sent now: the state or the cursor tells what then. */
    private boolean send(final DirectBuffer batch, final int offset, final int length) {
        final ShardFlow flow = flows.get(BatchFields.shardId(batch, offset));
        if (flow == null || !flow.isFlowing()) {
            return true;
        }
        final long incarnation = BatchFields.incarnation(batch, offset);
        final long sequence = BatchFields.sequence(batch, offset);
        if (!flow.isAfterSent(incarnation, sequence)) {
            return true;
        }
        final boolean isNext = BatchFields.previousIncarnation(batch, offset) == flow.sentIncarnation
            && BatchFields.previousSequence(batch, offset) == flow.sentSequence;
        // Batches are read in order, so what lies between the lane's position and this one was deleted as no longer needed.
        final Sent result = isNext
            ? messages.offerBatch(publication, flow.assignedEpoch, batch, offset, length)
            : messages.offerFirstHeld(publication, flow.assignedEpoch, batch, offset, length);
        if (result == Sent.YES) {
            flow.sentIncarnation = incarnation;
            flow.sentSequence = sequence;
            batchesSent++;
            return true;
        }
        onResult(result);
        return false;
    }

    private void onResult(final Sent result) {
        if (result == Sent.AWAY) {
            disconnected();
        } else if (result == Sent.LOST) {
            closePublication();
        }
    }

    private void disconnected() {
        stopFlows();
        state = State.CONNECTING;
    }

    private void open(final long nowNs) {
        if (node != null) {
            publication = publications.open(node, lane);
            nextConnectNs = nowNs;
            nextOpenNs = nowNs + REOPEN_DELAY_NS;
            state = State.CONNECTING;
        }
    }

    private void closePublication() {
        stopFlows();
        if (publication != null) {
            publication.close();
            publication = null;
        }
        state = State.AWAY;
    }

    private void stopFlows() {
        isRefused = false;
        for (final ShardFlow flow : flows.values()) {
            flow.stop();
        }
        closeCursor();
        cursorIndex = NOTHING;
    }

    private void lag() {
        state = State.LAGGING;
        if (cursorIndex == NOTHING) {
            readFrom(end());
        }
    }

    /** The newest document; of an empty journal an index before all others. */
    private long end() {
        return Math.max(journal.lastIndex(), 0);
    }

    /** Moves the cursor back as far as the flow needs. */
    private void readFrom(final ShardFlow flow) {
        if (state == State.AWAY) {
            return;
        }
        final boolean isAtEnd =
            !flow.isAfterSent(journal.lastIncarnation(flow.shardId), journal.lastSequence(flow.shardId));
        final long start = isAtEnd ? NOTHING : journal.startAfter(flow.shardId, flow.sentIncarnation, flow.sentSequence);
        readFrom(start == NOTHING ? end() : start);
        state = State.LAGGING;
    }

    private void readFrom(final long index) {
        if (cursorIndex == NOTHING || index <= cursorIndex) {
            cursorIndex = index;
            if (cursor != null) {
                cursor.moveTo(index);
            }
        }
    }

    private void closeCursor() {
        if (cursor != null) {
            cursor.close();
            cursor = null;
        }
    }

    private ShardFlow flow(final int shardId) {
        ShardFlow flow = flows.get(shardId);
        if (flow == null) {
            flow = new ShardFlow(shardId);
            flows.put(shardId, flow);
        }
        return flow;
    }
}
