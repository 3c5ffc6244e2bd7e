package io.truenow.hottier.lane;

import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.aeron.logbuffer.Header;
import io.truenow.codecs.ingest.CaughtUpDecoder;
import io.truenow.codecs.ingest.ConnectDecoder;
import io.truenow.codecs.ingest.IngestEnvelopeDecoder;
import io.truenow.codecs.ingest.MessageHeaderDecoder;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.catalog.Table;
import io.truenow.format.batch.BatchView;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.Agent;

/**
 * A lane: applies the batches of its shards in sequence and tells gateways how far it is. The only writer of its shards' memory. A duty
 * cycle: lead segments to their files and out, follow the catalog, poll the ingest stream, answer.
 *
 * <p>When memory has run out the message at hand is left in the stream, unconsumed, until there is room: the flow-control window closes and
 * the gateways feel it.
 */
public final class LaneAgent implements Agent {
    static final long GAP_RESUME_INTERVAL_NS = 20_000_000L;
    static final long EPOCH_RESUME_DELAY_NS = 50_000_000L;
    private static final long ROOM_RETRY_NS = 1_000_000L;
    private static final long HOUSEKEEPING_INTERVAL_NS = 100_000_000L;
    private static final int FRAGMENT_LIMIT = 16;

    private final LaneContext context;
    private final LaneCounters counters;
    private final BatchApplier applier;
    private final BatchView batch = new BatchView();
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final IngestEnvelopeDecoder envelope = new IngestEnvelopeDecoder();
    private final ConnectDecoder connect = new ConnectDecoder();
    private final CaughtUpDecoder caughtUp = new CaughtUpDecoder();
    private final ControlledFragmentHandler handler = this::onFragment;
    private LaneTransport transport;
    private LaneState state;
    private Placements placements;
    private volatile SegmentLife life;
    private long nowNs;
    private long nextHousekeepingNs;
    private long imagesSeen;
    private boolean waitsForRoom;
    private boolean isPreparing;
    private long retryAtNs;
    private volatile boolean placed;
    private volatile int shardCount;
    private volatile int shardsCatchingUp;

    /** A lane that begins when its transport is there. */
    public LaneAgent(final LaneContext context) {
        this.context = context;
        this.counters = context.counters();
        this.applier = new BatchApplier(context.memory());
    }

    /** Shards it owns. Any thread. */
    public int shardCount() {
        return shardCount;
    }

    /** Shards of them that may not answer queries yet. Any thread. */
    public int shardsCatchingUp() {
        return shardsCatchingUp;
    }

    /** Its segments by state. Any thread. */
    public LifeStatus lifeStatus() {
        final SegmentLife current = life;
        return current == null ? LifeStatus.NONE : current.status();
    }

    /** Whether the catalog has told it what it owns. Any thread. */
    public boolean isPlaced() {
        return placed;
    }

    @Override
    public int doWork() {
        nowNs = context.nanoClock().nanoTime();
        if (transport == null && !begin()) {
            return 0;
        }
        int work = life.doWork(nowNs, context.wallClock().microTime(), context.ageClock().microTime());
        if (placements.refresh(nowNs)) {
            placed = true;
            countShards();
            work++;
        }
        if (placements.refreshLease(nowNs)) {
            countShards();
            work++;
        }
        if (nowNs - nextHousekeepingNs >= 0) {
            nextHousekeepingNs = nowNs + HOUSEKEEPING_INTERVAL_NS;
            keepHouse();
        }
        if (imagesSeen != transport.imagesSeen()) {
            imagesSeen = transport.imagesSeen();
            resumeAll();
        }
        if (!waitsForRoom || nowNs - retryAtNs >= 0) {
            waitsForRoom = false;
            isPreparing = false;
            work += transport.poll(handler, FRAGMENT_LIMIT);
            work += isPreparing ? 1 : context.memory().prepareSome();
        }
        if (work > 0) {
            context.exchange().onProgress();
        }
        for (int i = 0, count = placements.links().size(); i < count; i++) {
            work += placements.links().get(i).flush(state, nowNs);
        }
        return work;
    }

    @Override
    public void onClose() {
        if (placements != null) {
            placements.close();
            transport.close();
        }
    }

    @Override
    public String roleName() {
        return "lane-" + context.lane();
    }

    private boolean begin() {
        transport = context.transport().get();
        if (transport == null) {
            return false;
        }
        state = new LaneState(transport.nodeId(), context.lane(), context.incarnation(), counters);
        final Leaving leaving = new Leaving(context.exchange(), context.life().seals());
        placements = new Placements(context, state, transport, leaving);
        life = new SegmentLife(context, leaving, placements);
        nextHousekeepingNs = nowNs;
        return true;
    }

    private void keepHouse() {
        for (int i = 0, count = placements.links().size(); i < count; i++) {
            placements.links().get(i).checkSilence(nowNs);
        }
        countShards();
    }

    private void resumeAll() {
        for (int i = 0, count = placements.links().size(); i < count; i++) {
            placements.links().get(i).wantResumes(nowNs, GAP_RESUME_INTERVAL_NS);
        }
    }

    private void countShards() {
        int catchingUp = 0;
        for (int i = 0, count = placements.shards().size(); i < count; i++) {
            catchingUp += placements.shards().get(i).role().answers() ? 0 : 1;
        }
        shardsCatchingUp = catchingUp;
        shardCount = placements.shards().size();
    }

