package io.truenow.hottier.query;

import io.truenow.codecs.query.PartialStatus;
import io.truenow.codecs.query.ShardQueryDecoder;
import io.truenow.engine.scan.Scan;
import io.truenow.engine.scan.ScanPlan;
import io.truenow.engine.scan.ScanTools;
import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.scan.sketch.SketchWish;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.MissingRanges;
import io.truenow.engine.store.value.ValueTable;
import io.truenow.fabric.position.Position;
import io.truenow.format.sketch.SketchKind;
import io.truenow.hottier.lane.LaneExchange;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.collections.Int2ObjectHashMap;

import java.util.Arrays;

/**
 * A query between its arrival and its last part. Reused. Belongs to the query agent.
 *
 * <pre>
 *   WAITING ──every shard is placed, in sync, at the wanted positions: cuts taken──▶ SCANNING ──▶ SENDING ──▶ over
 *      └───────────────── any reason not to answer, or the deadline ─────────────────────┴──────────▲
 * </pre>
 */
final class RunningQuery {
    enum Phase { WAITING, SCANNING, SENDING, OVER }

    /** So long a shard may be unknown, behind in its epoch or catching up before the query node is told. */
    private static final long PATIENCE_NS = 200_000_000L;
    private static final long NOT_STALLED = Long.MIN_VALUE;
    private static final int SCALES_SINCE_VERSION = 2;

    final ScanPlan plan = new ScanPlan();
    final Scan scan;
    final ExpandableArrayBuffer message = new ExpandableArrayBuffer(8 * 1024);
    private final ValueTable values;
    private final ScanTools tools;
    private final ShardWait wait = new ShardWait();
    private ShardCut[] cuts = new ShardCut[0];
    private int[] shardIds = new int[4];
    private long[] epochs = new long[4];
    private int shardCount;
    private int[] wantedShards = new int[4];
    private int[] wantedGateways = new int[4];
    private long[] wantedIncarnations = new long[4];
    private long[] wantedSequences = new long[4];
    private int wantedCount;
    private boolean holdsSegments;
    private boolean isPartial;
    private long startTimeUs;
    private long endTimeUs;
    private long stalledSinceNs = NOT_STALLED;

    Phase phase = Phase.OVER;
    long correlationId;
    int queryNodeId;
    long arrivalNs;
    long deadlineNs;
    PartialStatus status = PartialStatus.OK;
    int failedShardId;
    /** Of the message under way, 0 for none; and what of the answer it ends with. */
    int messageLength;
    boolean messageIsLast;
    int nextPart;
    int nextGroup;
    /** Whether the query node reads scaled sums and squared deviations. */
    boolean isScaleKnown;

    RunningQuery(final ValueTable values, final ScanTools tools) {
        this.values = values;
        this.tools = tools;
        this.scan = new Scan(tools);
    }

    void begin(final ShardQueryDecoder query, final long nowNs) {
        phase = Phase.WAITING;
        correlationId = query.correlationId();
        queryNodeId = query.queryNodeId();
        arrivalNs = nowNs;
        stalledSinceNs = NOT_STALLED;
        wait.none();
        deadlineNs = nowNs + Math.max(0, query.timeoutMs()) * 1_000_000L;
        status = PartialStatus.OK;
        failedShardId = -1;
        messageLength = 0;
        nextPart = 0;
        nextGroup = 0;
        holdsSegments = false;
        isScaleKnown = query.actingVersion() >= SCALES_SINCE_VERSION;
        isPartial = query.partial() == 1;
        startTimeUs = query.startTimeUs();
        endTimeUs = query.endTimeUs();
        plan.begin(query.tableId(), query.startTimeUs(), query.endTimeUs(), query.intervalUs(), query.maxGroups());
        beginShards(query.shards());
        beginWanted(query.wanted());
        for (final ShardQueryDecoder.GroupByDecoder groupBy : query.groupBy()) {
            plan.groupBy(groupBy.dimension());
        }
        for (final ShardQueryDecoder.MetricsDecoder metric : query.metrics()) {
            // null where the sender does not know the field
            plan.metric(metric.metric(), (metric.moments() == 1 ? BlockKernel.MOMENTS : BlockKernel.SUMS)
                | (metric.extremes() == 0 ? BlockKernel.SUMS : BlockKernel.EXTREMES));
        }
        for (final ShardQueryDecoder.SketchesDecoder sketch : query.sketches()) {
            plan.sketch(new SketchWish(SketchKind.of(sketch.sketchRaw()), sketch.column(), sketch.parameter(), sketch.sole() == 1));
        }
        final boolean isKnown = plan.predicate().read(query, values);
        if (!isKnown || !plan.isSound() || shardCount == 0) {
            fail(PartialStatus.BAD_PLAN, -1);
        }
    }

