package io.truenow.gateway.publish;

import io.truenow.codecs.control.OwnerState;
import io.truenow.codecs.control.ServiceState;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.codecs.ingest.CaughtUpDecoder;
import io.truenow.codecs.ingest.ConnectDecoder;
import io.truenow.codecs.ingest.IngestEnvelopeDecoder;
import io.truenow.codecs.ingest.MessageHeaderDecoder;
import io.truenow.codecs.ingest.MessageHeaderEncoder;
import io.truenow.codecs.ingest.ResumeDecoder;
import io.truenow.codecs.ingest.ResumeEncoder;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.fabric.catalog.CatalogDiff;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.peer.PeerLink;
import io.truenow.fabric.peer.Sent;
import io.truenow.format.batch.BatchView;
import io.truenow.gateway.journal.Batches;
import io.truenow.gateway.journal.IngestRequest;
import io.truenow.gateway.journal.Journal;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Sequences of events in which a batch must not be passed over: two shards of one lane, a link that fails on request. */
class DestinationTest {
    private static final int FIRST = Batches.FIRST_SHARD_ID;
    private static final int SECOND = FIRST + 1;
    private static final int NODE_ID = 2;
    private static final long NOW_MS = 1_800_000_000_000L;

    @TempDir
    Path directory;

    private final List<SimulatedLink> links = new ArrayList<>();
    private Journal journal;
    private Destinations destinations;
    private long nowNs = 5_000_000_000L;
    private Catalog catalog = Catalog.EMPTY;
    private long nextId;
    private long nextResumeId;
    private boolean throwsOnOffer;
    private final List<String> caughtUp = new ArrayList<>();
    private int caughtUpMessages;
    private int connects;
    private final List<String> opened = new ArrayList<>();

    @BeforeEach
    void open() throws IOException {
        journal = Journal.open(new Journal.Settings(directory, 1, 64L << 20, 0, () -> NOW_MS, error -> {
            throw new AssertionError(error);
        }));
        destinations = new Destinations(journal, (node, lane) -> {
            opened.add(node.id() - NODE_ID + " " + lane);
            return link();
        }, new PublishLimits(5_000_000L, 1 << 20, 64));
        destinations.identity(7, 1);
        catalog(1, 1, FIRST, SECOND);
    }

    private void catalog(final long epoch, final long nodeIncarnation, final int... shardIds) {
        catalog(Nodes.active(NODE_ID, nodeIncarnation), epoch, shardIds);
    }

    private void catalog(final ServiceInstance node, final long epoch, final int... shardIds) {
        final CatalogBuilder builder = new CatalogBuilder();
        for (final int shardId : shardIds) {
            builder.put(new Shard(shardId, Batches.TABLE_ID, 0, epoch, List.of(new Owner(NODE_ID, 0, OwnerState.ACTIVE))));
        }
        builder.put(node);
        show(builder);
    }

    private void show(final CatalogBuilder builder) {
        final CatalogDiff diff = new CatalogDiff(catalog, builder.build(catalog.version() + 1));
        catalog = diff.after();
        destinations.onCatalog(diff, nowNs);
    }

    @AfterEach
    void close() {
        destinations.close();
        journal.close();
    }

    @Test
    void aResumeThatComesWhileThePublicationIsClosedIsAskedForAgain() {
        append();
        append();
        append();
        links.getLast().isFailed = true;
        destinations.poll(++nowNs);
        resume(FIRST, 0);
        poll();
        resume(SECOND, 3);
        poll();
        assertEquals(List.of(), sent(), "nothing of a shard whose position is not known");
        resume(FIRST, 0);
        poll();
        assertEquals(List.of("100 1<0", "100 2<1", "100 3<2"), sent());
    }

    @Test
    void aBatchThatCouldNotBeOfferedIsReadFromTheJournal() {
        resume(FIRST, 0);
        resume(SECOND, 0);
        poll();
        append();
        throwsOnOffer = true;
        assertThrows(IllegalStateException.class, this::append);
        throwsOnOffer = false;
        append();
        poll();
        assertEquals(List.of("100 1<0", "101 1<0", "100 2<1", "101 2<1", "100 3<2", "101 3<2"), sent());
    }

    @Test
    void aLaneThatTakesNothingForASecondIsStalledUntilItTakesSomething() {
        resume(FIRST, 0);
        resume(SECOND, 0);
        poll();
        append();
        links.getLast().isFull = true;
        append();
        destinations.poll(++nowNs);
        assertFalse(destinations.isStalled(FIRST, nowNs));
        nowNs += Destination.STALL_NS;
        destinations.poll(nowNs);
        assertTrue(destinations.isStalled(FIRST, nowNs));
        assertEquals(1, destinations.stalled(nowNs));
        assertFalse(destinations.isStalled(SECOND + 1, nowNs), "nobody's shard");
        links.getLast().isFull = false;
        poll();
        assertFalse(destinations.isStalled(FIRST, nowNs));
        assertEquals(0, destinations.stalled(nowNs));
        assertEquals(List.of("100 1<0", "101 1<0", "100 2<1", "101 2<1"), sent());
    }

