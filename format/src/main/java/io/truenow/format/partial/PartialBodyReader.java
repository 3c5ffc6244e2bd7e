package io.truenow.format.partial;

import org.agrona.DirectBuffer;

import java.nio.ByteOrder;

/**
 * Reads the body of a {@code PartialResult} in place, see {@link PartialBodyWriter} for its layout. Belongs to one thread; allocates only
 * when it meets more dimensions than before. {@link #wrap} checks every bound; the getters trust it. Offsets that it gives are of the
 * wrapped buffer.
 */
public final class PartialBodyReader {
    private DirectBuffer buffer;
    private int offset;
    private int groupCount;
    private int[] codesOffset = new int[4];
    private int[] dictionaryOffset = new int[4];
    private int[] sketchesOffset = new int[4];

    /**
     * Takes up a body.
     *
     * @param groupCount of the message, as are the other counts.
     * @return false if the bytes are not such a body; nothing may be read then.
     */
    public boolean wrap(
        final DirectBuffer buffer,
        final int offset,
        final int length,
        final int groupCount,
        final int dimensionCount,
        final int metricCount,
        final int sketchCount) {
        this.buffer = buffer;
        this.offset = offset;
        this.groupCount = groupCount;
        if (codesOffset.length < dimensionCount) {
            codesOffset = new int[dimensionCount];
            dictionaryOffset = new int[dimensionCount];
        }
        if (sketchesOffset.length < sketchCount) {
            sketchesOffset = new int[sketchCount];
        }
        if (groupCount < 0 || offset < 0 || length < 0 || length > buffer.capacity() - offset) {
            return false;
        }
        if (groupCount == 0) {
            return length == 0;
        }
        final long fixed = (long) groupCount * Long.BYTES * (2 + metricCount * PartialBodyWriter.LONGS_PER_METRIC);
        if (fixed > length) {
            return false;
        }
        int at = (int) fixed;
        for (int i = 0; i < dimensionCount; i++) {
            at = acceptDimension(i, at, length);
            if (at < 0) {
                return false;
            }
        }
        for (int i = 0; i < sketchCount; i++) {
            at = acceptSketches(i, at, length);
            if (at < 0) {
                return false;
            }
        }
        return at == length;
    }

    /** Groups in the body. */
    public int groupCount() {
        return groupCount;
    }

    /** Start of the group's bucket. */
    public long bucketUs(final int group) {
        return longAt(0, group);
    }

    /** Rows in the group. */
    public long rowCount(final int group) {
        return longAt(1, group);
    }

    /** Rows in the group that carry the metric. */
    public long valueCount(final int metric, final int group) {
        return MetricScales.count(word(metric, group));
    }

    /** The same with the scales of sum and m2, see {@link MetricScales}. */
    public long word(final int metric, final int group) {
        return longAt(2 + metric * PartialBodyWriter.LONGS_PER_METRIC, group);
    }

    /** Leading part of the sum, as it is scaled. */
    public double sum(final int metric, final int group) {
        return doubleAt(3 + metric * PartialBodyWriter.LONGS_PER_METRIC, group);
    }

    /** What the leading part of the sum lost by rounding, as it is scaled. */
    public double compensation(final int metric, final int group) {
        return doubleAt(4 + metric * PartialBodyWriter.LONGS_PER_METRIC, group);
    }

    /** Least value. */
    public double min(final int metric, final int group) {
        return doubleAt(5 + metric * PartialBodyWriter.LONGS_PER_METRIC, group);
    }

    /** Greatest value. */
    public double max(final int metric, final int group) {
        return doubleAt(6 + metric * PartialBodyWriter.LONGS_PER_METRIC, group);
    }

    /** Sum of squared deviations from the mean, as it is scaled; NaN where it was not asked for. */
    public double m2(final int metric, final int group) {
        return doubleAt(7 + metric * PartialBodyWriter.LONGS_PER_METRIC, group);
    }

