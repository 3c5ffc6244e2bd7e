package io.truenow.hottier;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.FragmentAssembler;
import io.truenow.codecs.StreamIds;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.ingest.CaughtUpEncoder;
import io.truenow.codecs.ingest.ConnectEncoder;
import io.truenow.codecs.ingest.IngestEnvelopeEncoder;
import io.truenow.codecs.ingest.MessageHeaderDecoder;
import io.truenow.codecs.ingest.MessageHeaderEncoder;
import io.truenow.codecs.ingest.ResumeDecoder;
import io.truenow.codecs.query.CompareOp;
import io.truenow.codecs.query.PartialResultDecoder;
import io.truenow.codecs.query.PartialStatus;
import io.truenow.codecs.query.PredicateKind;
import io.truenow.codecs.query.ShardQueryEncoder;
import io.truenow.driver.stepped.SteppedProcess;
import io.truenow.engine.model.Aggregate;
import io.truenow.engine.model.Group;
import io.truenow.engine.model.Model;
import io.truenow.engine.model.Plan;
import io.truenow.engine.model.RandomRows;
import io.truenow.engine.model.Row;
import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.fabric.channel.Inbox;
import io.truenow.fabric.channel.InboxSubscription;
import io.truenow.fabric.channel.PeerChannels;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.fabric.service.ServiceContext;
import io.truenow.fabric.time.WallClock;
import io.truenow.format.partial.PartialBodyReader;
import io.truenow.testing.Seeds;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A real node over a real media driver, both stepped; gateway and query node are played by hand. */
final class HotTierNodeTest {
    private static final int BATCHES = 60;
    private static final int BATCHES_MEANWHILE = 10;
    private static final int QUERIES = 40;
    private static final long NODE_DRIVER = SteppedProcess.DRIVER_ID;

