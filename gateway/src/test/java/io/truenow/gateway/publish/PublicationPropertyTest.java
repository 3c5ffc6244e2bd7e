package io.truenow.gateway.publish;

import io.truenow.codecs.control.OwnerState;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.codecs.ingest.AppliedDecoder;
import io.truenow.codecs.ingest.IngestBatchEncoder;
import io.truenow.codecs.ingest.MessageHeaderDecoder;
import io.truenow.codecs.ingest.MessageHeaderEncoder;
import io.truenow.codecs.ingest.ResumeDecoder;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.fabric.catalog.CatalogDiff;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.peer.PeerLink;
import io.truenow.gateway.journal.Acknowledgements;
import io.truenow.gateway.journal.Completions;
import io.truenow.gateway.journal.IngestRequest;
import io.truenow.gateway.journal.Journal;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * A real journal and real destinations against model lanes, with everything in between failing at random: whatever happens, each lane ends
 * with every batch of its shards that the journal holds, once, in order; and no destination waits for another.
 */
class PublicationPropertyTest {
    private static final int BATCH_BYTES =
        MessageHeaderEncoder.ENCODED_LENGTH + IngestBatchEncoder.BLOCK_LENGTH + IngestBatchEncoder.ColumnsEncoder.sbeHeaderSize() + 4;
    private static final int NODES = 2;
    private static final int LANES = 2;
    private static final int SHARDS = 6;
    private static final int GATEWAY_ID = 7;
    private static final int TABLE_ID = 3;
    private static final long HOUR_MS = 3_600_000L;
    private static final long RETENTION_US = 24 * HOUR_MS * 1_000;

    @TempDir
    Path directory;

    private final Random random = new Random(Seeds.seed("publication"));
    private final List<Catalog> catalogs = new ArrayList<>();
    private final long[] epochs = new long[SHARDS];
    private final Owner[] owners = new Owner[SHARDS];
    private final long[] nodeIncarnations = new long[NODES];
    private final ModelLane[] lanes = new ModelLane[NODES * LANES];
    private final int[] laneViews = new int[NODES * LANES];
    private final SimulatedLink[] links = new SimulatedLink[NODES * LANES];
    private final boolean[] isStuck = new boolean[NODES * LANES];
    private final Map<Integer, List<Long>> appendedByShard = new TreeMap<>();
    private final Map<Integer, Map<Long, Long>> maxEventTimeUsById = new HashMap<>();
    private final List<IngestRequest> waiting = new ArrayList<>();
    private long nowNs = 1;
    private long nowMs = 1_800_000_000_000L;
    private long nextBatchId = 1;
    private long incarnation;
    private int gatewayView;
    private Catalog gatewayCatalog = Catalog.EMPTY;
    private boolean isCalm;
    private Journal journal;
    private Destinations destinations;
    private Acknowledgements acknowledgements;

    @AfterEach
    void close() {
        destinations.close();
        journal.close();
    }

    @RepeatedTest(24)
    void everyBatchIsAppliedOnceAndInOrder() throws IOException {
        for (int shardId = 0; shardId < SHARDS; shardId++) {
            epochs[shardId] = 1;
            owners[shardId] = new Owner(random.nextInt(NODES), random.nextInt(LANES), OwnerState.ACTIVE);
        }
        for (int node = 0; node < NODES; node++) {
            nodeIncarnations[node] = 1;
        }
        publishCatalog();
        for (int i = 0; i < lanes.length; i++) {
            startLane(i);
        }
        startGateway();
        final int steps = 400 + random.nextInt(1_200);
        for (int step = 0; step < steps; step++) {
            step();
        }
        calmDown();
        verify();
    }

    private void step() throws IOException {
        nowNs += 1_000_000;
        switch (random.nextInt(40)) {
            case 0 -> links(random.nextInt(lanes.length), SimulatedLink::disconnect);
            case 1, 2, 3 -> links(random.nextInt(lanes.length), link -> link.isConnected = true);
            case 4 -> isStuck[random.nextInt(lanes.length)] ^= true;
            case 5 -> {
                if (random.nextInt(4) == 0) {
                    restartNode(random.nextInt(NODES));
                }
            }
            case 6 -> {
                if (random.nextInt(6) == 0) {
                    restartGateway();
                }
            }
            case 7 -> {
                if (random.nextInt(3) == 0) {
                    moveShard(random.nextInt(SHARDS));
                }
            }
            case 8 -> passTime();
            case 9 -> links(random.nextInt(lanes.length), link -> link.isFailed = random.nextInt(10) == 0);
            case 10, 11, 12, 13, 14, 15, 16, 17, 18, 19 -> append();
            case 20, 21, 22 -> viewCatalog();
            default -> poll(random.nextInt(lanes.length));
        }
        destinations.poll(nowNs);
    }