    @Test
    void whatAShardHasNotAskedForIsNotSentAndTheLaneIsAskedAgain() {
        resume(FIRST, 0);
        poll();
        sent();
        append();
        poll();
        assertEquals(List.of("100 1<0"), sent(), "the second shard has not said where it stands");
        connects = 0;
        nowNs += 1_000_000_000L;
        destinations.poll(nowNs);
        sent();
        assertEquals(1, connects, "asked again");
        destinations.poll(nowNs + 1);
        sent();
        assertEquals(1, connects, "but not in every turn");
        resume(SECOND, 0);
        poll();
        assertEquals(List.of("101 1<0"), sent());
        connects = 0;
        nowNs += 1_000_000_000L;
        destinations.poll(nowNs);
        sent();
        assertEquals(0, connects, "all have");
    }

    @Test
    void eachShardIsToldWhenAllThatTheJournalHoldsWasSent() {
        append();
        append();
        resume(FIRST, 0);
        resume(SECOND, 1);
        poll();
        assertEquals(List.of("100 1<0", "100 2<1", "101 2<1"), sent());
        assertEquals(List.of("1: 100 1 1/2", "2: 101 1 1/2"), caughtUp.stream().sorted().toList());
        assertEquals(1, destinations.count(Destination.State.LIVE));
        assertEquals(3, destinations.batchesSent());
        poll();
        sent();
        assertEquals(2, caughtUp.size(), "once");
    }

    @Test
    void aLaneThatSaysItHasLessIsSentWhatItLacks() {
        resume(FIRST, 0);
        resume(SECOND, 0);
        poll();
        append();
        append();
        sent();
        resume(FIRST, 1);
        poll();
        assertEquals(List.of("100 2<1"), sent(), "and the other shard is not sent twice");
        resume(FIRST, 2);
        poll();
        assertEquals(List.of(), sent());
    }

    @Test
    void aDeposedOwnerIsSentNothing() {
        resume(FIRST, 0);
        resume(SECOND, 0);
        poll();
        catalog(2, 1, FIRST);
        append();
        poll();
        assertEquals(List.of(), sent(), "the first is at another epoch, the second is nobody's");
        assertTrue(destinations.hasOwner(FIRST));
        assertFalse(destinations.hasOwner(SECOND));
        resumeAt(FIRST, 1, 2, 0, 0);
        poll();
        assertEquals(List.of("100 1<0"), sent());
    }

    @Test
    void anotherStartOfTheNodeIsAnotherPeer() {
        resume(FIRST, 0);
        poll();
        catalog(1, 2, FIRST, SECOND);
        assertEquals(2, links.size());
        assertTrue(links.getFirst().isClosed);
        resumeAt(FIRST, 1, 1, 0, 0);
        append();
        poll();
        assertEquals(List.of(), sent(), "the former start's word");
        resumeAt(FIRST, 2, 1, 0, 0);
        poll();
        assertEquals(List.of("100 1<0"), sent());
        ++nowNs;
        show(new CatalogBuilder());
        assertTrue(links.getLast().isClosed);
        assertEquals(1, destinations.count(Destination.State.AWAY));
        assertEquals(0, destinations.poll(nowNs + 1_000_000_000L), "nowhere to go");
    }

    @Test
    void aLinkThatIsLostIsOpenedAgainAfterAWhile() {
        links.getLast().isFailed = true;
        destinations.poll(++nowNs);
        assertEquals(1, destinations.count(Destination.State.AWAY));
        destinations.poll(nowNs + 100_000_000L);
        assertEquals(1, links.size());
        assertEquals(1, destinations.poll(nowNs + 300_000_000L));
        assertEquals(2, links.size());
        assertEquals(1, destinations.count(Destination.State.CONNECTING));
    }

    @Test
    void aJournalThatIsOpenedAnewIsReadAgain() {
        resume(FIRST, 0);
        resume(SECOND, 0);
        poll();
        final IngestRequest request = Batches.request(AckLevel.JOURNALED, done -> { }, nextId, NOW_MS * 1_000, 0, 1);
        final long index = journal.append(request, 7, nowNs);
        assertEquals(1, destinations.count(Destination.State.LIVE));
        destinations.onReopened(index);
        assertEquals(1, destinations.count(Destination.State.LAGGING));
        poll();
        assertEquals(List.of("100 1<0", "101 1<0"), sent(), "it got there although its append failed");
    }