    private final SteppedProcess process = new SteppedProcess();
    private final ExpandableArrayBuffer message = new ExpandableArrayBuffer();
    private final MessageHeaderEncoder ingestHeader = new MessageHeaderEncoder();
    private final Map<Group, Long> answerRows = new HashMap<>();
    private final PartialBodyReader body = new PartialBodyReader();
    private long resumeId;
    private long resumeSequence = -1;
    private PartialStatus status;
    private boolean isAnswered;
    private Plan plan;
    private Model.Answer expected;
    private long correlationId;

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(longs = {NODE_DRIVER, NODE_DRIVER + 1})
    void answersFromWhatGatewaysSent(final long peersDriver) {
        final RandomGenerator random = Seeds.random("HotTierNodeTest");
        final long nowUs = WallClock.INSTANCE.microTime();
        final RandomRows rows = new RandomRows(random, 500, nowUs - 3_600_000_000L, nowUs);
        rows.extend();
        final Aeron aeron = process.aeron();
        try (Inbox gatewayInbox = Inbox.open(aeron, "127.0.0.1", 0, "aeron-port");
            Inbox queryInbox = Inbox.open(aeron, "127.0.0.1", 0, "aeron-port");
            InboxSubscription fromLane = gatewayInbox.subscribe(StreamIds.gatewayInbox(FakeControl.GATEWAY_ID));
            InboxSubscription answers = queryInbox.subscribe(StreamIds.queryInbox(FakeControl.QUERY_ID))) {
            final FakeControl control = new FakeControl(
                FakeControl.service(FakeControl.GATEWAY_ID, ServiceKind.GATEWAY, peersDriver, gatewayInbox.port()),
                FakeControl.service(FakeControl.QUERY_ID, ServiceKind.QUERY, peersDriver, queryInbox.port()), nowUs);
            final ServiceContext<HotTierConfig> context = new ServiceContext<>(
                process.environment(control, control), directory.resolve("node"), config());
            final PeerChannels peers = new PeerChannels(peersDriver, 1 << 20, 1_408);
            final Model model = new Model();
            final List<UnsafeBuffer> journal = new ArrayList<>();
            try (HotTierNode node = HotTierNode.launch(context)) {
                process.until("the node registers", () -> node.nodeId() == FakeControl.NODE_ID && control.node() != null);
                try (ExclusivePublication toLane = aeron.addExclusivePublication(
                    peers.publicationTo(control.node()), StreamIds.ingest(FakeControl.NODE_ID, 0));
                    ExclusivePublication toAgent = aeron.addExclusivePublication(
                        peers.publicationTo(control.node()), StreamIds.query(FakeControl.NODE_ID, 0))) {
                    connect(toLane, fromLane, control.node().incarnation());
                    assertEquals(0, resumeSequence);
                    assertNotNull(node.whyNotReady());
                    query(toAgent, answers, control.epoch(), plan(random, rows, nowUs), new Model(), 0);
                    assertEquals(PartialStatus.CATCHING_UP, status);
                    while (journal.size() < BATCHES) {
                        final List<Row> batch = rows.batch();
                        final UnsafeBuffer encoded = rows.encode(batch, journal.size() + 1, nowUs);
                        if (encoded != null) {
                            journal.add(encoded);
                            model.apply(batch, Long.MIN_VALUE);
                            send(toLane, control.epoch(), encoded);
                        }
                    }
                    caughtUp(toLane, control.epoch(), journal.size());
                    process.until("the shard is in sync", () -> node.whyNotReady() == null);
                    for (int i = 0; i < QUERIES; i++) {
                        query(toAgent, answers, control.epoch(), plan(random, rows, nowUs), model, journal.size());
                        assertEquals(PartialStatus.OK, status);
                    }
                    assertNull(node.whyNotReady());
                }
            }
            for (final Restart restart : Restart.values()) {
                final int kept = restart.prepare(control, directory) ? journal.size() : 0;
                for (int i = 0; i < BATCHES_MEANWHILE; i++) {
                    addBatch(rows, journal, model, nowUs);
                }
                resumeSequence = -1;
                final long incarnation = control.node().incarnation() + 1;
                try (HotTierNode node = HotTierNode.launch(new ServiceContext<>(
                    process.environment(control, control), context.directory(), context.config()))) {
                    process.until("the node registers again",
                        () -> control.node().incarnation() == incarnation && node.nodeId() == FakeControl.NODE_ID);
                    try (ExclusivePublication toLane = aeron.addExclusivePublication(
                        peers.publicationTo(control.node()), StreamIds.ingest(FakeControl.NODE_ID, 0));
                        ExclusivePublication toAgent = aeron.addExclusivePublication(
                            peers.publicationTo(control.node()), StreamIds.query(FakeControl.NODE_ID, 0))) {
                        connect(toLane, fromLane, incarnation);
                        if (restart == Restart.REGIONS_LOST) {
                            // spans that were sealed meanwhile are in files
                            assertTrue(resumeSequence < journal.size());
                        } else {
                            assertEquals(kept, resumeSequence, restart.name());
                        }
                        journal.subList((int) resumeSequence, journal.size()).forEach(batch -> send(toLane, control.epoch(), batch));
                        caughtUp(toLane, control.epoch(), journal.size());
                        process.until("the shard is in sync", () -> node.whyNotReady() == null);
                        for (int i = 0; i < QUERIES; i++) {
                            query(toAgent, answers, control.epoch(), plan(random, rows, nowUs), model, journal.size());
                            assertEquals(PartialStatus.OK, status);
                        }
                    }
                }
            }
        }
        process.close();
        assertEquals(List.of(), process.errors());
    }

    private HotTierConfig config() {
        return ConfigLoader.ofSections("hot-tier")
            .set("hot-tier.http-port=0")
            .set("hot-tier.memory-budget=64MiB")
            .set("hot-tier.region-size=4MiB")
            .set("hot-tier.region-directory=" + directory.resolve("regions"))
            .load().bind("hot-tier", HotTierConfig.class);
    }

    /** What happens to a node between two of its lives. */
    private enum Restart {
        SAME, OTHER_CATALOG, AGAIN_THE_SAME, REGIONS_LOST;

        /** True if the rows of the life before are to be there. */
        boolean prepare(final FakeControl control, final Path directory) {
            switch (this) {
                case OTHER_CATALOG -> control.beginOtherCatalog();
                case REGIONS_LOST -> IoUtil.delete(directory.resolve("regions").toFile(), false);
                default -> {
                }
            }
            return this == SAME || this == AGAIN_THE_SAME;
        }
    }

