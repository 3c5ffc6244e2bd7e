package io.truenow.query.merge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.truenow.query.plan.LogicalPlan;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes one query's answer as JSON, some rows at a time, so that a large answer does not hold its thread up. One thread. It owns the
 * buffer until {@link #finish} hands it over or {@link #close} frees it.
 */
public final class AnswerWriter implements AutoCloseable {
    private static final byte[] RESULTS = JsonBytes.ascii("{\"results\":[");
    private static final byte[] TIMESTAMP = JsonBytes.ascii("{\"timestamp\":");
    private static final byte[] GROUP = JsonBytes.ascii(",\"group\":\"");
    private static final byte[] DIMENSIONS = JsonBytes.ascii("\",\"dimensions\":{");
    private static final byte[] VALUE = JsonBytes.ascii("},\"value\":");
    private static final byte[] COUNT = JsonBytes.ascii(",\"count\":");
    private static final byte[] SUM = JsonBytes.ascii(",\"sum\":");
    private static final byte[] AVG = JsonBytes.ascii(",\"avg\":");
    private static final byte[] MIN = JsonBytes.ascii(",\"min\":");
    private static final byte[] MAX = JsonBytes.ascii(",\"max\":");
    private static final byte[] ALL = JsonBytes.ascii("all");
    private static final byte[] METADATA = JsonBytes.ascii("],\"metadata\":{\"query_time_ms\":");
    private static final byte[] SCANNED = JsonBytes.ascii(",\"records_scanned\":");
    private static final byte[] FOLDED = JsonBytes.ascii(",\"records_folded\":");
    private static final byte[] CUBE_HITS = JsonBytes.ascii(",\"cube_hits\":");
    private static final byte[] CACHE_HIT = JsonBytes.ascii(",\"cache_hit\":");
    private static final byte[] SHARDS = JsonBytes.ascii(",\"shards\":");
    private static final byte[] WATERMARK = JsonBytes.ascii(",\"watermark_us\":");
    private static final byte[] AVAILABLE = JsonBytes.ascii(",\"available_from_us\":");
    private static final byte[] PARTIAL = JsonBytes.ascii(",\"partial\":{\"complete\":");
    private static final byte[] START = JsonBytes.ascii(",\"start_time\":");
    private static final byte[] END = JsonBytes.ascii(",\"end_time\":");
    private static final byte[] MISSING = JsonBytes.ascii(",\"missing_shards\":[");
    private static final byte[] MISSING_RANGES = JsonBytes.ascii("],\"missing_ranges\":[");
    private static final int BYTES_PER_ROW = 192;

    private final MergeTable table;
    private final RowValues rows;
    private final AggregateJson aggregates;
    private final ResultOrder order;
    private final int limit;
    /** Null until all groups are ordered. */
    private int[] ordered;
    /** For the group text: {@code region:}, {@code ,product:}, escaped. */
    private final List<byte[]> groupNames = new ArrayList<>();
    /** For the object: {@code "region":}, {@code ,"product":}, escaped. */
    private final List<byte[]> memberNames = new ArrayList<>();
    private final boolean isValueExact;
    private final long maxBytes;
    private ByteBuf out;
    private int written;

    /**
     * Begins; {@link #order} comes next.
     *
     * @param startTimeUs of the range that was answered, not before the plan's.
     * @param maxBytes    of the answer.
     */
    public AnswerWriter(
        final LogicalPlan plan, final long startTimeUs, final MergeTable table, final ByteBufAllocator allocator, final long maxBytes) {
        final List<byte[]> plainNames = new ArrayList<>();
        this.out = allocator.buffer(1_024);
        for (int i = 0; i < plan.groupBy().size(); i++) {
            final byte[] name = plan.groupBy().get(i).getBytes(StandardCharsets.UTF_8);
            final String comma = i == 0 ? "" : ",";
            plainNames.add((comma + plan.groupBy().get(i) + ':').getBytes(StandardCharsets.UTF_8));
            groupNames.add(framed(comma, name, ":"));
            memberNames.add(framed(comma + '"', name, "\":"));
        }
        this.table = table;
        this.rows = new RowValues(table, plan, startTimeUs);
        this.aggregates = new AggregateJson(table, rows, out);
        this.order = new ResultOrder(table, rows, plan.order(), plainNames);
        this.limit = plan.limit();
        this.isValueExact = RowValues.isExact(plan.selection().aggregate());
        this.maxBytes = maxBytes;
        out.ensureWritable((int) Math.min(maxBytes, RESULTS.length + 512L + (long) BYTES_PER_ROW * Math.min(limit, table.groupCount())));
        JsonBytes.raw(out, RESULTS);
    }

    private byte[] framed(final String before, final byte[] name, final String after) {
        out.clear();
        JsonBytes.raw(out, JsonBytes.ascii(before));
        JsonBytes.escaped(out, name, 0, name.length);
        JsonBytes.raw(out, JsonBytes.ascii(after));
        final byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        out.clear();
        return bytes;
    }

    /** Memory beside the table's that an answer takes to be ordered. */
    public static long orderBytes(final LogicalPlan plan, final int groups) {
        return ResultOrder.heldBytes(plan.order(), groups);
    }

    /** Orders the table's groups, with about so many comparisons at a time; false if more is left to do. */
    public boolean order(final int comparisons) {
        if (ordered == null && order.order(comparisons)) {
            ordered = order.sorted(limit);
        }
        return ordered != null;
    }

    /**
     * Writes some rows, after all were ordered.
     *
     * @return rows written; 0: none is left, or the answer is {@link #isTooLarge}.
     */
    public int writeRows(final int limit) {
        int count = 0;
        while (count < limit && written < ordered.length && !isTooLarge()) {
            if (written > 0) {
                out.writeByte(',');
            }
            writeRow(ordered[written]);
            written++;
            count++;
        }
        return count;
    }

    /** Whether the answer has outgrown its limit. */
    public boolean isTooLarge() {
        return out.readableBytes() > maxBytes;
    }

    private void writeRow(final int group) {
        JsonBytes.raw(out, TIMESTAMP);
        JsonBytes.number(out, table.bucketUs(group));
        JsonBytes.raw(out, GROUP);
        if (groupNames.isEmpty()) {
            JsonBytes.raw(out, ALL);
        }
        for (int i = 0; i < groupNames.size(); i++) {
            JsonBytes.raw(out, groupNames.get(i));
            writeValue(table.code(group, i));
        }
        JsonBytes.raw(out, DIMENSIONS);
        for (int i = 0; i < memberNames.size(); i++) {
            final int code = table.code(group, i);
            JsonBytes.raw(out, memberNames.get(i));
            if (code != 0) {
                out.writeByte('"');
            }
            writeValue(code);
            if (code != 0) {
                out.writeByte('"');
            }
        }
        JsonBytes.raw(out, VALUE);
        if (isValueExact) {
            JsonBytes.exact(out, rows.value(group), rows.valueRest(group));
        } else {
            JsonBytes.number(out, rows.value(group));
        }
        JsonBytes.raw(out, COUNT);
        JsonBytes.number(out, rows.count(group));
        JsonBytes.raw(out, SUM);
        JsonBytes.exact(out, rows.sum(group), rows.sumRest(group));
        JsonBytes.raw(out, AVG);
        JsonBytes.number(out, rows.avg(group));
        JsonBytes.raw(out, MIN);
        JsonBytes.exact(out, rows.min(group), 0);
        JsonBytes.raw(out, MAX);
        JsonBytes.exact(out, rows.max(group), 0);
        aggregates.write(out, group);
        out.writeByte('}');
    }

    private void writeValue(final int code) {
        if (code == 0) {
            JsonBytes.raw(out, RowValues.NULL);
        } else {
            final ValueDictionary values = table.values();
            JsonBytes.escaped(out, values.bytes(), values.start(code), values.end(code));
        }
    }

    /** Writes the end and hands the answer over. */
    public ByteBuf finish(final AnswerMetadata metadata) {
        JsonBytes.raw(out, METADATA);
        JsonBytes.number(out, metadata.queryTimeNs() / 1_000 / 1e3);
        JsonBytes.raw(out, SCANNED);
        JsonBytes.number(out, metadata.recordsScanned());
        JsonBytes.raw(out, FOLDED);
        JsonBytes.number(out, metadata.recordsFolded());
        JsonBytes.raw(out, CUBE_HITS);
        JsonBytes.number(out, metadata.cubeHits());
        JsonBytes.raw(out, CACHE_HIT);
        JsonBytes.raw(out, JsonBytes.ascii(Boolean.toString(metadata.isCacheHit())));
        JsonBytes.raw(out, SHARDS);
        JsonBytes.number(out, metadata.shards());
        JsonBytes.raw(out, WATERMARK);
        writeTime(metadata.watermarkUs());
        JsonBytes.raw(out, AVAILABLE);
        writeTime(metadata.availableFromUs());
        if (metadata.partial() != null) {
            writePartial(metadata.partial());
        }
        out.writeByte('}').writeByte('}');
        final ByteBuf answer = out;
        out = null;
        return answer;
    }

    private void writePartial(final AnswerMetadata.Partial partial) {
        final boolean complete = !partial.clamped() && partial.missingShards().isEmpty() && partial.missingRanges().isEmpty();
        JsonBytes.raw(out, PARTIAL);
        JsonBytes.raw(out, JsonBytes.ascii(Boolean.toString(complete)));
        JsonBytes.raw(out, START);
        JsonBytes.number(out, partial.startTimeUs());
        JsonBytes.raw(out, MISSING);
        for (int i = 0; i < partial.missingShards().size(); i++) {
            if (i > 0) {
                out.writeByte(',');
            }
            JsonBytes.number(out, partial.missingShards().get(i).longValue());
        }
        JsonBytes.raw(out, MISSING_RANGES);
        for (int i = 0; i < partial.missingRanges().size(); i++) {
            final AnswerMetadata.Range range = partial.missingRanges().get(i);
            JsonBytes.raw(out, JsonBytes.ascii(i > 0 ? ",{\"shard\":" : "{\"shard\":"));
            JsonBytes.number(out, (long) range.shardId());
            JsonBytes.raw(out, START);
            JsonBytes.number(out, range.startUs());
            JsonBytes.raw(out, END);
            JsonBytes.number(out, range.endUs());
            out.writeByte('}');
        }
        out.writeByte(']').writeByte('}');
    }

    private void writeTime(final long timeUs) {
        if (timeUs == Long.MIN_VALUE) {
            JsonBytes.raw(out, RowValues.NULL);
        } else {
            JsonBytes.number(out, timeUs);
        }
    }

    @Override
    public void close() {
        if (out != null) {
            out.release();
            out = null;
        }
    }
}