    @Test
    void manyShardsAreToldInSeveralMessages() {
        final int shards = 2 * LaneMessages.MAX_CAUGHT_UP_SHARDS + 3;
        final int[] ids = new int[shards];
        for (int i = 0; i < shards; i++) {
            ids[i] = 1_000 + i;
        }
        catalog(1, 1, ids);
        for (final int id : ids) {
            nextResumeId = 0; // as if in one message
            resume(id, 0);
        }
        for (int i = 0; i < 10; i++) {
            poll();
            sent();
        }
        assertEquals(shards, caughtUp.stream().distinct().count());
        assertEquals(shards, caughtUp.size());
        assertEquals(3, caughtUpMessages);
    }

    @Test
    void aBrokenConnectionIsAskedAgainWhereverItBreaks() {
        resume(FIRST, 0);
        resume(SECOND, 0);
        poll();
        append();
        sent();
        links.getLast().isConnected = false;
        assertEquals(1, destinations.poll(++nowNs));
        assertEquals(1, destinations.count(Destination.State.CONNECTING), "live");
        append();
        poll();
        links.getLast().isConnected = true;
        poll();
        assertEquals(List.of(), sent(), "nobody knows what was lost");
        resume(FIRST, 0);
        poll();
        assertEquals(List.of("100 1<0", "100 2<1"), sent());
        links.getLast().isFull = true;
        append();
        assertEquals(1, destinations.count(Destination.State.LAGGING));
        links.getLast().isConnected = false;
        assertEquals(1, destinations.poll(++nowNs));
        assertEquals(1, destinations.count(Destination.State.CONNECTING), "lagging");
        links.getLast().isConnected = true;
        links.getLast().isFull = false;
        resume(FIRST, 2);
        links.getLast().isConnected = false;
        append();
        poll();
        links.getLast().isConnected = true;
        resume(FIRST, 2);
        poll();
        assertEquals(List.of("100 3<2", "100 4<3"), sent());
        destinations.close();
        assertTrue(links.getLast().isClosed);
    }

    @Test
    void aResumeMayComeBeforeTheCatalogThatItSpeaksOf() {
        append();
        resumeAt(FIRST, 1, 2, 0, 0);
        poll();
        assertEquals(List.of(), sent());
        catalog(2, 1, FIRST);
        poll();
        assertEquals(List.of("100 1<0"), sent());
    }

    @Test
    void aLaneThatStandsBeforeAllThatIsHeldIsSentTheFirst() {
        append();
        append();
        resumeAt(FIRST, 1, 1, 0, 17);
        poll();
        assertEquals(List.of("100 1<0", "100 2<1"), sent());
        append();
        resumeAt(FIRST, 1, 1, 0, 18);
        destinations.poll(++nowNs);
        assertEquals(List.of("100 3<2", "100 1<0", "100 2<1", "100 3<2"), sent());
    }

    @Test
    void aBatchThatIsNotTakenIsReadFromTheJournal() {
        resume(FIRST, 0);
        poll();
        links.getLast().isFull = true;
        append();
        assertEquals(List.of(), sent());
        assertEquals(1, destinations.count(Destination.State.LAGGING));
        links.getLast().isFull = false;
        poll();
        assertEquals(List.of("100 1<0"), sent());
    }

    @Test
    void aNodeAtAnotherAddressIsAnotherPeer() {
        catalog(Nodes.of(NODE_ID, 1, 1, "localhost", 1, ServiceState.LAPSED), 1, FIRST);
        assertEquals(1, links.size(), "nothing that matters has changed");
        catalog(Nodes.of(NODE_ID, 1, 2, "localhost", 1, ServiceState.ACTIVE), 1, FIRST);
        assertEquals(2, links.size(), "another driver");
        catalog(Nodes.of(NODE_ID, 1, 2, "localhost", 2, ServiceState.ACTIVE), 1, FIRST);
        assertEquals(3, links.size(), "another port");
        catalog(Nodes.of(NODE_ID, 1, 2, "elsewhere", 2, ServiceState.ACTIVE), 1, FIRST);
        assertEquals(4, links.size(), "another host");
        assertEquals(List.of(true, true, true, false), links.stream().map(link -> link.isClosed).toList());
    }

    @Test
    void eachLaneIsADestinationOfItsOwn() {
        final CatalogBuilder builder = new CatalogBuilder();
        final int[][] places = {{NODE_ID, 0}, {NODE_ID, 1}, {NODE_ID + 1, 0}, {NODE_ID + 1, 1}, {NODE_ID, 1}};
        for (int i = 0; i < places.length; i++) {
            builder.put(new Shard(FIRST + i, Batches.TABLE_ID, 0, 1, List.of(new Owner(places[i][0], places[i][1], OwnerState.ACTIVE))));
        }
        for (int node = NODE_ID; node <= NODE_ID + 1; node++) {
            builder.put(Nodes.active(node, 1));
        }
        show(builder);
        assertEquals(4, links.size());
        assertEquals(4, destinations.count(Destination.State.CONNECTING));
        resume(FIRST, 0);
        resume(SECOND, 0);
        poll();
        append();
        poll();
        assertEquals(List.of("100 1<0"), sent(), "lane 0 does not own the second shard, whatever it asks for");
        assertEquals(List.of("0 0", "0 1", "1 0", "1 1"), opened.stream().distinct().sorted().toList());
    }

