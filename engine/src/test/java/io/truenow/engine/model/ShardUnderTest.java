package io.truenow.engine.model;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.query.CompareOp;
import io.truenow.codecs.query.PredicateKind;
import io.truenow.engine.scan.Scan;
import io.truenow.engine.scan.ScanPlan;
import io.truenow.engine.scan.cube.CubeLimits;
import io.truenow.engine.scan.group.ResultGroups;
import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.scan.predicate.Predicate;
import io.truenow.engine.scan.sketch.SketchWish;
import io.truenow.engine.store.segment.BatchApplier;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.ShardCut;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.value.ValueTable;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.RegionSource;
import io.truenow.format.batch.BatchView;
import io.truenow.format.sketch.QuantileSketch;
import io.truenow.format.sketch.Sketch;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Queries the real thing and compares with the model. */
public final class ShardUnderTest implements AutoCloseable {
    private final ValueTable values;
    private final TestScans scans;
    private final boolean ownsScans;
    private final Scan scan;
    private List<SketchWish> sketches = List.of();
    /** Steps are of one row to very many. */
    private int checks;

    /** Over a lane's memory, answering from rows alone. */
    public ShardUnderTest(final LaneMemory memory) {
        this(memory, CubeLimits.none());
    }

    /** Over a lane's memory, with cubes. */
    public ShardUnderTest(final LaneMemory memory, final CubeLimits limits) {
        this.values = memory.values();
        this.scans = new TestScans(memory, limits);
        this.ownsScans = true;
        this.scan = new Scan(scans.tools());
    }

    /** Over a lane's memory, with cubes and a kernel that may fail. */
    public ShardUnderTest(final LaneMemory memory, final CubeLimits limits, final BlockKernel kernel) {
        this.values = memory.values();
        this.scans = new TestScans(memory, limits, kernel);
        this.ownsScans = true;
        this.scan = new Scan(scans.tools());
    }

    /** A second scan that shares cubes and kernel with another's. */
    public ShardUnderTest(final LaneMemory memory, final ShardUnderTest other) {
        this.values = memory.values();
        this.scans = other.scans;
        this.ownsScans = false;
        this.scan = new Scan(scans.tools());
    }

    /** From now on asks for these too; what they answer is not compared with the model. */
    public void askFor(final List<SketchWish> wishes) {
        sketches = wishes;
    }

    /** The sketches of each group of the answer, as they travel; of quantiles, whose buckets may differ, how many values. */
    public Map<Group, List<String>> sketches(final Plan plan) {
        final ResultGroups result = scan.result();
        final Map<Group, List<String>> byGroup = new HashMap<>();
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        for (int group = 0; group < result.size(); group++) {
            final List<String> texts = new ArrayList<>();
            for (int i = 0; i < sketches.size(); i++) {
                final Sketch sketch = scan.sketch(i, group);
                final int length = sketch.serialize(buffer, 0);
                texts.add(sketch instanceof QuantileSketch quantiles
                    ? Long.toString(quantiles.count()) : HexFormat.of().formatHex(Arrays.copyOf(buffer.byteArray(), length)));
            }
            byGroup.put(key(plan, group), texts);
        }
        return byGroup;
    }

    /** What its scans work with. */
    public TestScans scans() {
        return scans;
    }

    /** The scan, with the answer to what was checked last. */
    public Scan scan() {
        return scan;
    }

    @Override
    public void close() {
        scan.close();
        if (ownsScans) {
            scans.close();
        }
    }

    /** Applies a batch as a lane does, which offers it again as long as something is made for it; false if there is no room. */
    public static boolean apply(
        final BatchApplier applier, final ShardStore shard, final BatchView batch, final int dimensionCount, final int metricCount,
        final long keptFromUs) {
        return apply(applier, shard, batch, EventIdentity.ID, dimensionCount, metricCount, keptFromUs);
    }

    /** The same for a table of this identity. */
    public static boolean apply(
        final BatchApplier applier, final ShardStore shard, final BatchView batch, final EventIdentity identity, final int dimensionCount,
        final int metricCount, final long keptFromUs) {
        boolean isApplied = applier.apply(shard, batch, identity, dimensionCount, metricCount, keptFromUs);
        while (!isApplied && applier.isPreparing()) {
            isApplied = applier.apply(shard, batch, identity, dimensionCount, metricCount, keptFromUs);
        }
        return isApplied;
    }