    private void poll(final int index) {
        if (isStuck[index]) {
            return;
        }
        final SimulatedLink link = links[index];
        final ModelLane lane = lanes[index];
        for (int i = random.nextInt(6); link != null && i >= 0; i--) {
            final byte[] message = link.poll();
            if (message == null) {
                break;
            }
            lane.onMessage(message);
        }
        if (isCalm || random.nextBoolean()) {
            lane.poll();
        }
        for (int i = random.nextInt(3); i >= 0 && !lane.outbox.isEmpty(); i--) {
            onLaneMessage(lane.outbox.poll());
        }
    }

    private void onLaneMessage(final byte[] message) {
        final UnsafeBuffer buffer = new UnsafeBuffer(message);
        final MessageHeaderDecoder header = new MessageHeaderDecoder().wrap(buffer, 0);
        if (header.templateId() == ResumeDecoder.TEMPLATE_ID) {
            destinations.onResume(new ResumeDecoder().wrapAndApplyHeader(buffer, 0, header));
            final ResumeDecoder resume = new ResumeDecoder().wrapAndApplyHeader(buffer, 0, header);
            for (final ResumeDecoder.ShardsDecoder shard : resume.shards()) {
                acknowledgements.onApplied(
                    shard.shardId(), resume.nodeId(), resume.lane(), shard.epoch(), shard.incarnation(), shard.sequence());
            }
        } else {
            final AppliedDecoder applied = new AppliedDecoder().wrapAndApplyHeader(buffer, 0, header);
            for (final AppliedDecoder.ShardsDecoder shard : applied.shards()) {
                acknowledgements.onApplied(
                    shard.shardId(), applied.nodeId(), applied.lane(), shard.epoch(), shard.incarnation(), shard.sequence());
            }
        }
    }

