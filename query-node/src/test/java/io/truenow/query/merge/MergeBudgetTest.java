package io.truenow.query.merge;

import io.truenow.format.partial.PartialBodyReader;
import io.truenow.format.partial.PartialBodyWriter;
import io.truenow.format.sketch.QuantileSketch;
import io.truenow.query.plan.Aggregate;
import io.truenow.query.plan.Filter;
import io.truenow.query.plan.LogicalPlan;
import io.truenow.query.plan.OrderTerm;
import io.truenow.query.plan.Selection;
import io.truenow.query.plan.SketchTerm;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What merges hold of the node's memory: as much as is in them, also when they begin again, and nothing in the end. */
class MergeBudgetTest {
    private static final long QUERY_LIMIT = 1 << 21;
    private static final List<SketchTerm> SKETCHES = List.of(new SketchTerm(Aggregate.QUANTILE, "m", 0));

    private final MergeBudget budget = new MergeBudget(QUERY_LIMIT + QUERY_LIMIT / 2, QUERY_LIMIT);
    private final PartialMerge merge = new PartialMerge();
    private final MergeTable table = new MergeTable(budget, 1_000);

    @AfterEach
    void nothingIsLeft() {
        table.release();
        assertEquals(0, table.heldBytes());
        assertEquals(0, budget.usedBytes());
    }

    @Test
    void aMergeThatBeginsAgainHoldsWhatItHeldAtFirst() {
        begin(table);
        final long emptyBytes = table.heldBytes();
        assertEquals(MergeStatus.OK, add(table, 1_000));
        final long mergedBytes = table.heldBytes();
        assertTrue(mergedBytes > emptyBytes + 4_000, "a sketch of so many values takes some");
        for (int i = 0; i < 1_000; i++) {
            begin(table);
            assertEquals(emptyBytes, table.heldBytes());
            assertEquals(emptyBytes, budget.usedBytes());
            assertEquals(MergeStatus.OK, add(table, 1_000));
            assertEquals(mergedBytes, budget.usedBytes());
        }
    }

    @Test
    void aMergeOfAnotherShapeGivesTheFormerBack() {
        begin(table);
        assertEquals(MergeStatus.OK, add(table, 1_000));
        assertEquals(MergeStatus.OK, table.reset(2, 3, List.of()));
        final MergeTable fresh = new MergeTable(new MergeBudget(QUERY_LIMIT, QUERY_LIMIT), 1_000);
        assertEquals(MergeStatus.OK, fresh.reset(2, 3, List.of()));
        assertEquals(fresh.heldBytes(), table.heldBytes());
        assertEquals(fresh.heldBytes(), budget.usedBytes());
    }

    @Test
    void oneMayHaveSoMuchAndAllTogetherNoMoreThanTheNodeHas() {
        begin(table);
        assertEquals(MergeStatus.OK, table.admitOrder(QUERY_LIMIT - table.heldBytes()));
        assertEquals(MergeStatus.QUERY_TOO_LARGE, table.admitOrder(1));
        final MergeTable second = new MergeTable(budget, 1_000);
        begin(second);
        assertEquals(MergeStatus.OK, second.admitOrder(QUERY_LIMIT / 2 - second.heldBytes()));
        assertEquals(MergeStatus.NODE_FULL, second.admitOrder(1));
        assertEquals(MergeStatus.NODE_FULL, new MergeTable(budget, 1_000).reset(1, 1, SKETCHES));
        table.release();
        assertEquals(MergeStatus.OK, second.admitOrder(1));
        second.release();
    }

    /** What it says that it holds is what its arrays take: the node's memory is divided by it. */
    @Test
    void holdsWhatItsArraysTake() {
        assertEquals(MergeStatus.OK, table.reset(2, 3, SKETCHES));
        // two slots, bucket and rows; a code a dimension; five states and a word a metric; a reference a sketch
        final long groupBytes = 2 * 4 + 2 * 8 + 2 * 4 + 3 * 6 * 8 + 4;
        // bytes of values, then their ends and slots
        final long valueBytes = 1_024 + 4 * (32 + 64);
        assertEquals(64 * groupBytes + valueBytes, table.heldBytes());
        for (int i = 0; i < 63; i++) {
            assertEquals(i, table.group(i, new int[] {0, 0}));
        }
        assertEquals(64 * groupBytes + valueBytes, budget.usedBytes());
        assertEquals(63, table.group(63, new int[] {0, 0}));
        assertEquals(128 * groupBytes + valueBytes, budget.usedBytes());
        assertEquals(MergeStatus.OK, table.reset(2, 3, SKETCHES));
        assertEquals(0, table.groupCount());
        assertEquals(0, table.group(63, new int[] {0, 0}), "none of before is found");
        assertEquals(128 * groupBytes + valueBytes, budget.usedBytes());
    }