    private static void addBatch(final RandomRows rows, final List<UnsafeBuffer> journal, final Model model, final long nowUs) {
        UnsafeBuffer encoded = null;
        while (encoded == null) {
            final List<Row> batch = rows.batch();
            encoded = rows.encode(batch, journal.size() + 1, nowUs);
            if (encoded != null) {
                journal.add(encoded);
                model.apply(batch, Long.MIN_VALUE);
            }
        }
    }

    private Plan plan(final RandomGenerator random, final RandomRows rows, final long nowUs) {
        return Plan.random(random, rows, nowUs - 3_600_000_000L, nowUs);
    }

    private void connect(final ExclusivePublication toLane, final InboxSubscription fromLane, final long nodeIncarnation) {
        final ConnectEncoder connect = new ConnectEncoder();
        connect.wrapAndApplyHeader(message, 0, ingestHeader).gatewayId(FakeControl.GATEWAY_ID).reserved(0).incarnation(1);
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + connect.encodedLength();
        process.until("a Resume comes", () -> {
            toLane.offer(message, 0, length);
            fromLane.poll(new FragmentAssembler((buffer, offset, size, header) -> onLane(buffer, offset, nodeIncarnation)), 10);
            return resumeSequence >= 0;
        });
    }

    /** Messages of the node's former life may still be under way. */
    private void onLane(final DirectBuffer buffer, final int offset, final long nodeIncarnation) {
        final MessageHeaderDecoder header = new MessageHeaderDecoder().wrap(buffer, offset);
        if (header.templateId() == ResumeDecoder.TEMPLATE_ID) {
            final ResumeDecoder resume = new ResumeDecoder().wrapAndApplyHeader(buffer, offset, header);
            final boolean isCurrent = resume.nodeIncarnation() == nodeIncarnation;
            for (final ResumeDecoder.ShardsDecoder shard : isCurrent ? resume.shards() : List.<ResumeDecoder.ShardsDecoder>of()) {
                resumeId = resume.resumeId();
                resumeSequence = shard.sequence();
            }
        }
    }

    private void send(final ExclusivePublication toLane, final long epoch, final UnsafeBuffer batch) {
        final IngestEnvelopeEncoder envelope = new IngestEnvelopeEncoder();
        envelope.wrapAndApplyHeader(message, 0, ingestHeader).epoch(epoch);
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + envelope.encodedLength();
        process.until("a batch is taken", () -> toLane.offer(message, 0, length, batch, 0, batch.capacity()) > 0);
    }

    private void caughtUp(final ExclusivePublication toLane, final long epoch, final long sequence) {
        final CaughtUpEncoder encoder = new CaughtUpEncoder();
        encoder.wrapAndApplyHeader(message, 0, ingestHeader).gatewayId(FakeControl.GATEWAY_ID).reserved(0).resumeId(resumeId)
            .shardsCount(1).next().shardId(FakeControl.SHARD_ID).reserved(0).epoch(epoch).incarnation(1).sequence(sequence);
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
        process.until("CaughtUp is taken", () -> toLane.offer(message, 0, length) > 0);
    }

    private void query(
        final ExclusivePublication toAgent, final InboxSubscription answers, final long epoch, final Plan newPlan, final Model model,
        final long wantedSequence) {
        plan = newPlan;
        expected = model.query(plan, model.size());
        answerRows.clear();
        isAnswered = false;
        correlationId++;
        final int length = encodeQuery(epoch, wantedSequence);
        process.until("the query is taken", () -> toAgent.offer(message, 0, length) > 0);
        final FragmentAssembler assembler = new FragmentAssembler((buffer, offset, size, header) -> onAnswer(buffer, offset));
        process.until("an answer comes", () -> {
            answers.poll(assembler, 10);
            return isAnswered;
        });
        if (status == PartialStatus.OK) {
            assertEquals(expected.rows(), answerRows, () -> plan.toString());
        }
    }