    private void append() {
        final IngestRequest request = new IngestRequest().reset(
            random.nextInt(3) == 0 ? AckLevel.APPLIED : AckLevel.JOURNALED, waiting::remove);
        final List<long[]> added = new ArrayList<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            final int shardId = random.nextInt(SHARDS);
            final long id = nextBatchId++;
            final long maxEventTimeUs = nowMs * 1_000 - random.nextLong(HOUR_MS * 1_000);
            request.addBatch(batch(shardId, id, maxEventTimeUs), 0, BATCH_BYTES);
            added.add(new long[] {shardId, id, maxEventTimeUs});
        }
        final long index = journal.append(request, GATEWAY_ID, nowNs);
        assertTrue(index >= 0);
        for (final long[] batch : added) {
            appendedByShard.computeIfAbsent((int)batch[0], id -> new ArrayList<>()).add(batch[1]);
            maxEventTimeUsById.computeIfAbsent((int)batch[0], id -> new HashMap<>()).put(batch[1], batch[2]);
        }
        if (request.ackLevel() == AckLevel.APPLIED) {
            waiting.add(request);
            acknowledgements.await(request, Long.MAX_VALUE / 2);
        }
        destinations.onAppended(index, request);
    }

    private static UnsafeBuffer batch(final int shardId, final long id, final long maxEventTimeUs) {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[BATCH_BYTES]);
        final IngestBatchEncoder batch = new IngestBatchEncoder();
        batch.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .shardId(shardId).tableId(TABLE_ID).acceptTimeUs(id).maxEventTimeUs(maxEventTimeUs).rowCount(1).columnsCount(0);
        batch.putBody(new byte[0], 0, 0);
        return buffer;
    }

    private void passTime() {
        nowMs += random.nextInt(4) == 0 ? random.nextLong(8 * HOUR_MS) : random.nextLong(HOUR_MS / 4);
        if (random.nextBoolean() && journal.deleteExpired(nowMs * 1_000, tableId -> RETENTION_US)) {
            destinations.onDeleted();
        }
    }

    private void restartNode(final int node) {
        nodeIncarnations[node]++;
        for (int shardId = 0; shardId < SHARDS; shardId++) {
            if (owners[shardId].nodeId() == node) {
                epochs[shardId]++;
            }
        }
        publishCatalog();
        for (int lane = 0; lane < LANES; lane++) {
            if (random.nextBoolean()) {
                links(node * LANES + lane, SimulatedLink::disconnect);
            }
            startLane(node * LANES + lane);
        }
    }

    private void moveShard(final int shardId) {
        owners[shardId] = new Owner(random.nextInt(NODES), random.nextInt(LANES), OwnerState.ACTIVE);
        epochs[shardId]++;
        publishCatalog();
    }

    private void startLane(final int index) {
        final int node = index / LANES;
        lanes[index] = new ModelLane(node, index % LANES, nodeIncarnations[node]);
        laneViews[index] = catalogs.size() - 1;
        lanes[index].onCatalog(catalogs.getLast());
        isStuck[index] = false;
    }

    private void startGateway() throws IOException {
        incarnation++;
        journal = Journal.open(new Journal.Settings(directory, incarnation, 64L << 20, 1L << 20, () -> nowMs, error -> {
            throw new AssertionError(error);
        }));
        destinations = new Destinations(journal, this::open, new PublishLimits(5_000_000L, 1_000, 4));
        destinations.identity(GATEWAY_ID, incarnation);
        acknowledgements = new Acknowledgements(incarnation, new Completions());
        gatewayView = random.nextInt(catalogs.size());
        gatewayCatalog = Catalog.EMPTY;
        onGatewayCatalog();
    }

    private void restartGateway() throws IOException {
        destinations.close();
        journal.close();
        waiting.clear();
        for (int i = 0; i < lanes.length; i++) {
            links(i, SimulatedLink::disconnect);
        }
        startGateway();
    }

    private PeerLink open(final ServiceInstance node, final int lane) {
        final SimulatedLink link = new SimulatedLink(random);
        link.isCalm = isCalm;
        link.isConnected = isCalm;
        links[node.id() * LANES + lane] = link;
        return link;
    }

    private void onGatewayCatalog() {
        final CatalogDiff diff = new CatalogDiff(gatewayCatalog, catalogs.get(gatewayView));
        gatewayCatalog = diff.after();
        destinations.onCatalog(diff, nowNs);
        acknowledgements.onCatalog(diff);
    }

    private void viewCatalog() {
        if (gatewayView < catalogs.size() - 1 && random.nextBoolean()) {
            gatewayView += 1 + random.nextInt(catalogs.size() - 1 - gatewayView);
            onGatewayCatalog();
        }
        final int lane = random.nextInt(lanes.length);
        if (laneViews[lane] < catalogs.size() - 1) {
            laneViews[lane] += 1 + random.nextInt(catalogs.size() - 1 - laneViews[lane]);
            lanes[lane].onCatalog(catalogs.get(laneViews[lane]));
        }
    }

    private void publishCatalog() {
        final long version = catalogs.size();
        final CatalogBuilder builder = new CatalogBuilder();
        for (int shardId = 0; shardId < SHARDS; shardId++) {
            builder.put(new Shard(shardId, TABLE_ID, shardId, epochs[shardId], List.of(owners[shardId])));
        }
        for (int node = 0; node < NODES; node++) {
            builder.put(Nodes.active(node, nodeIncarnations[node]));
        }
        catalogs.add(builder.build(version));
    }

    private void links(final int index, final Consumer<SimulatedLink> action) {
        if (links[index] != null) {
            action.accept(links[index]);
        }
    }

    /** Faults end; one destination stays stuck for a while and must not hold up the others. */
    private void calmDown() {
        isCalm = true;
        final int stuck = random.nextInt(lanes.length);
        for (int i = 0; i < lanes.length; i++) {
            isStuck[i] = i == stuck;
            links(i, link -> {
                link.isCalm = true;
                link.isConnected = true;
            });
            laneViews[i] = catalogs.size() - 1;
            lanes[i].onCatalog(catalogs.getLast());
        }
        gatewayView = catalogs.size() - 1;
        onGatewayCatalog();
        settle();
        for (int shardId = 0; shardId < SHARDS; shardId++) {
            if (laneOf(shardId) != lanes[stuck]) {
                verifyShard(shardId);
            }
        }
        isStuck[stuck] = false;
        settle();
    }

    private void settle() {
        for (int round = 0; round < 4_000; round++) {
            nowNs += 1_000_000;
            destinations.poll(nowNs);
            poll(round % lanes.length);
        }
    }

    private void verify() {
        for (int shardId = 0; shardId < SHARDS; shardId++) {
            verifyShard(shardId);
        }
        assertTrue(waiting.isEmpty(), () -> waiting.size() + " requests were never acknowledged");
        assertEquals(0, acknowledgements.pendingRequests());
        for (int i = 0; i < lanes.length; i++) {
            if (lanes[i].hasShards()) {
                assertEquals(0, destinations.count(Destination.State.LAGGING), "lagging destinations");
            }
        }
    }

    private void verifyShard(final int shardId) {
        final ModelLane lane = laneOf(shardId);
        final List<Long> applied = lane.appliedByShard.getOrDefault(shardId, List.of());
        final List<Long> appended = appendedByShard.getOrDefault(shardId, List.of());
        final List<Long> sorted = applied.stream().sorted().distinct().toList();
        assertEquals(sorted, applied, "in order and once");
        // what is not there must have expired
        final List<Long> missing = appended.stream().filter(id -> !applied.contains(id)).toList();
        for (final long id : missing) {
            final long maxEventTimeUs = maxEventTimeUsById.get(shardId).get(id);
            assertTrue(maxEventTimeUs + RETENTION_US <= nowMs * 1_000, () -> "shard " + shardId + " lacks batch " + id);
        }
        assertTrue(lane.isInSync(shardId), () -> "shard " + shardId + " never caught up");
    }

    private ModelLane laneOf(final int shardId) {
        return lanes[owners[shardId].nodeId() * LANES + owners[shardId].lane()];
    }
}