    @Test
    void aGroupThatThereIsNoMemoryForIsRefused() {
        final MergeTable small = new MergeTable(new MergeBudget(4_000, 4_000), 1_000);
        assertEquals(MergeStatus.OK, small.reset(0, 0, List.of()));
        int group = 0;
        for (int i = 0; group >= 0; i++) {
            group = small.group(i, new int[0]);
        }
        assertEquals(MergeStatus.QUERY_TOO_LARGE, MergeTable.statusOf(group));
        small.release();
    }

    @Test
    void aSketchThatThereIsNoMemoryForIsRefused() {
        final MergeTable small = new MergeTable(new MergeBudget(7_000, 7_000), 1_000);
        begin(small);
        assertEquals(MergeStatus.QUERY_TOO_LARGE, add(small, 1_000));
        small.release();
    }

    /** What is asked for before values are added covers them, however many are new; the rest is given back. */
    @Test
    void valuesAreAskedForBeforeTheyAreAddedAndOnlyTheirMemoryIsKept() {
        assertEquals(MergeStatus.OK, table.reset(1, 0, List.of()));
        final ValueDictionary values = table.values();
        for (final int count : new int[] {1, 29, 1, 1, 30, 200, 3, 64, 500}) {
            final byte[] bytes = ("value " + count + " of " + values.heldBytes() + 'x').getBytes(StandardCharsets.UTF_8);
            final long askedBytes = values.heldBytesAfter(count, count * bytes.length);
            assertEquals(MergeStatus.OK, table.admitValues(count, count * bytes.length));
            final long admittedBytes = budget.usedBytes();
            for (int i = 0; i < count; i++) {
                bytes[bytes.length - 1] = (byte) i;
                bytes[0] = (byte) (i >> 8);
                assertTrue(table.code(new UnsafeBuffer(bytes), 0, bytes.length) > 0);
                assertTrue(values.heldBytes() <= askedBytes, () -> values.heldBytes() + " of " + askedBytes);
            }
            table.settleValues();
            assertTrue(budget.usedBytes() <= admittedBytes);
            assertEquals(valuesOnlyBytes() + values.heldBytes(), budget.usedBytes());
            // as many that are known already need nothing in the end
            assertEquals(MergeStatus.OK, table.admitValues(count, count * bytes.length));
            table.settleValues();
            assertEquals(valuesOnlyBytes() + values.heldBytes(), budget.usedBytes());
        }
        assertEquals(MergeStatus.QUERY_TOO_LARGE, table.admitValues(1, (int) QUERY_LIMIT));
    }

    @Test
    void orderingTakesTwoPlacesAGroupAndANumberForEachTermThatIsDerived() {
        final OrderTerm sum = new OrderTerm(OrderTerm.Key.SUM, -1, true);
        final OrderTerm text = new OrderTerm(OrderTerm.Key.GROUP, -1, false);
        final OrderTerm further = new OrderTerm(OrderTerm.Key.AGGREGATE, 0, false);
        assertEquals(800, ResultOrder.heldBytes(List.of(), 100));
        assertEquals(800, ResultOrder.heldBytes(List.of(text), 100));
        assertEquals(2_400, ResultOrder.heldBytes(List.of(sum, text, further), 100));
        final LogicalPlan plan = new LogicalPlan("n", "t", 0, 1, 0, Filter.ALL, List.of(), Selection.count(), List.of(sum), 1,
            null, 1, true);
        assertEquals(1_600, ResultRows.orderBytes(plan, 100));
        assertEquals(QUERY_LIMIT, budget.queryLimitBytes());
    }

    /** Of the first 64 groups with one dimension. */
    private static long valuesOnlyBytes() {
        return 64 * (2 * 4 + 2 * 8 + 4);
    }

    private static void begin(final MergeTable merged) {
        assertEquals(MergeStatus.OK, merged.reset(1, 1, SKETCHES));
    }

    /** One group, with a sketch of so many values that none is in the bucket of another. */
    private MergeStatus add(final MergeTable merged, final int values) {
        final QuantileSketch sketch = new QuantileSketch(0);
        for (int i = 0; i < values; i++) {
            sketch.update(i);
        }
        final ExpandableArrayBuffer serialized = new ExpandableArrayBuffer(sketch.maxLengthBytes());
        final int length = sketch.serialize(serialized, 0);
        final PartialBodyWriter writer = new PartialBodyWriter();
        writer.begin(1, 1, 1);
        writer.startGroup(0, values);
        writer.dimension(0, new UnsafeBuffer(new byte[] {'x'}), 0, 1);
        writer.metric(0, values, 0, 0, 0, 0, Double.NaN);
        writer.sketch(0, serialized, 0, length);
        assertTrue(writer.endGroup());
        final ExpandableArrayBuffer body = new ExpandableArrayBuffer();
        final int bodyLength = writer.encode(body, 0);
        final PartialBodyReader reader = new PartialBodyReader();
        assertTrue(reader.wrap(body, 0, bodyLength, 1, 1, 1, 1));
        return merge.merge(reader, merged);
    }
}
