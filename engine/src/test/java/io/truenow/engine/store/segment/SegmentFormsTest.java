package io.truenow.engine.store.segment;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.engine.model.Group;
import io.truenow.engine.model.Model;
import io.truenow.engine.model.Plan;
import io.truenow.engine.model.RandomRows;
import io.truenow.engine.model.Row;
import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.scan.cube.CubeLimits;
import io.truenow.engine.scan.cube.CubeStore;
import io.truenow.engine.scan.sketch.SketchWish;
import io.truenow.engine.store.file.DiskFiles;
import io.truenow.engine.store.hash.TimedIds;
import io.truenow.engine.store.sealed.SealedSegment;
import io.truenow.engine.store.sealed.SegmentIdentity;
import io.truenow.engine.store.sealed.SegmentOwner;
import io.truenow.engine.store.sealed.write.SegmentWriter;
import io.truenow.engine.store.shard.MissingRanges;
import io.truenow.engine.store.shard.ShardVector;
import io.truenow.engine.store.shard.Spans;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.format.batch.BatchView;
import io.truenow.format.sketch.SketchKind;
import io.truenow.testing.LeakGuard;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Random batches with late and repeated events while segments are frozen, sealed, merged and let go at random: every answer is that of the
 * plain model, every event counts once whatever form its first copy has, and durable vectors tell the truth.
 */
final class SegmentFormsTest {
    private static final long FROM_US = Spans.floor(1_795_000_200_000_000L);
    private static final long SPAN_US = Spans.SPAN_US;
    private static final int SPANS = 5;
    private static final int BATCHES = 160;
    private static final int[] DISTINCT = {8, 8, 1_000, 5_000};
    private static long hourHits;

    @TempDir
    private Path directory;
    private final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
    private Model model = new Model();
    /** Rows that each batch brought. */
    private final List<List<Row>> inserted = new ArrayList<>();
    private LaneMemory memory;
    private ShardStore shard;
    private SegmentWriter writer;
    /** Of the queries; null where there are none. */
    private CubeStore cubes;
    private final List<Plan> plans = new ArrayList<>();
    private int seals;
    private int merges;
    private final List<Plan> wholePlans = new ArrayList<>();
    private final List<SketchWish> wishes = new ArrayList<>();

    @RepeatedTest(10)
    void everyEventCountsOnceWhateverFormItsFirstCopyHas() throws IOException {
        final RandomGenerator random = Seeds.random("SegmentFormsTest");
        model = new Model(random.nextBoolean() ? EventIdentity.ID : EventIdentity.ID_AND_TIME);
        final long toUs = FROM_US + SPANS * SPAN_US;
        final RandomRows rows = new RandomRows(random, 1 + random.nextInt(DISTINCT[random.nextInt(DISTINCT.length)]), FROM_US, toUs);
        memory = ShardUnderTest.memory(accountant);
        try (LeakGuard _ = LeakGuard.open(() -> ShardUnderTest.blockBytes(memory));
            ShardUnderTest byRows = new ShardUnderTest(memory);
            ShardUnderTest tested = new ShardUnderTest(
                memory, new CubeLimits(1 << 14, 1, random.nextInt(2), 1L << (random.nextInt(4) == 0 ? 18 : 26)));
            ShardUnderTest beside = new ShardUnderTest(memory, tested)) {
            planWhole(random, rows);
            cubes = tested.scans().tools().cubes();
            shard = new ShardStore(memory, 7, 3);
            writer = new SegmentWriter(DiskFiles.INSTANCE, accountant.tag("sealed", Long.MAX_VALUE));
            final BatchApplier applier = new BatchApplier(memory);
            long keptFromUs = Long.MIN_VALUE;
            while (inserted.size() < BATCHES) {
                if (random.nextInt(30) == 0) {
                    rows.extend();
                }
                keptFromUs = live(random, keptFromUs);
                apply(rows, applier, keptFromUs, toUs);
                if (random.nextInt(4) == 0) {
                    check(random, rows, tested, byRows, toUs);
                    checkTogether(random, tested, beside);
                }
            }
            assertTrue(seals > 0 && merges > 0, "nothing was sealed or merged");
            hourHits += cubes.hours().hits();
            free(shard.takeOlderThan(Long.MAX_VALUE));
            shard.forget();
            writer.close();
            assertEquals(0, memory.values().size());
        }
        memory.close();
        assertEquals(0, accountant.usedBytes());
    }

    @AfterAll
    static void hoursWereAnsweredAtOnce() {
        assertTrue(hourHits > 0, "no hour cube was used");
    }

