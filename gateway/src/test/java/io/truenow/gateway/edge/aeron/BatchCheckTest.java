package io.truenow.gateway.edge.aeron;

import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.problem.Problem;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.TableBinding;
import io.truenow.gateway.ingest.Utf8Check;
import io.truenow.gateway.table.FakeControl;
import io.truenow.gateway.table.KeptFrom;
import io.truenow.gateway.table.TableNeed;
import io.truenow.gateway.table.TableResolver;
import io.truenow.testing.Seeds;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What a client built is let in or refused to the microsecond, the shard, the column and the byte. */
class BatchCheckTest {
    private static final long NOW_US = 1_764_000_000_000_000L;
    private static final long MINUTE_US = 60_000_000L;
    private static final int OFFSET = 64;

    private final FakeControl control = new FakeControl(2);
    private final KeptFrom keptFrom = new KeptFrom();
    private final BatchCheck check = new BatchCheck(keptFrom, () -> 5);
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[OFFSET + BatchBuilder.MAX_BATCH_BYTES]);
    private Table table;

    @BeforeEach
    void makeTable() {
        control.ensureTable("shop", "orders", List.of("country", "city"), List.of("price", "weight"));
        table = control.catalog().table("shop", "orders");
    }

    @Test
    void timesAreJudgedToTheMicrosecond() {
        final long oldestUs = NOW_US - table.retentionUs();
        final long newestUs = NOW_US + MINUTE_US;
        assertNull(times(oldestUs, newestUs));
        assertEquals(2, check.rowCount());
        assertEquals(BatchProblems.TOO_OLD, times(oldestUs - 1, NOW_US));
        assertEquals(BatchProblems.TOO_OLD, times(NOW_US, oldestUs - 1));
        assertEquals(BatchProblems.IN_FUTURE, times(NOW_US, newestUs + 1));
        assertEquals(BatchProblems.IN_FUTURE, times(newestUs + 1, NOW_US));
        keptFrom.onTold(table.shardIds().get(0), 1, NOW_US);
        assertNull(times(NOW_US, NOW_US));
        assertEquals(BatchProblems.TOO_OLD, times(NOW_US - 1, NOW_US), "its lane would drop it");
        keptFrom.onTold(table.shardIds().get(0), 1, oldestUs);
        keptFrom.onTold(table.shardIds().get(1), 1, NOW_US + 1);
        assertNull(times(NOW_US, NOW_US), "what the other shard's lane keeps does not matter");
    }

    @Test
    void rowsAreOfTheShardThatTheBatchIsFor() {
        for (int shard = 0; shard < 2; shard++) {
            for (long first = 0; first < 4; first++) {
                for (long second = 0; second < 4; second++) {
                    final BatchBuilder builder = new BatchBuilder(TableBinding.of(table), shard);
                    row(builder, NOW_US, first);
                    row(builder, NOW_US, second);
                    final boolean isOfShard = first % 2 == shard && second % 2 == shard;
                    assertEquals(isOfShard ? null : BatchProblems.WRONG_SHARD, check(builder));
                }
            }
        }
        final BatchBuilder foreign = new BatchBuilder(binding(table.dimensions(), table.metrics(), List.of(98, 99)), 0);
        row(foreign, NOW_US, 0);
        assertEquals(BatchProblems.WRONG_SHARD, check(foreign), "a shard of no table, or of another");
    }

    @Test
    void aTableOfOneShardTakesEveryId() {
        control.ensureTable("shop", "wide", List.of(), List.of());
        final FakeControl single = new FakeControl(1);
        single.ensureTable("shop", "small", List.of(), List.of());
        final BatchBuilder builder = new BatchBuilder(TableBinding.of(single.catalog().table("shop", "small")), 0);
        row(builder, NOW_US, 1);
        row(builder, NOW_US, 2);
        assertNull(check(builder, single.catalog()));
    }

    @Test
    void columnsAreThoseThatTheTableHas() {
        final List<String> more = List.of("a", "b", "c");
        for (int dimension = 0; dimension < 3; dimension++) {
            for (int metric = 0; metric < 3; metric++) {
                final BatchBuilder builder = new BatchBuilder(binding(more, more, table.shardIds()), 0);
                builder.startRow(NOW_US, 0, 0);
                builder.dimension(dimension, new byte[] {'x'}, 0, 1);
                builder.metric(metric, 1);
                assertTrue(builder.endRow());
                assertEquals(dimension < 2 && metric < 2 ? null : BatchProblems.UNKNOWN_COLUMN, check(builder));
            }
        }
    }

    @Test
    void numbersAreFinite() {
        assertNull(numbers(Double.MAX_VALUE, -Double.MAX_VALUE));
        assertNull(numbers(0, Double.MIN_VALUE));
        for (final double wrong : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            assertEquals(BatchProblems.NOT_FINITE, numbers(1, wrong));
            assertEquals(BatchProblems.NOT_FINITE, numbers(wrong, 1));
        }
    }

    @Test
    void everyValueOfAColumnIsText() {
        assertNull(texts(new byte[] {'a'}, "é".getBytes(StandardCharsets.UTF_8)));
        assertNull(texts(new byte[0], "x".repeat(BatchBuilder.MAX_VALUE_BYTES).getBytes(StandardCharsets.UTF_8)));
        assertEquals(BatchProblems.BAD_TEXT, texts(new byte[] {'a'}, new byte[] {(byte) 0xC3}));
        assertEquals(BatchProblems.BAD_TEXT, texts(new byte[] {(byte) 0xFF}, new byte[] {'a'}));
    }

    @Test
    void whatIsDamagedOrOfNoTableIsRefused() {
        assertNull(times(NOW_US, NOW_US));
        final BatchBuilder builder = new BatchBuilder(TableBinding.of(table), 0);
        row(builder, NOW_US, 0);
        final int length = builder.encode(buffer, OFFSET, 0);
        for (int i = 0; i < length; i++) {
            buffer.putByte(OFFSET + i, (byte) (buffer.getByte(OFFSET + i) ^ 1));
            final Problem refusal = check.check(buffer, OFFSET, length, control.catalog(), NOW_US);
            buffer.putByte(OFFSET + i, (byte) (buffer.getByte(OFFSET + i) ^ 1));
            // what the gateway writes over, and what only pads, is not sealed by the checksum
            assertTrue(refusal == null || refusal == BatchProblems.BAD_BATCH, "byte " + i + ": " + refusal);
        }
        assertEquals(BatchProblems.BAD_BATCH, check.check(buffer, OFFSET, length - 1, control.catalog(), NOW_US));
        final TableBinding.Schema gone = new TableBinding.Schema(0, 1, 2, 1, 1);
        final BatchBuilder unknown = new BatchBuilder(new TableBinding(gone, List.of(), List.of(), table.shardIds()), 0);
        row(unknown, NOW_US, 0);
        assertEquals(BatchProblems.UNKNOWN_TABLE, check(unknown), "ids only grow: it will never be shown");
    }

    @Test
    void textIsWhatTheDecoderTakes() {
        final Random random = new Random(Seeds.seed("textIsWhatTheDecoderTakes"));
        final int[] edges = {0, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf,
            0xe0, 0xed, 0xee, 0xef, 0xf0, 0xf4, 0xf5, 0xff};
        int good = 0;
        for (int round = 0; round < 200_000; round++) {
            final byte[] bytes = new byte[8 + random.nextInt(12)];
            final int start = random.nextInt(4);
            final int length = random.nextInt(bytes.length - start + 1);
            // mostly plain, with a few that matter
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) 'a';
            }
            final int at = start + random.nextInt(length + 1);
            for (int i = at; i < Math.min(bytes.length, at + 1 + random.nextInt(4)); i++) {
                bytes[i] = (byte) edges[random.nextInt(edges.length)];
            }
            final boolean isText = Utf8Check.isUtf8(new UnsafeBuffer(bytes), start, length);
            assertEquals(isUtf8(bytes, start, length), isText, () -> new String(bytes, start, length, StandardCharsets.ISO_8859_1));
            good += isText ? 1 : 0;
        }
        assertTrue(good > 10_000 && good < 190_000);
    }

    @Test
    void aBindAsksForWhatIsMissingAndEndsAtItsDeadline() {
        final TableNeed wanted = new TableNeed("shop", "orders", List.of("city", "street"), List.of("weight", "height"));
        final TableResolver resolver = new TableResolver(control, control);
        control.hold(true);
        final PendingBind bind = new PendingBind(null, 1, resolver, wanted, 100);
        assertFalse(bind.poll(0));
        assertFalse(bind.poll(100));
        assertNull(bind.table());
        assertNull(bind.refusal());
        final PendingBind late = new PendingBind(null, 2, resolver, wanted, 100);
        assertTrue(late.poll(101));
        assertEquals(BatchProblems.CONTROL_AWAY, late.refusal());
        control.hold(false);
        assertTrue(bind.poll(100));
        assertEquals(List.of("country", "city", "street"), bind.table().dimensions());
        assertEquals(List.of("price", "weight", "height"), bind.table().metrics());
        assertEquals(control.catalog().version(), bind.catalogVersion());
        assertNull(bind.failure());
        assertTrue(bind.poll(1_000), "what is known stays known");
        assertNull(bind.refusal());
        assertEquals(2, control.calls());
    }

    private Problem times(final long firstUs, final long secondUs) {
        final BatchBuilder builder = new BatchBuilder(TableBinding.of(table), 0);
        row(builder, firstUs, 2);
        row(builder, secondUs, 4);
        return check(builder);
    }

    private Problem numbers(final double first, final double second) {
        final BatchBuilder builder = new BatchBuilder(TableBinding.of(table), 0);
        for (final double value : new double[] {first, second}) {
            builder.startRow(NOW_US, 0, Double.doubleToLongBits(value));
            builder.metric(1, value);
            assertTrue(builder.endRow());
        }
        return check(builder);
    }

    private Problem texts(final byte[] first, final byte[] second) {
        final BatchBuilder builder = new BatchBuilder(TableBinding.of(table), 0);
        for (final byte[] value : new byte[][] {first, second}) {
            builder.startRow(NOW_US, 0, value.length);
            builder.dimension(1, value, 0, value.length);
            assertTrue(builder.endRow());
        }
        return check(builder);
    }

    private static void row(final BatchBuilder builder, final long timeUs, final long idHigh) {
        builder.startRow(timeUs, idHigh, timeUs);
        assertTrue(builder.endRow());
    }

    private TableBinding binding(final List<String> dimensions, final List<String> metrics, final List<Integer> shardIds) {
        return new TableBinding(new TableBinding.Schema(table.id(), 1, 2, table.schemaVersion(), table.layoutVersion()),
            dimensions, metrics, shardIds);
    }

    private Problem check(final BatchBuilder builder) {
        return check(builder, control.catalog());
    }

    private Problem check(final BatchBuilder builder, final Catalog catalog) {
        return check.check(buffer, OFFSET, builder.encode(buffer, OFFSET, 0), catalog, NOW_US);
    }

    private static boolean isUtf8(final byte[] bytes, final int start, final int length) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, start, length));
            return true;
        } catch (final CharacterCodingException e) {
            return false;
        }
    }
}
