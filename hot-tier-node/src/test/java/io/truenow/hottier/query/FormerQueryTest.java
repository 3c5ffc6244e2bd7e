package io.truenow.hottier.query;

import io.truenow.codecs.query.MessageHeaderEncoder;
import io.truenow.codecs.query.ShardQueryDecoder;
import io.truenow.codecs.query.ShardQueryEncoder;
import io.truenow.engine.model.ShardUnderTest;
import io.truenow.engine.model.TestScans;
import io.truenow.engine.scan.cube.CubeLimits;
import io.truenow.engine.scan.group.GroupMemory;
import io.truenow.engine.scan.group.ResultGroups;
import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.scan.kernel.MetricState;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.NativeMemory;
import io.truenow.format.partial.MetricScales;
import io.truenow.format.partial.PartialBodyReader;
import io.truenow.format.partial.PartialBodyWriter;
import org.agrona.ExpandableArrayBuffer;
import org.junit.jupiter.api.Test;

import java.lang.foreign.ValueLayout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Queries of former versions: of 0, before metrics told whether their extremes are wanted, and of 1, before sums had scales. */
final class FormerQueryTest {
    private static final long SCALED = MetricScales.withSquaresScale(MetricScales.withSumScale(3, true), 1);

    private final MemoryAccountant accountant = new MemoryAccountant(1 << 24);

    @Test
    void readsScalesFromVersionTwoOn() {
        try (LaneMemory memory = ShardUnderTest.memory(accountant); TestScans scans = new TestScans(memory, CubeLimits.none())) {
            final RunningQuery query = new RunningQuery(memory.values(), scans.tools());
            for (int version = 0; version <= ShardQueryDecoder.SCHEMA_VERSION; version++) {
                query.begin(query(version), 1);
                assertEquals(version >= 2, query.isScaleKnown);
                assertEquals(2, query.plan.metricCount());
                assertEquals(BlockKernel.MOMENTS | (version == 0 ? BlockKernel.EXTREMES : BlockKernel.SUMS), query.plan.wanted(0));
                assertEquals(version == 0 ? BlockKernel.EXTREMES : BlockKernel.SUMS, query.plan.wanted(1));
            }
            query.close();
        }
        assertEquals(0, accountant.usedBytes());
    }

    @Test
    void isToldInfinityInsteadOfAScale() {
        try (GroupMemory memory = new GroupMemory(accountant.tag("query", Long.MAX_VALUE))) {
            final ResultGroups groups = new ResultGroups(memory);
            groups.begin(0, 1);
            groups.states().want(0, BlockKernel.EXTREMES | BlockKernel.MOMENTS);
            final int group = groups.groupOf(0, new int[0]);
            final long at = groups.states().record(0, group);
            NativeMemory.ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, at, SCALED);
            NativeMemory.ALL.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, at + MetricState.SUM_OFFSET, 0x1p970);
            NativeMemory.ALL.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, at + MetricState.COMPENSATION_OFFSET, 1);
            NativeMemory.ALL.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, at + MetricState.M2_OFFSET, 5);
            final PartialBodyReader former = body(groups, group, false);
            assertEquals(3, former.word(0, 0));
            assertEquals(Double.POSITIVE_INFINITY, former.sum(0, 0));
            assertEquals(0, former.compensation(0, 0));
            assertEquals(Double.POSITIVE_INFINITY, former.m2(0, 0));
            final PartialBodyReader present = body(groups, group, true);
            assertEquals(SCALED, present.word(0, 0));
            assertEquals(3, present.valueCount(0, 0));
            assertEquals(0x1p970, present.sum(0, 0));
            assertEquals(1, present.compensation(0, 0));
            assertEquals(5, present.m2(0, 0));
            assertFalse(Double.isInfinite(MetricScales.mean(SCALED, 0x1p958, 0)), "of three such values");
            groups.close();
        }
    }

    private static PartialBodyReader body(final ResultGroups groups, final int group, final boolean isScaleKnown) {
        final PartialBodyWriter writer = new PartialBodyWriter();
        writer.begin(0, 1, 0);
        writer.startGroup(0, 3);
        PartialSender.metric(writer, groups, 0, group, isScaleKnown);
        assertTrue(writer.endGroup());
        final ExpandableArrayBuffer body = new ExpandableArrayBuffer();
        final PartialBodyReader reader = new PartialBodyReader();
        assertTrue(reader.wrap(body, 0, writer.encode(body, 0), 1, 0, 1, 0));
        return reader;
    }

    /** As a query node of that version encodes it: what came later is not in its blocks. */
    private static ShardQueryDecoder query(final int version) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final ShardQueryEncoder query = new ShardQueryEncoder().wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder());
        query.timeoutMs(1_000).maxGroups(1);
        query.shardsCount(1).next().shardId(1).reserved(0).epoch(1);
        query.wantedCount(0);
        query.groupByCount(0);
        query.metricsCount(2).next().metric(3).moments((short) 1).extremes((short) 0)
            .next().metric(4).moments((short) 0).extremes((short) 0);
        query.sketchesCount(0);
        query.predicateCount(0);
        return new ShardQueryDecoder().wrap(buffer, MessageHeaderEncoder.ENCODED_LENGTH, ShardQueryEncoder.BLOCK_LENGTH, version);
    }
}