    /** Where a group's serialized sketch begins in {@link #buffer}. */
    public int sketchOffset(final int sketch, final int group) {
        return sketchesOffset[sketch] + groupCount * Integer.BYTES + sketchStart(sketch, group);
    }

    /** Bytes of a group's serialized sketch, 0 for none. */
    public int sketchLength(final int sketch, final int group) {
        return intAt(sketchesOffset[sketch] + group * Integer.BYTES) - sketchStart(sketch, group);
    }

    /** Code of the group's value of a group-by dimension; 0 for null. Codes are of this body only. */
    public int code(final int dimension, final int group) {
        return intAt(codesOffset[dimension] + group * Integer.BYTES);
    }

    /** Values of a group-by dimension; their codes are 1 .. this. */
    public int distinct(final int dimension) {
        return intAt(dictionaryOffset[dimension]);
    }

    /** Where a value begins. */
    public int valueOffset(final int dimension, final int code) {
        return dictionaryOffset[dimension] + Integer.BYTES * (1 + distinct(dimension)) + valueStart(dimension, code);
    }

    /** Bytes of a value. */
    public int valueLength(final int dimension, final int code) {
        return intAt(dictionaryOffset[dimension] + code * Integer.BYTES) - valueStart(dimension, code);
    }

    /** The wrapped buffer. */
    public DirectBuffer buffer() {
        return buffer;
    }

    /** Checks a dimension that begins at {@code at} from the body's start. Returns where it ends, or -1. */
    private int acceptDimension(final int dimension, final int at, final int length) {
        final long dictionary = at + (long) align8(groupCount * Integer.BYTES);
        if (dictionary + Integer.BYTES > length) {
            return -1;
        }
        codesOffset[dimension] = offset + at;
        dictionaryOffset[dimension] = offset + (int) dictionary;
        final int distinct = distinct(dimension);
        final long values = dictionary + Integer.BYTES * (1L + distinct);
        if (distinct < 0 || values > length) {
            return -1;
        }
        int last = 0;
        for (int code = 1; code <= distinct; code++) {
            final int end = intAt(dictionaryOffset[dimension] + code * Integer.BYTES);
            if (end < last || end > length - values) {
                return -1;
            }
            last = end;
        }
        for (int group = 0; group < groupCount; group++) {
            final int code = code(dimension, group);
            if (code < 0 || code > distinct) {
                return -1;
            }
        }
        final int end = align8((int) values + last);
        return end <= length ? end : -1;
    }

    private int acceptSketches(final int sketch, final int at, final int length) {
        final long bytes = at + (long) groupCount * Integer.BYTES;
        if (bytes > length) {
            return -1;
        }
        sketchesOffset[sketch] = offset + at;
        int last = 0;
        for (int group = 0; group < groupCount; group++) {
            final int end = intAt(offset + at + group * Integer.BYTES);
            if (end < last || end > length - bytes) {
                return -1;
            }
            last = end;
        }
        final int end = align8((int) bytes + last);
        return end <= length ? end : -1;
    }

    private int sketchStart(final int sketch, final int group) {
        return group == 0 ? 0 : intAt(sketchesOffset[sketch] + (group - 1) * Integer.BYTES);
    }

    private int valueStart(final int dimension, final int code) {
        return code == 1 ? 0 : intAt(dictionaryOffset[dimension] + (code - 1) * Integer.BYTES);
    }

    private long longAt(final int array, final int group) {
        return buffer.getLong(offset + (array * groupCount + group) * Long.BYTES, ByteOrder.LITTLE_ENDIAN);
    }

    private double doubleAt(final int array, final int group) {
        return Double.longBitsToDouble(longAt(array, group));
    }

    private int intAt(final int index) {
        return buffer.getInt(index, ByteOrder.LITTLE_ENDIAN);
    }

    static int align8(final int length) {
        return length + 7 & ~7;
    }
}
