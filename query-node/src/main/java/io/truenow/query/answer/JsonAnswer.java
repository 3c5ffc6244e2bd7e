package io.truenow.query.answer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.truenow.query.merge.ResultRows;
import io.truenow.query.merge.ResultSchema;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** An answer as JSON. One thread. It owns its buffer until {@link #finish} hands it over or {@link #close} frees it. */
public final class JsonAnswer implements AnswerSink {
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

    private final Consumer<ByteBuf> target;
    private final ResultSchema schema;
    private final AggregateJson aggregates;
    /** For the group text: {@code region:}, {@code ,product:}, escaped. */
    private final List<byte[]> groupNames = new ArrayList<>();
    /** For the object: {@code "region":}, {@code ,"product":}, escaped. */
    private final List<byte[]> memberNames = new ArrayList<>();
    private final long maxBytes;
    private ByteBuf out;
    private boolean isFirst = true;

    /**
     * Begins.
     *
     * @param rowCount how many rows there will be.
     * @param maxBytes of the answer.
     * @param target   gets the answer and its reference.
     */
    public JsonAnswer(
        final ResultSchema schema,
        final int rowCount,
        final ByteBufAllocator allocator,
        final long maxBytes,
        final Consumer<ByteBuf> target) {
        this.target = target;
        this.schema = schema;
        this.out = allocator.buffer(1_024);
        for (int i = 0; i < schema.dimensions().size(); i++) {
            final byte[] name = schema.dimensions().get(i).getBytes(StandardCharsets.UTF_8);
            final String comma = i == 0 ? "" : ",";
            groupNames.add(framed(comma, name, ":"));
            memberNames.add(framed(comma + '"', name, "\":"));
        }
        this.aggregates = new AggregateJson(schema.terms(), out);
        this.maxBytes = maxBytes;
        out.ensureWritable((int) Math.min(maxBytes, RESULTS.length + 512L + (long) BYTES_PER_ROW * rowCount));
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

    @Override
    public int write(final ResultRows rows, final int limit) {
        int count = 0;
        while (count < limit && !isTooLarge() && rows.next()) {
            if (!isFirst) {
                out.writeByte(',');
            }
            isFirst = false;
            writeRow(rows);
            count++;
        }
        return count;
    }

    @Override
    public boolean isTooLarge() {
        return out.readableBytes() > maxBytes;
    }

    private void writeRow(final ResultRows rows) {
        JsonBytes.raw(out, TIMESTAMP);
        JsonBytes.number(out, rows.bucketUs());
        JsonBytes.raw(out, GROUP);
        if (groupNames.isEmpty()) {
            JsonBytes.raw(out, ALL);
        }
        for (int i = 0; i < groupNames.size(); i++) {
            JsonBytes.raw(out, groupNames.get(i));
            writeValue(rows, i);
        }
        JsonBytes.raw(out, DIMENSIONS);
        for (int i = 0; i < memberNames.size(); i++) {
            JsonBytes.raw(out, memberNames.get(i));
            if (rows.isNull(i)) {
                JsonBytes.raw(out, JsonBytes.NULL);
            } else {
                out.writeByte('"');
                writeValue(rows, i);
                out.writeByte('"');
            }
        }
        JsonBytes.raw(out, VALUE);
        if (ResultSchema.isExact(schema.value())) {
            JsonBytes.exact(out, rows.value(), rows.valueRest());
        } else {
            JsonBytes.number(out, rows.value());
        }
        JsonBytes.raw(out, COUNT);
        JsonBytes.number(out, rows.count());
        JsonBytes.raw(out, SUM);
        JsonBytes.exact(out, rows.sum(), rows.sumRest());
        JsonBytes.raw(out, AVG);
        JsonBytes.number(out, rows.avg());
        JsonBytes.raw(out, MIN);
        JsonBytes.exact(out, rows.min(), 0);
        JsonBytes.raw(out, MAX);
        JsonBytes.exact(out, rows.max(), 0);
        aggregates.write(out, rows);
        out.writeByte('}');
    }

    private void writeValue(final ResultRows rows, final int dimension) {
        if (rows.isNull(dimension)) {
            JsonBytes.raw(out, JsonBytes.NULL);
        } else {
            JsonBytes.escaped(out, rows.valueBytes(), rows.valueStart(dimension), rows.valueEnd(dimension));
        }
    }

    @Override
    public void finish(final AnswerMetadata metadata) {
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
        target.accept(answer);
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
            JsonBytes.raw(out, JsonBytes.NULL);
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