    /** Takes the cuts if all shards are ready for it. True if something changed. */
    boolean tryCut(final LaneExchange exchange, final long nowNs) {
        final boolean patient = nowNs - arrivalNs < PATIENCE_NS && nowNs - deadlineNs < 0;
        final Int2ObjectHashMap<ShardStore> stores = exchange.shards();
        if (wait.isOn(stores, patient)) {
            return false;
        }
        wait.none();
        for (int i = 0; i < shardCount; i++) {
            final ShardStore store = stores.get(shardIds[i]);
            if (store == null) {
                wait.on(shardIds[i], null, 0, false);
                return !patient && fail(PartialStatus.NOT_OWNER, shardIds[i]);
            }
            final ShardCut cut = cuts[i];
            final long version = store.beginRead();
            if (!cut.take(store)) {
                return false;
            }
            if (cut.epoch() != epochs[i]) {
                wait.on(shardIds[i], store, version, false);
                return (cut.epoch() > epochs[i] || !patient) && fail(PartialStatus.STALE_EPOCH, shardIds[i]);
            }
            if (!cut.isInSync()) {
                wait.on(shardIds[i], store, version, false);
                return !patient && fail(PartialStatus.CATCHING_UP, shardIds[i]);
            }
            if (!hasWanted(cut, shardIds[i])) {
                wait.on(shardIds[i], store, version, true);
                return false;
            }
        }
        for (int i = 0; i < shardCount; i++) {
            if (!plan.startsAtOrAfter(cuts[i].availableFromUs())) {
                return fail(PartialStatus.NOT_RETAINED, shardIds[i]);
            }
            if (!isPartial && missing(i).touches(startTimeUs, endTimeUs)) {
                return fail(PartialStatus.MISSING_ROWS, shardIds[i]);
            }
        }
        // first, for it may fail
        scan.begin(plan, cuts, shardCount, nowNs);
        for (int i = 0; i < shardCount; i++) {
            for (int segment = 0; segment < cuts[i].segmentCount(); segment++) {
                cuts[i].segment(segment).acquire();
            }
        }
        holdsSegments = true;
        phase = Phase.SCANNING;
        return true;
    }

    /** For how long its scan has found no room, for groups or for sketches; 0 if it did the last time. */
    long isStalledFor(final long nowNs) {
        if (!scan.isStalled()) {
            stalledSinceNs = NOT_STALLED;
            return 0;
        }
        stalledSinceNs = stalledSinceNs == NOT_STALLED ? nowNs : stalledSinceNs;
        return nowNs - stalledSinceNs;
    }

    /** From now on there is but a status to send. */
    boolean fail(final PartialStatus newStatus, final int shardId) {
        status = newStatus;
        failedShardId = shardId;
        phase = Phase.SENDING;
        messageLength = 0;
        return true;
    }

    /** Lets the segments go; those that were retired meanwhile return to the lane. */
    void end(final LaneExchange exchange) {
        scan.end();
        for (int i = 0; i < shardCount; i++) {
            final ShardCut cut = cuts[i];
            if (holdsSegments) {
                for (int index = 0; index < cut.segmentCount(); index++) {
                    final Segment segment = cut.segment(index);
                    if (segment.release()) {
                        tools.cubes().drop(segment.uid());
                        exchange.release(segment);
                    }
                }
            }
            cut.clear();
        }
        holdsSegments = false;
        phase = Phase.OVER;
    }

    /** It will not be used again. */
    void close() {
        scan.close();
    }

