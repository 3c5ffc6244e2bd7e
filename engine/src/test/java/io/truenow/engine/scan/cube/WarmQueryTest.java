package io.truenow.engine.scan.cube;

import com.sun.management.ThreadMXBean;
import io.truenow.codecs.query.CompareOp;
import io.truenow.codecs.query.PredicateKind;
import io.truenow.engine.model.RandomRows;
import io.truenow.engine.model.Row;
import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.scan.Scan;
import io.truenow.engine.scan.ScanPlan;
import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.scan.predicate.Predicate;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.format.batch.BatchView;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A filtered query that was asked before leaves nothing on the heap, from its predicate's nodes to the answer. */
final class WarmQueryTest {
    private static final long FROM_US = Spans.floor(1_795_000_200_000_000L);
    private static final long TO_US = FROM_US + 3L * Spans.SPAN_US;
    private static final int BATCHES = 60;
    private static final int QUERIES = 300;

    private final RandomGenerator random = Seeds.random("WarmQueryTest");
    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final ScanPlan plan = new ScanPlan();
    private final ShardCut[] cuts = {new ShardCut()};
    private final UnsafeBuffer value = new UnsafeBuffer(new byte[0]);

    /** By so many values of a dimension: few are looked for anew, many are remembered. */
    @ParameterizedTest
    @ValueSource(ints = {6, 500})
    void allocatesNothing(final int distinct) {
        final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
        RandomRows rows = new RandomRows(random, distinct, FROM_US, TO_US);
        while (rows.dimensionCount() == 0) {
            rows = new RandomRows(random, distinct, FROM_US, TO_US);
        }
        try (LaneMemory memory = ShardUnderTest.memory(accountant);
            ShardUnderTest tested = new ShardUnderTest(memory, new CubeLimits(1 << 14, 1, 0, 1 << 24, 5))) {
            final ShardStore shard = new ShardStore(memory, 7, 1);
            fill(rows, memory, shard);
            final byte[][] wanted = new byte[3][];
            for (int i = 0; i < wanted.length; i++) {
                wanted[i] = rows.value(0).getBytes(StandardCharsets.UTF_8);
            }
            final int[] hashes = new int[wanted.length];
            for (int i = 0; i < wanted.length; i++) {
                value.wrap(wanted[i]);
                hashes[i] = memory.values().hash(value, 0, wanted[i].length);
            }
            long least = Long.MAX_VALUE;
            for (int i = 0; i < QUERIES; i++) {
                final long before = threads.getCurrentThreadAllocatedBytes();
                query(tested.scan(), shard, wanted, hashes);
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertEquals(0, least, "bytes of the leanest query");
            assertTrue(tested.scans().counters().hits().get() > 0);
            for (final Segment segment : shard.takeOlderThan(Long.MAX_VALUE)) {
                segment.free();
            }
            shard.forget();
        }
    }

    private void fill(final RandomRows rows, final LaneMemory memory, final ShardStore shard) {
        final BatchApplier applier = new BatchApplier(memory);
        long sequence = 0;
        for (int i = 0; i < BATCHES; i++) {
            final List<Row> batch = rows.batch();
            final UnsafeBuffer encoded = rows.encode(batch, sequence + 1, TO_US);
            if (encoded != null) {
                sequence++;
                final BatchView view = new BatchView().wrap(encoded, 0, encoded.capacity());
                assertTrue(view.isValid());
                assertTrue(ShardUnderTest.apply(applier, shard, view, rows.dimensionCount(), rows.metricCount(), Long.MIN_VALUE));
            }
        }
    }

    /** Rows that have one of some values, or whose value has a text in it, but for those with a certain value. */
    private void query(final Scan scan, final ShardStore shard, final byte[][] wanted, final int[] hashes) {
        plan.begin(1, FROM_US, TO_US, 0, 1 << 16);
        plan.groupBy(0);
        plan.metric(0, BlockKernel.EXTREMES);
        final Predicate predicate = plan.predicate();
        predicate.node(PredicateKind.IN, CompareOp.NONE, 0, 0, true, 0);
        value(predicate, wanted[0], hashes[0]);
        value(predicate, wanted[1], hashes[1]);
        predicate.node(PredicateKind.CONTAINS, CompareOp.NONE, 0, 0, false, 0);
        value(predicate, wanted[2], hashes[2]);
        predicate.node(PredicateKind.OR, CompareOp.NONE, 0, 2, false, 0);
        assertTrue(predicate.end());
        assertTrue(cuts[0].take(shard));
        scan.begin(plan, cuts, 1, 0);
        boolean isOver = false;
        while (!isOver) {
            isOver = scan.step();
        }
        scan.end();
        cuts[0].clear();
    }

    private void value(final Predicate predicate, final byte[] bytes, final int hash) {
        value.wrap(bytes);
        predicate.value(value, 0, bytes.length, hash);
    }
}