    @Test
    void whoIsAskedOftenIsAskedAtIntervals() {
        connects = 0;
        assertEquals(1, destinations.poll(nowNs), "at once");
        assertEquals(0, destinations.poll(nowNs + 4_999_999), "then at the interval");
        assertEquals(1, destinations.poll(nowNs + 5_000_000));
        sent();
        assertEquals(2, connects);
        links.getLast().isFull = true;
        assertEquals(1, destinations.poll(nowNs + 10_000_000));
        links.getLast().isFull = false;
        assertEquals(0, destinations.poll(nowNs + 10_499_999));
        assertEquals(1, destinations.poll(nowNs + 10_500_000), "sooner where the last was not taken");
        sent();
        assertEquals(3, connects);
    }

    private PeerLink link() {
        final SimulatedLink link = new SimulatedLink(new Random(1)) {
            @Override
            public Sent offer(
                final DirectBuffer first, final int firstOffset, final int firstLength,
                final DirectBuffer second, final int secondOffset, final int secondLength) {
                if (throwsOnOffer) {
                    throw new IllegalStateException("of the transport's own");
                }
                return super.offer(first, firstOffset, firstLength, second, secondOffset, secondLength);
            }
        };
        link.isCalm = true;
        link.isConnected = true;
        links.add(link);
        return link;
    }

    private void poll() {
        for (int i = 0; i < 4; i++) {
            nowNs += 100_000_000L;
            destinations.poll(nowNs);
        }
    }

    /** A request of one batch for each shard. */
    private void append() {
        final IngestRequest request = Batches.request(AckLevel.JOURNALED, done -> { }, nextId, NOW_MS * 1_000, 0, 1);
        nextId += 2;
        destinations.onAppended(journal.append(request, 7, nowNs), request);
    }

    private void resume(final int shardId, final long sequence) {
        resumeAt(shardId, 1, 1, sequence == 0 ? 0 : 1, sequence);
    }

    private void resumeAt(
        final int shardId, final long nodeIncarnation, final long epoch, final long incarnation, final long sequence) {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[256]);
        new ResumeEncoder().wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .nodeId(NODE_ID).lane(0).nodeIncarnation(nodeIncarnation).resumeId(++nextResumeId)
            .shardsCount(1).next().shardId(shardId).reserved(0).epoch(epoch).incarnation(incarnation).sequence(sequence);
        destinations.onResume(new ResumeDecoder().wrapAndApplyHeader(buffer, 0, new MessageHeaderDecoder()));
    }

    /** The batches that all links carried, in order. */
    private List<String> sent() {
        final List<String> sent = new ArrayList<>();
        final MessageHeaderDecoder header = new MessageHeaderDecoder();
        for (final SimulatedLink link : links) {
            for (byte[] message = link.poll(); message != null; message = link.poll()) {
                final UnsafeBuffer buffer = new UnsafeBuffer(message);
                if (header.wrap(buffer, 0).templateId() == IngestEnvelopeDecoder.TEMPLATE_ID) {
                    final int offset = MessageHeaderDecoder.ENCODED_LENGTH + IngestEnvelopeDecoder.BLOCK_LENGTH;
                    final BatchView batch = new BatchView().wrap(buffer, offset, message.length - offset);
                    assertTrue(batch.isValid());
                    sent.add(batch.shardId() + " " + batch.sequence() + "<" + batch.previousSequence());
                } else if (header.templateId() == CaughtUpDecoder.TEMPLATE_ID) {
                    final CaughtUpDecoder told = new CaughtUpDecoder().wrapAndApplyHeader(buffer, 0, header);
                    assertEquals(7, told.gatewayId());
                    final long resumeId = told.resumeId();
                    told.shards().forEach(shard -> caughtUp.add(
                        resumeId + ": " + shard.shardId() + " " + shard.epoch() + " " + shard.incarnation() + "/" + shard.sequence()));
                    caughtUpMessages++;
                } else {
                    final ConnectDecoder connect = new ConnectDecoder().wrapAndApplyHeader(buffer, 0, header);
                    assertEquals(7, connect.gatewayId());
                    assertEquals(1, connect.incarnation());
                    connects++;
                }
            }
        }
        return sent;
    }
}
