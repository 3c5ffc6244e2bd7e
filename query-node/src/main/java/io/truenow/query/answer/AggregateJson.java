package io.truenow.query.answer;

import io.netty.buffer.ByteBuf;
import io.truenow.format.sketch.DistinctSketch;
import io.truenow.format.sketch.QuantileSketch;
import io.truenow.format.sketch.Sketch;
import io.truenow.format.sketch.TopSketch;
import io.truenow.query.merge.ResultRows;
import io.truenow.query.merge.ResultSchema;
import io.truenow.query.plan.AggregateTerm;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes a row's further aggregates: exact ones as numbers, those of sketches as objects with their bounds. One thread. */
final class AggregateJson {
    private static final byte[] OPEN = JsonBytes.ascii(",\"aggregates\":{");
    private static final byte[] VALUE = JsonBytes.ascii("{\"value\":");
    private static final byte[] LOWER = JsonBytes.ascii(",\"lower\":");
    private static final byte[] UPPER = JsonBytes.ascii(",\"upper\":");
    private static final byte[] EXACT = JsonBytes.ascii(",\"exact\":");
    private static final byte[] TOP = JsonBytes.ascii("{\"values\":[");
    private static final byte[] TOP_VALUE = JsonBytes.ascii("{\"value\":\"");
    private static final byte[] TOP_COUNT = JsonBytes.ascii("\",\"count\":");
    private static final byte[] OTHERS = JsonBytes.ascii("],\"others_at_most\":");

    private final List<AggregateTerm> terms;
    private final byte[][] names;
    private byte[] valueBytes = new byte[128];

    AggregateJson(final List<AggregateTerm> terms, final ByteBuf scratch) {
        this.terms = terms;
        this.names = new byte[terms.size()][];
        for (int i = 0; i < names.length; i++) {
            final byte[] name = terms.get(i).name().getBytes(StandardCharsets.UTF_8);
            scratch.clear();
            JsonBytes.raw(scratch, JsonBytes.ascii(i == 0 ? "\"" : ",\""));
            JsonBytes.escaped(scratch, name, 0, name.length);
            JsonBytes.raw(scratch, JsonBytes.ascii("\":"));
            names[i] = new byte[scratch.readableBytes()];
            scratch.readBytes(names[i]);
        }
        scratch.clear();
    }

    /** Writes the member, if the query has such aggregates. */
    void write(final ByteBuf out, final ResultRows rows) {
        if (names.length == 0) {
            return;
        }
        JsonBytes.raw(out, OPEN);
        for (int i = 0; i < names.length; i++) {
            JsonBytes.raw(out, names[i]);
            final AggregateTerm term = terms.get(i);
            if (term.aggregate().isSketch()) {
                writeSketch(out, term, rows.termSketch(i), rows.termValue(i));
            } else if (ResultSchema.isExact(term.aggregate())) {
                JsonBytes.exact(out, rows.termValue(i), rows.termRest(i));
            } else {
                JsonBytes.number(out, rows.termValue(i));
            }
        }
        out.writeByte('}');
    }

    private void writeSketch(final ByteBuf out, final AggregateTerm term, final Sketch sketch, final double value) {
        switch (sketch) {
            case TopSketch top -> writeTop(out, top, term.k());
            case DistinctSketch distinct -> writeBounded(out, value, distinct.lowerBound(), distinct.upperBound(), distinct.isExact());
            case QuantileSketch quantiles when !quantiles.isEmpty() ->
                writeBounded(out, value, quantiles.lowerBound(term.rank()), quantiles.upperBound(term.rank()), quantiles.isExact());
            case null, default -> {
                if (term.k() > 0) {
                    JsonBytes.raw(out, TOP);
                    JsonBytes.raw(out, OTHERS);
                    JsonBytes.raw(out, JsonBytes.ascii("0}"));
                } else {
                    writeBounded(out, value, value, value, true);
                }
            }
        }
    }

    private static void writeBounded(final ByteBuf out, final double value, final double lower, final double upper, final boolean exact) {
        JsonBytes.raw(out, VALUE);
        JsonBytes.number(out, value);
        JsonBytes.raw(out, LOWER);
        JsonBytes.number(out, lower);
        JsonBytes.raw(out, UPPER);
        JsonBytes.number(out, upper);
        JsonBytes.raw(out, EXACT);
        JsonBytes.raw(out, JsonBytes.ascii(Boolean.toString(exact)));
        out.writeByte('}');
    }

    private void writeTop(final ByteBuf out, final TopSketch top, final int limit) {
        JsonBytes.raw(out, TOP);
        final int known = top.rank();
        final int ranked = Math.min(limit, known);
        for (int place = 0; place < ranked; place++) {
            if (place > 0) {
                out.writeByte(',');
            }
            final int length = top.valueLength(place);
            valueBytes = length <= valueBytes.length ? valueBytes : new byte[length * 2];
            top.valueBuffer().getBytes(top.valueOffset(place), valueBytes, 0, length);
            JsonBytes.raw(out, TOP_VALUE);
            JsonBytes.escaped(out, valueBytes, 0, length);
            JsonBytes.raw(out, TOP_COUNT);
            JsonBytes.number(out, top.estimate(place));
            JsonBytes.raw(out, LOWER);
            JsonBytes.number(out, top.lowerBound(place));
            JsonBytes.raw(out, UPPER);
            JsonBytes.number(out, top.upperBound(place));
            out.writeByte('}');
        }
        JsonBytes.raw(out, OTHERS);
        long othersAtMost = top.omittedBound();
        for (int place = ranked; place < known; place++) {
            othersAtMost = Math.max(othersAtMost, top.upperBound(place));
        }
        JsonBytes.number(out, othersAtMost);
        out.writeByte('}');
    }
}
