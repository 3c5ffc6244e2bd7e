package io.truenow.query.merge;

import io.truenow.client.partial.PartialBodyReader;
import io.truenow.client.partial.PartialBodyWriter;
import io.truenow.client.sketch.QuantileSketch;
import io.truenow.query.plan.Aggregate;
import io.truenow.query.plan.SketchTerm;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

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
