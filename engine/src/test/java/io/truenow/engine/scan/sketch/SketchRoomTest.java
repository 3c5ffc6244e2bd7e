package io.truenow.engine.scan.sketch;

import io.truenow.engine.model.RandomRows;
import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.model.TestScans;
import io.truenow.engine.scan.Scan;
import io.truenow.engine.scan.ScanPlan;
import io.truenow.engine.scan.cube.CubeLimits;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.format.batch.BatchView;
import io.truenow.format.sketch.SketchKind;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Sketches of thousands of groups in little room: who needs too much is told so, who finds none waits, and all of it is given back. */
final class SketchRoomTest {
    private static final long FROM_US = 1_795_000_200_000_000L;
    private static final int MORSEL = 1 << 16;
    private static final int MAX_STEPS = 10_000;

    private final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
    private final LaneMemory memory = ShardUnderTest.memory(accountant);
    private final ShardStore shard = new ShardStore(memory, 7, 3);
    private final ShardCut[] cuts = {new ShardCut()};

    SketchRoomTest() {
        final RandomGenerator random = Seeds.random("SketchRoomTest");
        final RandomRows rows = new RandomRows(random, 4_000, FROM_US, FROM_US + Spans.SPAN_US);
        rows.extend();
        final BatchApplier applier = new BatchApplier(memory);
        long sequence = 0;
        while (shard.rowsHeld() < 12_000) {
            final UnsafeBuffer encoded = rows.encode(rows.batch(), sequence + 1, FROM_US);
            if (encoded != null) {
                sequence++;
                final BatchView view = new BatchView().wrap(encoded, 0, encoded.capacity());
                assertTrue(view.isValid());
                assertTrue(ShardUnderTest.apply(applier, shard, view, rows.dimensionCount(), rows.metricCount(), Long.MIN_VALUE));
            }
        }
        assertTrue(cuts[0].take(shard));
    }

    @AfterEach
    void giveBack() {
        for (final Segment segment : shard.takeOlderThan(Long.MAX_VALUE)) {
            segment.free();
        }
        shard.forget();
        memory.close();
        assertEquals(0, accountant.usedBytes());
    }

    @Test
    void whatNeedsTooMuchIsRefused() {
        for (final CubeLimits limits : List.of(CubeLimits.none(), new CubeLimits(1 << 14, 1, 0, 1 << 24))) {
            try (TestScans scans = new TestScans(memory, limits, 4 << 20)) {
                final Scan scan = new Scan(scans.tools());
                for (int i = 0; i < 2; i++) {
                    beginLarge(scan);
                    run(scan);
                    assertTrue(scan.hasTooLargeSketches());
                    assertFalse(scan.hasTooManyGroups());
                    assertEquals((4 << 20) / 2, scan.sketchLimitBytes());
                    scan.end();
                    beginSmall(scan);
                    assertTrue(run(scan), "it needs little");
                    assertFalse(scan.hasTooLargeSketches());
                    assertEquals(1, scan.result().size());
                    scan.end();
                }
                scan.close();
            }
        }
    }

    @Test
    void whatFindsNoRoomWaits() {
        try (TestScans scans = new TestScans(memory, CubeLimits.none(), 14 << 20)) {
            final List<Scan> holders = new ArrayList<>();
            Scan waiting = null;
            while (waiting == null) {
                final Scan scan = new Scan(scans.tools());
                beginLarge(scan);
                if (run(scan)) {
                    assertFalse(scan.hasTooLargeSketches());
                    holders.add(scan);
                } else {
                    waiting = scan;
                }
            }
            assertTrue(holders.size() >= 2, "holders: " + holders.size());
            assertTrue(waiting.isShortOfHeap());
            final Scan small = new Scan(scans.tools());
            beginSmall(small);
            assertTrue(run(small), "others go on");
            small.end();
            final int groups = holders.getFirst().result().size();
            holders.forEach(Scan::end);
            assertTrue(run(waiting));
            assertFalse(waiting.hasTooLargeSketches());
            assertEquals(groups, waiting.result().size());
            waiting.end();
            holders.forEach(Scan::close);
            waiting.close();
            small.close();
        }
    }

    /** Quantiles for each of thousands of groups. */
    private void beginLarge(final Scan scan) {
        final ScanPlan plan = plan();
        plan.groupBy(0);
        plan.sketch(new SketchWish(SketchKind.QUANTILES, 0, 64, false));
        plan.sketch(new SketchWish(SketchKind.QUANTILES, 0, 0, false));
        scan.begin(plan, cuts, 1, 0);
    }

    /** A few thousand distinct values, which take little whatever the seed makes of the metrics. */
    private void beginSmall(final Scan scan) {
        final ScanPlan plan = plan();
        plan.sketch(new SketchWish(SketchKind.DISTINCT, 0, 0, true));
        scan.begin(plan, cuts, 1, 0);
    }

    private static ScanPlan plan() {
        final ScanPlan plan = new ScanPlan();
        plan.begin(3, FROM_US, FROM_US + Spans.SPAN_US, 0, 50_000);
        return plan;
    }

    /** False if it waits. */
    private static boolean run(final Scan scan) {
        int steps = 0;
        boolean isOver = false;
        while (!isOver && !scan.isShortOfHeap() && steps < MAX_STEPS) {
            isOver = scan.run(MORSEL);
            steps++;
        }
        return isOver;
    }
}
