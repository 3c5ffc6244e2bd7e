package io.truenow.engine.store.recovery;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.engine.model.RandomRows;
import io.truenow.engine.model.Row;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.segment.Span;
import io.truenow.engine.store.shard.ShardVector;
import io.truenow.engine.store.shard.Spans;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * A process that takes a lane's memory over and applies a fixed sequence of batches until it is killed: spans are frozen and let go on the
 * way, as the sequence says.
 */
final class KilledLane {
    static final int SHARD_ID = 7;
    static final int TABLE_ID = 3;
    static final int BATCHES = 1_500;
    static final String READY = "ready";
    static final String APPLIED = "applied";
    /** Standard output, which the parent reads. */
    private static final PrintStream TO_PARENT = new PrintStream(
        new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    private static final int SPANS = 10;
    private static final long FROM_US = 1_795_000_200_000_000L;
    static final long TO_US = FROM_US + SPANS * (long) Spans.SPAN_US;
    private static final int BATCHES_PER_SPAN = 200;
    private static final int BATCHES_PER_FREEZE = 37;
    private static final int DISTINCT = 5_000;

    private final EventIdentity identity;
    private final RandomRows rows;
    private long sequence;

    KilledLane(final long seed) {
        final RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
        identity = random.nextBoolean() ? EventIdentity.ID : EventIdentity.ID_AND_TIME;
        rows = new RandomRows(random, DISTINCT, FROM_US, TO_US);
        rows.extend();
    }

    /** Arguments: the directory, the seed. */
    public static void main(final String[] args) {
        final KilledLane sent = new KilledLane(Long.parseLong(args[1]));
        TO_PARENT.println(READY);
        try (LaneLife lane = LaneLife.begin(Path.of(args[0]))) {
            final ShardStore shard = lane.shard(SHARD_ID, TABLE_ID);
            final long applied = sequence(shard);
            while (sent.sequence < applied) {
                sent.next();
            }
            letGo(shard, applied);
            if (sent.sequence == BATCHES) {
                TO_PARENT.println(APPLIED);
            }
            while (sent.sequence < BATCHES) {
                final UnsafeBuffer batch = sent.encode(sent.next());
                lane.apply(shard, batch, sent.identity, keptFromUs(sent.sequence));
                letGo(shard, sent.sequence);
                if (sent.sequence == applied + 1) {
                    TO_PARENT.println(APPLIED);
                }
                if (sent.sequence % BATCHES_PER_FREEZE == 0) {
                    freeze(shard);
                }
            }
            while (!Thread.interrupted()) {
                Thread.onSpinWait();
            }
        }
    }

    static long sequence(final ShardStore shard) {
        final ShardVector vector = shard.vector();
        return vector.size() == 0 ? 0 : vector.sequence(0);
    }

    /** Rows before it are not kept when so many batches have come. */
    static long keptFromUs(final long batches) {
        return FROM_US + Math.min(batches / BATCHES_PER_SPAN, SPANS - 1) * Spans.SPAN_US;
    }

    static void letGo(final ShardStore shard, final long batches) {
        for (final Segment segment : shard.takeOlderThan(keptFromUs(batches))) {
            segment.free();
        }
    }

    EventIdentity identity() {
        return identity;
    }

    RandomRows rows() {
        return rows;
    }

    /** The next batch of the sequence; those that would not fit in a message are passed over. */
    List<Row> next() {
        List<Row> batch = rows.batch();
        while (rows.encode(batch, sequence + 1, TO_US) == null) {
            batch = rows.batch();
        }
        sequence++;
        return batch;
    }

    long sent() {
        return sequence;
    }

    private UnsafeBuffer encode(final List<Row> batch) {
        return rows.encode(batch, sequence, TO_US);
    }

    private static void freeze(final ShardStore shard) {
        for (int i = 0; i < shard.spanCount(); i++) {
            final Span span = shard.spanAt(i);
            if (span.open() != null) {
                shard.freeze(span);
            }
        }
    }
}