    @Test
    void spansOfLostFilesAreMissingUnlessTheirRowsComeBack() {
        final RandomGenerator random = Seeds.random("SegmentFormsTest.doubt");
        final RandomRows rows = new RandomRows(random, 8, FROM_US, FROM_US + SPAN_US);
        memory = ShardUnderTest.memory(accountant);
        shard = new ShardStore(memory, 7, 3);
        assertFalse(shard.settleDoubts());
        shard.doubt(FROM_US, 1);
        shard.doubt(FROM_US + SPAN_US, 1);
        shard.doubt(FROM_US - SPAN_US, 1);
        shard.publishState(1, false, FROM_US);
        apply(rows, new BatchApplier(memory), Long.MIN_VALUE, FROM_US);
        assertTrue(shard.settleDoubts());
        assertEquals(MissingRanges.NONE.with(FROM_US + SPAN_US, FROM_US + 2 * SPAN_US), shard.missing());
        assertFalse(shard.settleDoubts());
        shard.doubt(FROM_US, shard.rowsHeld() + 1);
        shard.settleDoubts();
        assertEquals(MissingRanges.NONE.with(FROM_US, FROM_US + 2 * SPAN_US), shard.missing());
        memory.close();
    }

    private void apply(final RandomRows rows, final BatchApplier applier, final long keptFromUs, final long toUs) {
        List<Row> batch = rows.batch();
        UnsafeBuffer encoded = rows.encode(batch, inserted.size() + 1, toUs);
        while (encoded == null) {
            batch = rows.batch();
            encoded = rows.encode(batch, inserted.size() + 1, toUs);
        }
        final BatchView view = new BatchView().wrap(encoded, 0, encoded.capacity());
        assertTrue(view.isValid());
        assertTrue(ShardUnderTest.apply(applier, shard, view, model.identity(), 0, 0, keptFromUs));
        final int before = model.size();
        assertEquals(model.apply(batch, keptFromUs), applier.rowsInserted());
        assertEquals(batch.size(), applier.rowsInserted() + applier.rowsRepeated() + applier.rowsExpired());
        inserted.add(List.copyOf(model.rows().subList(before, model.size())));
    }

    /** Whatever may happen to segments between two batches. */
    private long live(final RandomGenerator random, final long keptFromUs) throws IOException {
        long keptUs = keptFromUs;
        final Span span = shard.spanCount() == 0 ? null : shard.spanAt(random.nextInt(shard.spanCount()));
        switch (random.nextInt(8)) {
            case 0, 1 -> {
                if (span != null && span.open() != null && span.open().rowCount() > 0) {
                    shard.freeze(span);
                }
            }
            case 2, 3 -> {
                final List<Segment> frozen = segments(span, true);
                if (!frozen.isEmpty()) {
                    put(span, random.nextBoolean() ? frozen : frozen.subList(0, 1));
                    seals++;
                }
            }
            case 4 -> {
                final List<Segment> files = segments(span, false);
                if (files.size() > 1) {
                    put(span, files.subList(0, 2 + random.nextInt(files.size() - 1)));
                    merges++;
                }
            }
            case 5 -> {
                if (random.nextInt(10) == 0 && shard.spanCount() > 2) {
                    keptUs = Math.max(keptUs, shard.spanAt(1).startUs());
                    shard.publishState(1, true, keptUs);
                    free(shard.takeOlderThan(keptUs));
                    model.dropOlderThan(keptUs);
                }
            }
            default -> {
                // nothing, which is what mostly happens
            }
        }
        return keptUs;
    }

    private static List<Segment> segments(final Span span, final boolean frozen) {
        final List<Segment> result = new ArrayList<>();
        for (int i = 0; span != null && i < span.segmentCount(); i++) {
            final Segment segment = span.segment(i);
            if (frozen ? segment instanceof OpenSegment && !segment.isOpen() : segment instanceof FileSegment) {
                result.add(segment);
            }
        }
        return result;
    }

    private void put(final Span span, final List<Segment> sources) throws IOException {
        final ShardVector durable = shard.durable(sources);
        final SealedSegment made = writer.write(
            new SegmentIdentity(new SegmentOwner(1, 2, 0, 3, 7), span.startUs(), shard.newUid(),
                sources.stream().map(Segment::uid).toList(), durable), sources, memory, directory);
        boolean isReady = false;
        while (!isReady) {
            isReady = made.retainValues(7);
        }
        assertTrue(shard.replace(sources, made));
        if (sources.size() == 1) {
            cubes.carry(sources.getFirst().uid(), made, made.rowCount());
        }
        free(sources.toArray(new Segment[0]));
        checkDurable(durable);
    }

    /** Every event of the batches up to the vector lies in a file, if its span is kept. */
    private void checkDurable(final ShardVector durable) {
        final long batches = durable.size() == 0 ? 0 : durable.sequence(0);
        for (int i = 0; i < batches; i++) {
            for (final Row row : inserted.get(i)) {
                final Span span = shard.span(Spans.floor(row.timeUs()));
                boolean isThere = row.timeUs() < shard.availableFromUs();
                for (int segment = 0; !isThere && segment < span.segmentCount(); segment++) {
                    isThere = span.segment(segment) instanceof FileSegment file && isIn(file, row);
                }
                assertTrue(isThere, "batch " + (i + 1) + " up to " + durable);
            }
        }
    }

