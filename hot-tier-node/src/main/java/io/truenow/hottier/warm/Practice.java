package io.truenow.hottier.warm;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.engine.scan.cube.CubeLimits;
import io.truenow.engine.store.sealed.SealedDirectory;
import io.truenow.engine.store.sealed.SealedSegment;
import io.truenow.engine.store.sealed.SegmentIdentity;
import io.truenow.engine.store.sealed.SegmentOwner;
import io.truenow.engine.store.sealed.write.SegmentWriter;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.OpenSegment;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.segment.Span;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.fabric.memory.RegionSource;
import io.truenow.fabric.metrics.Metrics;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.hottier.lane.LaneExchange;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A lane of practice with three shards: one whose rows stay open, one that is sealed, one that takes events over and over. What runs is
 * what the node runs: applying, sealing to files on the heap, and a query agent's way from a message to its answer, by cubes and from rows.
 * One thread makes, runs and closes it.
 */
final class Practice implements AutoCloseable {
    private static final int REGION_BYTES = 1 << 20;
    private static final int MAX_REGIONS = 32;
    private static final long SEED = 20_261_123L;
    private static final int OPEN_SHARD = 1;
    private static final int SEALED_SHARD = 2;
    private static final int INGEST_SHARD = 3;
    private static final int TABLE = 1;
    private static final int CUBE_CELLS = 1 << 16;
    private static final long CUBE_BYTES = 4L << 20;
    private static final int FOLD_PERCENT = 5;
    private static final Path DIRECTORY = Path.of("practice");
    /** It has settled when so many rounds in turn were hardly faster than the best before. */
    private static final int SETTLED_ROUNDS = 40;
    private static final int HARDLY_PERCENT = 95;

    private final BooleanSupplier mayGoOn;
    private final LaneMemory memory;
    private final LaneExchange exchange = new LaneExchange();
    private final PracticeEvents events = new PracticeEvents(SEED);
    private final PracticeQueries queries = new PracticeQueries(OPEN_SHARD, SEALED_SHARD);
    private final BatchApplier applier;
    private final SegmentWriter writer;
    private final ShardStore open;
    private final ShardStore sealed;
    private final ShardStore ingested;
    private final PracticeReader cubes;
    private final PracticeReader rows;
    private long rowsApplied;
    private long filesWritten;
    private long queriesAnswered;
    private int rounds;
    private long firstNs;
    private long bestNs = Long.MAX_VALUE;

    /**
     * Takes little memory yet.
     *
     * @param mayGoOn asked before each small piece of work.
     */
    Practice(final MemoryTag tag, final BooleanSupplier mayGoOn) {
        this.mayGoOn = mayGoOn;
        memory = new LaneMemory(new BlockPool(RegionSource.inline(tag, REGION_BYTES), REGION_BYTES, MAX_REGIONS), SEED);
        applier = new BatchApplier(memory);
        writer = new SegmentWriter(new HeapFiles(), tag);
        open = shard(OPEN_SHARD);
        sealed = shard(SEALED_SHARD);
        ingested = shard(INGEST_SHARD);
        exchange.shards(List.of(open, sealed));
        final Metrics metrics = ProcessMetrics.local();
        cubes = new PracticeReader(memory, exchange, new CubeLimits(CUBE_CELLS, 1, 1, CUBE_BYTES, FOLD_PERCENT), tag, metrics, 0);
        rows = new PracticeReader(memory, exchange, CubeLimits.none(), tag, metrics, 1);
    }

    /**
     * Fills the lane.
     *
     * @throws IllegalStateException if something did not work as it should.
     */
    void begin() throws IOException {
        apply(open, EventIdentity.ID);
        apply(sealed, EventIdentity.ID);
        seal();
    }

    /**
     * Practises until it may not go on, gets no faster by it, or has done so many rounds in all.
     *
     * @throws IllegalStateException if something did not work as it should.
     */
    void rounds(final int limit) {
        int roundsSinceBest = 0;
        while (rounds < limit && mayGoOn.getAsBoolean() && roundsSinceBest < SETTLED_ROUNDS) {
            final long startNs = System.nanoTime();
            cubes.forgetCubes();
            ask();
            // or the first batch of a table of the other identity would meet code that was compiled without it
            apply(ingested, rounds % 2 == 0 ? EventIdentity.ID : EventIdentity.ID_AND_TIME);
            free(ingested);
            final long tookNs = System.nanoTime() - startNs;
            firstNs = rounds == 0 ? tookNs : firstNs;
            roundsSinceBest = tookNs < bestNs / 100 * HARDLY_PERCENT ? 0 : roundsSinceBest + 1;
            bestNs = roundsSinceBest == 0 ? tookNs : bestNs;
            rounds++;
        }
    }

    /** What was done. */
    String summary() {
        return rounds + " rounds" + (rounds == 0 ? "" : ", the first in " + millis(firstNs) + " ms, the best in " + millis(bestNs) + " ms")
            + "; " + rowsApplied + " events applied, " + filesWritten + " spans sealed, " + queriesAnswered + " queries answered";
    }

    private static long millis(final long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(nanos);
    }

    @Override
    public void close() {
        cubes.close();
        rows.close();
        free(open);
        free(sealed);
        free(ingested);
        writer.close();
        memory.close();
    }

    private ShardStore shard(final int shardId) {
        final ShardStore shard = new ShardStore(memory, shardId, TABLE);
        shard.publishState(PracticeQueries.EPOCH, true, Long.MIN_VALUE);
        return shard;
    }

    private void apply(final ShardStore shard, final EventIdentity identity) {
        for (int i = 0; i < events.count() && mayGoOn.getAsBoolean(); i++) {
            rowsApplied += events.apply(applier, shard, identity, i);
        }
    }

    private void seal() throws IOException {
        for (int i = 0; i < sealed.spanCount() && mayGoOn.getAsBoolean(); i++) {
            final Span span = sealed.spanAt(i);
            final OpenSegment source = sealed.freeze(span);
            final List<Segment> sources = List.of(source);
            final SegmentIdentity identity = new SegmentIdentity(new SegmentOwner(0, 0, 0, TABLE, SEALED_SHARD), span.startUs(),
                sealed.newUid(), List.of(source.uid()), sealed.durable(sources));
            final SealedSegment made =
                writer.write(identity, sources, memory, SealedDirectory.shardDirectory(DIRECTORY, 0, SEALED_SHARD));
            while (!made.retainValues(Integer.MAX_VALUE)) {
                if (!mayGoOn.getAsBoolean()) {
                    made.free();
                    made.close();
                    return;
                }
            }
            sealed.replace(sources, made);
            source.free();
            filesWritten++;
        }
    }

    private void ask() {
        for (int i = 0; i < queries.count() && mayGoOn.getAsBoolean(); i++) {
            if (cubes.ask(queries.message(i)) != rows.ask(queries.message(i))) {
                throw new IllegalStateException("cubes and rows answer differently");
            }
            queriesAnswered += 2;
        }
    }

    private static void free(final ShardStore shard) {
        for (final Segment segment : shard.takeOlderThan(Long.MAX_VALUE)) {
            segment.free();
            if (segment instanceof SealedSegment file) {
                file.close();
            }
        }
    }
}