    /** Package-private for tests: one whole message of the ingest stream. */
    Action onFragment(final DirectBuffer buffer, final int offset, final int length, final Header ignored) {
        if (waitsForRoom) {
            return Action.ABORT;
        }
        if (length < MessageHeaderDecoder.ENCODED_LENGTH) {
            return onInvalid();
        }
        header.wrap(buffer, offset);
        final int bodyOffset = offset + MessageHeaderDecoder.ENCODED_LENGTH;
        if (header.schemaId() != MessageHeaderDecoder.SCHEMA_ID || bodyOffset + header.blockLength() > offset + length) {
            return onInvalid();
        }
        return switch (header.templateId()) {
            case IngestEnvelopeDecoder.TEMPLATE_ID -> {
                envelope.wrap(buffer, bodyOffset, header.blockLength(), header.version());
                final int batchOffset = bodyOffset + header.blockLength();
                yield onBatch(envelope.epoch(), buffer, batchOffset, offset + length - batchOffset);
            }
            case ConnectDecoder.TEMPLATE_ID -> {
                connect.wrap(buffer, bodyOffset, header.blockLength(), header.version());
                final GatewayLink link = placements.link(connect.gatewayId());
                if (link != null) {
                    link.onHeard(nowNs);
                    link.onConnect(nowNs);
                }
                yield Action.CONTINUE;
            }
            case CaughtUpDecoder.TEMPLATE_ID -> {
                caughtUp.wrap(buffer, bodyOffset, header.blockLength(), header.version());
                onCaughtUp();
                yield Action.CONTINUE;
            }
            default -> onInvalid();
        };
    }

    private Action onBatch(final long epoch, final DirectBuffer buffer, final int offset, final int length) {
        if (!batch.wrap(buffer, offset, length).isValid()) {
            return onInvalid();
        }
        final LaneShard shard = placements.shard(batch.shardId());
        final GatewayLink link = placements.link(batch.gatewayId());
        if (shard == null || link == null) {
            // a Resume goes out when the catalog brings what is missing
            counters.epochRefusals().incrementRelease();
            return Action.CONTINUE;
        }
        link.onHeard(nowNs);
        final Flow flow = shard.flow(batch.gatewayId());
        if (epoch != shard.epoch() || batch.tableId() != shard.store.tableId()) {
            counters.epochRefusals().incrementRelease();
            link.wantResume(flow, nowNs + EPOCH_RESUME_DELAY_NS, EPOCH_RESUME_DELAY_NS);
        } else if (flow.hasReached(batch.incarnation(), batch.sequence())) {
            counters.batchesRepeated().incrementRelease();
            link.onMoved(flow);
        } else if (!flow.isNext(batch.previousIncarnation(), batch.previousSequence())) {
            counters.gaps().incrementRelease();
            link.wantResume(flow, nowNs, GAP_RESUME_INTERVAL_NS);
        } else {
            return apply(shard, flow, link);
        }
        return Action.CONTINUE;
    }

    private Action apply(final LaneShard shard, final Flow flow, final GatewayLink link) {
        final Table table = shard.table();
        // gateways refuse what the lane would drop, by what it has told them and by the accept time: these rows grew old on the way
        final long keptFromUs = Math.max(shard.keptFromUs(), Spans.keptFromUs(batch.acceptTimeUs(), table.retentionUs()));
        if (life.holdsBack()) {
            return refuse();
        }
        if (!applier.apply(shard.store, batch, table.identity(), table.dimensions().size(), table.metrics().size(), keptFromUs)) {
            if (applier.isPreparing()) {
                isPreparing = true;
                return Action.ABORT;
            }
            return refuse();
        }
        life.onRoom();
        counters.batchesApplied().incrementRelease();
        counters.rowsApplied().getAndAddRelease(applier.rowsInserted());
        counters.rowsRepeated().getAndAddRelease(applier.rowsRepeated());
        counters.rowsRepeatedOtherTime().getAndAddRelease(applier.rowsRepeatedWithOtherTime());
        if (applier.rowsExpired() > 0) {
            counters.rowsExpired().getAndAddRelease(applier.rowsExpired());
            shard.onExpired(keptFromUs, applier.expiredUntilUs());
        }
        flow.onApplied(batch.incarnation(), batch.sequence());
        if (applier.rowsRepeated() > 0) {
            link.onRepeated(flow, applier.rowsRepeated());
        }
        link.onMoved(flow);
        if (!shard.role().answers()) {
            publish(shard);
        }
        // one such batch in a duty cycle is enough
        return applier.hasTakenLong() ? Action.BREAK : Action.CONTINUE;
    }

    /** The batch stays where it is and is asked for again soon; whoever sends gets no room meanwhile. */
    private Action refuse() {
        counters.roomRefusals().incrementRelease();
        life.onRoomRefused(nowNs);
        waitsForRoom = true;
        retryAtNs = nowNs + ROOM_RETRY_NS;
        return Action.ABORT;
    }

    private void onCaughtUp() {
        final GatewayLink link = placements.link(caughtUp.gatewayId());
        if (link == null) {
            return;
        }
        link.onHeard(nowNs);
        final long resumeId = caughtUp.resumeId();
        for (final CaughtUpDecoder.ShardsDecoder entry : caughtUp.shards()) {
            final LaneShard shard = placements.shard(entry.shardId());
            if (shard != null && shard.epoch() == entry.epoch()) {
                shard.flow(link.gatewayId).onCaughtUp(resumeId, entry.incarnation(), entry.sequence());
                publish(shard);
            }
        }
    }

    private void publish(final LaneShard shard) {
        shard.publish();
        if (shard.role().answers()) {
            countShards();
        }
    }

    private Action onInvalid() {
        counters.invalidMessages().incrementRelease();
        context.errors().onError(new IllegalStateException("a message on the ingest stream is damaged"));
        return Action.CONTINUE;
    }
}