    /** Spans know how far their rows have come, in whatever form these are. */
    private void checkEnds() {
        final Map<Long, Long> ends = new HashMap<>();
        model.rows().forEach(row -> ends.merge(Spans.floor(row.timeUs()), row.timeUs() + 1, Math::max));
        for (int i = 0; i < shard.spanCount(); i++) {
            final Span span = shard.spanAt(i);
            assertEquals(ends.getOrDefault(span.startUs(), span.startUs()), span.endUs());
        }
    }

    private boolean isIn(final FileSegment file, final Row row) {
        return model.identity() == EventIdentity.ID ? file.containsId(row.idHigh(), row.idLow())
            : file.containsId(TimedIds.high(row.idHigh(), row.timeUs()), TimedIds.low(row.idLow(), row.timeUs()));
    }

    private void free(final Segment[] segments) throws IOException {
        for (final Segment segment : segments) {
            cubes.drop(segment.uid());
            segment.free();
            if (segment instanceof SealedSegment sealed) {
                sealed.close();
                Files.delete(sealed.file());
            }
        }
    }

    private void check(
        final RandomGenerator random, final RandomRows rows, final ShardUnderTest tested, final ShardUnderTest byRows, final long toUs) {
        final ShardCut cut = new ShardCut();
        assertTrue(cut.take(shard));
        assertEquals(model.size(), cut.rowsHeld());
        checkEnds();
        for (int i = 0; i < 4; i++) {
            // mostly one that was asked before, so that cubes answer
            if (plans.size() < 6 || random.nextInt(4) == 0) {
                plans.add(Plan.random(random, rows, FROM_US, toUs));
            }
            final Plan plan = plans.get(Math.max(random.nextInt(plans.size()), plans.size() - 1 - random.nextInt(8)));
            tested.check(plan, cut, model.query(plan, model.size()));
        }
        final Plan whole = wholePlans.get(random.nextInt(wholePlans.size()));
        tested.askFor(wishes);
        byRows.askFor(wishes);
        for (int i = random.nextInt(3); i >= 0; i--) {
            assertEquals(sketches(whole, byRows, cut), sketches(whole, tested, cut));
        }
        tested.askFor(List.of());
    }

    /** Two queries whose steps alternate, while what neither holds goes now and then, and one may end before it is answered. */
    private void checkTogether(final RandomGenerator random, final ShardUnderTest first, final ShardUnderTest second) {
        final ShardCut cut = new ShardCut();
        assertTrue(cut.take(shard));
        final List<ShardUnderTest> asked = new ArrayList<>(List.of(first, second));
        final Map<ShardUnderTest, Plan> asking = new HashMap<>();
        for (final ShardUnderTest one : asked) {
            final Plan plan = wholePlans.get(random.nextInt(wholePlans.size()));
            asking.put(one, plan);
            one.askFor(random.nextBoolean() ? wishes : List.of());
            one.begin(plan, cut);
        }
        while (!asked.isEmpty()) {
            final ShardUnderTest one = asked.get(random.nextInt(asked.size()));
            final boolean isOver = one.scan().step();
            if (isOver) {
                one.compare(asking.get(one), model.query(asking.get(one), model.size()));
            }
            if (isOver || random.nextInt(1_000) == 0) {
                one.scan().end();
                one.askFor(List.of());
                asked.remove(one);
            }
            if (random.nextInt(200) == 0) {
                cubes.shrinkTo(cubes.usedBytes() / 2);
            }
        }
    }

    private Map<Group, List<String>> sketches(final Plan plan, final ShardUnderTest tested, final ShardCut cut) {
        tested.begin(plan, cut);
        boolean isOver = false;
        while (!isOver) {
            isOver = tested.scan().step();
        }
        tested.compare(plan, model.query(plan, model.size()));
        final Map<Group, List<String>> sketches = tested.sketches(plan);
        tested.scan().end();
        return sketches;
    }

    /** Two of whole spans without a filter, as hour cubes answer them, one by the hour, with sketches. */
    private void planWhole(final RandomGenerator random, final RandomRows rows) {
        for (final long intervalUs : new long[]{0, 3_600_000_000L}) {
            final List<Integer> groupBy = random.nextBoolean() ? List.of() : List.of(random.nextInt(2));
            wholePlans.add(new Plan(Long.MIN_VALUE, Long.MAX_VALUE, intervalUs, groupBy, List.of(random.nextInt(2)), Map.of()));
        }
        for (final SketchKind kind : SketchKind.values()) {
            // of the most frequent values all, since those left out depend on the order
            wishes.add(new SketchWish(kind, 0, kind == SketchKind.TOP ? 200 : 0, random.nextBoolean()));
        }
    }
}