    boolean is(final int otherQueryNodeId, final long otherCorrelationId) {
        return queryNodeId == otherQueryNodeId && correlationId == otherCorrelationId;
    }

    /** Whether it has taken its cuts, from when on it costs memory. */
    boolean holdsCut() {
        return holdsSegments;
    }

    /** Shards whose cuts the answer stands for; none before they were taken. */
    int cutCount() {
        return holdsSegments ? shardCount : 0;
    }

    ShardCut cut(final int index) {
        return cuts[index];
    }

    /** Shards whose missing ranges the answer names: of a partial one, or of none for their sake. */
    int missingCutCount() {
        return status == PartialStatus.MISSING_ROWS || status == PartialStatus.OK && isPartial ? shardCount : 0;
    }

    /** What a shard lost, in the query's range or beside it. */
    MissingRanges missing(final int index) {
        return cuts[index].missing();
    }

    /** Index of the first of a shard's missing ranges that the query's range touches; those up to {@link #touchedEnd} do. */
    int touchedStart(final int index) {
        final MissingRanges missing = missing(index);
        int at = 0;
        while (at < missing.size() && missing.endUs(at) <= startTimeUs) {
            at++;
        }
        return at;
    }

    int touchedEnd(final int index) {
        final MissingRanges missing = missing(index);
        int at = touchedStart(index);
        while (at < missing.size() && missing.startUs(at) < endTimeUs) {
            at++;
        }
        return at;
    }

    int shardId(final int index) {
        return shardIds[index];
    }

    /** Greatest over the shards of what is available. Before the cuts are kept, of those looked at last. */
    long availableFromUs() {
        long greatest = Long.MIN_VALUE;
        for (int i = 0; i < shardCount; i++) {
            greatest = Math.max(greatest, cuts[i].availableFromUs());
        }
        return greatest;
    }

    /** Least over the shards of the greatest event time. */
    long watermarkUs() {
        long least = shardCount == 0 ? Long.MIN_VALUE : Long.MAX_VALUE;
        for (int i = 0; i < shardCount; i++) {
            least = Math.min(least, cuts[i].watermarkUs());
        }
        return least;
    }

    private boolean hasWanted(final ShardCut cut, final int shardId) {
        for (int i = 0; i < wantedCount; i++) {
            if (wantedShards[i] == shardId && !hasReached(cut, i)) {
                return false;
            }
        }
        return true;
    }

    private boolean hasReached(final ShardCut cut, final int wanted) {
        for (int i = 0; i < cut.gatewayCount(); i++) {
            if (cut.gatewayId(i) == wantedGateways[wanted]) {
                return Position.reached(cut.incarnation(i), cut.sequence(i), wantedIncarnations[wanted], wantedSequences[wanted]);
            }
        }
        return false;
    }

    private void beginShards(final ShardQueryDecoder.ShardsDecoder shards) {
        shardCount = shards.count();
        if (shardCount > shardIds.length) {
            shardIds = new int[shardCount];
            epochs = new long[shardCount];
        }
        if (shardCount > cuts.length) {
            final int known = cuts.length;
            cuts = Arrays.copyOf(cuts, shardCount);
            for (int i = known; i < shardCount; i++) {
                cuts[i] = new ShardCut();
            }
        }
        int at = 0;
        for (final ShardQueryDecoder.ShardsDecoder shard : shards) {
            shardIds[at] = shard.shardId();
            epochs[at] = shard.epoch();
            at++;
        }
    }

    private void beginWanted(final ShardQueryDecoder.WantedDecoder wanted) {
        wantedCount = wanted.count();
        if (wantedCount > wantedShards.length) {
            wantedShards = new int[wantedCount];
            wantedGateways = new int[wantedCount];
            wantedIncarnations = new long[wantedCount];
            wantedSequences = new long[wantedCount];
        }
        int at = 0;
        for (final ShardQueryDecoder.WantedDecoder position : wanted) {
            wantedShards[at] = position.shardId();
            wantedGateways[at] = position.gatewayId();
            wantedIncarnations[at] = position.incarnation();
            wantedSequences[at] = position.sequence();
            at++;
        }
    }
}