    private int encodeQuery(final long epoch, final long wantedSequence) {
        final ShardQueryEncoder query = new ShardQueryEncoder();
        query.wrapAndApplyHeader(message, 0, new io.truenow.codecs.query.MessageHeaderEncoder())
            .correlationId(correlationId).queryNodeId(FakeControl.QUERY_ID).tableId(FakeControl.TABLE_ID)
            .startTimeUs(plan.startUs()).endTimeUs(plan.endUs()).intervalUs(plan.intervalUs()).timeoutMs(10_000).maxGroups(1 << 20)
            .queryNodeIncarnation(1).partial((short) 0);
        query.shardsCount(1).next().shardId(FakeControl.SHARD_ID).reserved(0).epoch(epoch);
        query.wantedCount(1).next().shardId(FakeControl.SHARD_ID).gatewayId(FakeControl.GATEWAY_ID).incarnation(1).sequence(wantedSequence);
        final ShardQueryEncoder.GroupByEncoder groupBy = query.groupByCount(plan.groupBy().size());
        plan.groupBy().forEach(dimension -> groupBy.next().dimension(dimension));
        final ShardQueryEncoder.MetricsEncoder metrics = query.metricsCount(plan.metrics().size());
        for (int i = 0; i < plan.metrics().size(); i++) {
            final int wanted = plan.wanted().get(i);
            metrics.next().metric(plan.metrics().get(i)).moments((short) ((wanted & BlockKernel.MOMENTS) == 0 ? 0 : 1))
                .extremes((short) (wanted & BlockKernel.EXTREMES));
        }
        query.sketchesCount(0);
        final int leaves = plan.filters().size();
        final ShardQueryEncoder.PredicateEncoder nodes = query.predicateCount(leaves == 0 ? 0 : leaves + 1);
        plan.filters().forEach((dimension, values) -> {
            final List<String> texts = values.stream().filter(Objects::nonNull).toList();
            final short nullMatches = (short)(values.contains(null) ? 1 : 0);
            final var encoder = nodes.next().kind(PredicateKind.IN).op(CompareOp.NONE).column(dimension).operands(0)
                .nullMatches(nullMatches).reserved((short)0).constant(0).valuesCount(texts.size());
            texts.forEach(text -> encoder.next().value(text));
        });
        if (leaves > 0) {
            nodes.next().kind(PredicateKind.AND).op(CompareOp.NONE).column(0).operands(leaves)
                .nullMatches((short)0).reserved((short)0).constant(0).valuesCount(0);
        }
        return io.truenow.codecs.query.MessageHeaderEncoder.ENCODED_LENGTH + query.encodedLength();
    }

    private void onAnswer(final DirectBuffer buffer, final int offset) {
        final PartialResultDecoder part = new PartialResultDecoder();
        part.wrapAndApplyHeader(buffer, offset, new io.truenow.codecs.query.MessageHeaderDecoder());
        assertEquals(correlationId, part.correlationId());
        status = part.status();
        isAnswered = part.last() == 1;
        final int groups = part.groupCount();
        final int dimensions = part.dimensionCount();
        final int metrics = part.metricCount();
        part.vector().forEach(position -> assertEquals(FakeControl.GATEWAY_ID, position.gatewayId()));
        part.missing().forEach(range -> assertNull(range));
        final int bodyAt = part.limit() + PartialResultDecoder.bodyHeaderLength();
        assertTrue(body.wrap(buffer, bodyAt, part.bodyLength(), groups, dimensions, metrics, part.sketchCount()));
        for (int group = 0; group < groups; group++) {
            final List<String> values = new ArrayList<>();
            for (int i = 0; i < dimensions; i++) {
                final int code = body.code(i, group);
                values.add(code == 0
                    ? null : body.buffer().getStringWithoutLengthUtf8(body.valueOffset(i, code), body.valueLength(i, code)));
            }
            final Group key = new Group(body.bucketUs(group), Collections.unmodifiableList(values));
            assertNull(answerRows.put(key, body.rowCount(group)), "a group comes twice");
            for (int i = 0; i < metrics; i++) {
                final Aggregate aggregate = expected.aggregates().get(key).get(i);
                final boolean agrees = aggregate.agrees(plan.wanted().get(i), body.word(i, group),
                    body.sum(i, group), body.compensation(i, group), body.min(i, group), body.max(i, group), body.m2(i, group));
                assertTrue(agrees, () -> key + " in " + plan + " should be " + aggregate);
            }
        }
    }
}