    /** A lane's memory for tests, with regions of 1 MiB. */
    public static LaneMemory memory(final MemoryAccountant accountant) {
        final RegionSource source = RegionSource.inline(accountant.tag("regions", Long.MAX_VALUE), 1 << 20);
        return new LaneMemory(new BlockPool(source, 1 << 20, 1_024), 42);
    }

    /** Bytes of blocks by purpose, for a leak guard. Values and the copy of a batch keep what they once had. */
    public static Map<String, Long> blockBytes(final LaneMemory memory) {
        final Map<String, Long> bytes = new HashMap<>();
        for (final BlockUse use : memory.pool().uses()) {
            if (!use.name().equals("values") && !use.name().equals("batches")) {
                bytes.put(use.name(), use.usedBytes());
            }
        }
        bytes.put("distinct values", memory.values().size());
        return bytes;
    }

    /** Scans the cut and compares. */
    public void check(final Plan plan, final ShardCut cut, final Model.Answer expected) {
        begin(plan, cut);
        boolean over = false;
        while (!over) {
            over = scan.run(1 << checks % 18);
        }
        checks++;
        compare(plan, expected);
        scan.end();
    }

    /** Begins to scan the cut. */
    public void begin(final Plan plan, final ShardCut cut) {
        final ScanPlan scanPlan = new ScanPlan();
        scanPlan.begin(1, plan.startUs(), plan.endUs(), plan.intervalUs(), Integer.MAX_VALUE);
        plan.groupBy().forEach(scanPlan::groupBy);
        for (int i = 0; i < plan.metrics().size(); i++) {
            scanPlan.metric(plan.metrics().get(i), plan.wanted().get(i));
        }
        sketches.forEach(scanPlan::sketch);
        final Predicate predicate = scanPlan.predicate();
        plan.filters().forEach((dimension, list) -> {
            predicate.node(PredicateKind.IN, CompareOp.NONE, dimension, 0, list.contains(null), 0);
            list.stream().filter(Objects::nonNull).forEach(value -> {
                final UnsafeBuffer bytes = new UnsafeBuffer(value.getBytes(StandardCharsets.UTF_8));
                predicate.value(bytes, 0, bytes.capacity(), values.hash(bytes, 0, bytes.capacity()));
            });
        });
        if (plan.filters().size() > 1) {
            predicate.node(PredicateKind.AND, CompareOp.NONE, 0, plan.filters().size(), false, 0);
        }
        assertTrue(predicate.end());
        scan.begin(scanPlan, new ShardCut[]{cut}, 1, 0);
    }

    /** Compares the answer of a scan that is over. */
    public void compare(final Plan plan, final Model.Answer expected) {
        final ResultGroups result = scan.result();
        assertEquals(expected.rows().size(), result.size(), () -> "groups of " + plan);
        for (int group = 0; group < result.size(); group++) {
            final Group key = key(plan, group);
            assertEquals(expected.rows().get(key), result.rows(group), () -> "rows of " + key + " in " + plan);
            for (int i = 0; i < plan.metrics().size(); i++) {
                final Aggregate aggregate = expected.aggregates().get(key).get(i);
                final boolean agrees = aggregate.agrees(plan.wanted().get(i), result.word(i, group),
                    result.sum(i, group), result.compensation(i, group), result.min(i, group), result.max(i, group), result.m2(i, group));
                assertTrue(agrees, () -> key + " in " + plan + " should be " + aggregate);
            }
        }
    }

    private Group key(final Plan plan, final int group) {
        final List<String> texts = new ArrayList<>();
        for (int i = 0; i < plan.groupBy().size(); i++) {
            texts.add(text(scan.result().laneCode(group, i)));
        }
        return new Group(scan.result().bucketUs(group), Collections.unmodifiableList(texts));
    }

    private String text(final int code) {
        if (code == 0) {
            return null;
        }
        final byte[] bytes = new byte[values.length(code)];
        values.copy(code, bytes, 0);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
