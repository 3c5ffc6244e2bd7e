package io.truenow.gateway.publish;

import io.truenow.codecs.control.OwnerState;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.codecs.ingest.IngestEnvelopeDecoder;
import io.truenow.codecs.ingest.MessageHeaderDecoder;
import io.truenow.codecs.ingest.MessageHeaderEncoder;
import io.truenow.codecs.ingest.ResumeDecoder;
import io.truenow.codecs.ingest.ResumeEncoder;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.fabric.catalog.CatalogDiff;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.Shard;
import io.truenow.gateway.journal.Batches;
import io.truenow.gateway.journal.IngestRequest;
import io.truenow.gateway.journal.Journal;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertEquals;

class MovingShardTest {
    private static final int NODE_ID = 2;
    private static final int SHARD_ID = Batches.FIRST_SHARD_ID;
    private static final long NOW_MS = 1_800_000_000_000L;

    @TempDir
    Path directory;

    private final TreeMap<Integer, SimulatedLink> linkByLane = new TreeMap<>();

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 0", "1, 2"})
    void aShardThatMovesToAnotherLaneOfItsNodeIsSentToThatAlone(final int from, final int to) throws IOException {
        try (Journal journal = Journal.open(new Journal.Settings(directory, 1, 64L << 20, 0, () -> NOW_MS, error -> {
            throw new AssertionError(error);
        }))) {
            final Destinations destinations =
                new Destinations(journal, (node, lane) -> link(lane), new PublishLimits(5_000_000L, 1 << 20, 64));
            destinations.identity(7, 1);
            destinations.onCatalog(new CatalogDiff(Catalog.EMPTY, catalog(1, from)), 1);
            resume(destinations, from, 1);
            destinations.poll(1);
            append(journal, destinations);
            assertEquals(1, batchesTo(from));
            destinations.onCatalog(new CatalogDiff(catalog(1, from), catalog(2, to)), 2);
            resume(destinations, to, 2);
            destinations.poll(2);
            assertEquals(1, batchesTo(to), "what it has not");
            append(journal, destinations);
            destinations.poll(3);
            assertEquals(1, batchesTo(to));
            assertEquals(0, batchesTo(from), "whoever owns it no more");
            destinations.close();
        }
    }

    private SimulatedLink link(final int lane) {
        final SimulatedLink link = new SimulatedLink(new Random(1));
        link.isCalm = true;
        link.isConnected = true;
        linkByLane.put(lane, link);
        return link;
    }

    private static void append(final Journal journal, final Destinations destinations) {
        final IngestRequest request = Batches.request(AckLevel.JOURNALED, done -> { }, 1, NOW_MS * 1_000, 0);
        destinations.onAppended(journal.append(request, 7, 1), request);
    }

    private static void resume(final Destinations destinations, final int lane, final long epoch) {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[256]);
        new ResumeEncoder().wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .nodeId(NODE_ID).lane(lane).nodeIncarnation(1).resumeId(epoch)
            .shardsCount(1).next().shardId(SHARD_ID).reserved(0).epoch(epoch).incarnation(0).sequence(0);
        destinations.onResume(new ResumeDecoder().wrapAndApplyHeader(buffer, 0, new MessageHeaderDecoder()));
    }

    private int batchesTo(final int lane) {
        int count = 0;
        final SimulatedLink link = linkByLane.get(lane);
        for (byte[] message = link.poll(); message != null; message = link.poll()) {
            final int templateId = new MessageHeaderDecoder().wrap(new UnsafeBuffer(message), 0).templateId();
            count += templateId == IngestEnvelopeDecoder.TEMPLATE_ID ? 1 : 0;
        }
        return count;
    }

    private static Catalog catalog(final long epoch, final int lane) {
        final CatalogBuilder builder = new CatalogBuilder();
        builder.put(new Shard(SHARD_ID, Batches.TABLE_ID, 0, epoch, List.of(new Owner(NODE_ID, lane, OwnerState.ACTIVE))));
        builder.put(Nodes.active(NODE_ID, 1));
        return builder.build(epoch);
    }
}
