package io.truenow.format.partial;

import io.truenow.format.batch.DimensionColumn;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Gathers groups of a query's partial result and encodes them as the body of a {@code PartialResult}. Belongs to one thread; allocates
 * nothing once it has seen an answer of its usual shape. An answer too large for one message comes in parts, each with its own
 * dictionaries:
 * <pre>
 *   writer.begin(dimensionCount, metricCount, sketchCount);
 *   for each group:
 *       fill(group)                              // startGroup, dimension.., metric.., sketch..
 *       if (!writer.endGroup()) {                // the part is full
 *           send(writer.groupCount(), writer.encode(target, offset));
 *           fill(group); writer.endGroup();
 *       }
 *   send the rest as the last part
 * </pre>
 *
 * <p>The body of n groups, d dimensions and m metrics; little-endian; every array begins at a multiple of 8 from the body's start:
 * <pre>
 *   int64[n]   bucket, the query's start where it has no interval
 *   int64[n]   rows
 *   m times    int64[n] values, float64[n] sum, float64[n] compensation, float64[n] min, float64[n] max, float64[n] m2
 *   d times    int32[n] codes: 0 null, else 1 + index in the dictionary
 *              dictionary: int32 count, int32[count] end offset of each value, the values' UTF-8 bytes
 *   s times    int32[n] end of each group's sketch, counted from the first one's start; the sketches' bytes
 * </pre>
 * A group's sum is sum + compensation. Above the lower 48 bits of values are the scales of sum and m2, see {@link MetricScales}; nothing is
 * scaled where the query's version is below 2. m2 is the sum of squared deviations from the mean, NaN where it was not asked for; min and
 * max say nothing where they were not. Where a group has no values, sum, compensation, min, max and m2 say nothing.
 */
public final class PartialBodyWriter {
    /** Leaves 4 KiB of a 60 KiB message to its header and vector. */
    public static final int MAX_BODY_BYTES = 56 * 1024;

    private static final int INITIAL_GROUPS = 64;
    static final int LONGS_PER_METRIC = 6;

    private final int maxBodyBytes;
    private long[] bucketsUs = new long[INITIAL_GROUPS];
    private long[] rowCounts = new long[INITIAL_GROUPS];
    /** By metric * 6 + what; doubles as their bits. */
    private long[][] states = new long[0][];
    private DimensionColumn[] dimensions = new DimensionColumn[0];
    private SketchColumn[] sketches = new SketchColumn[0];
    private int dimensionCount;
    private int metricCount;
    private int sketchCount;
    private int groupCount;
    private int dictionaryBytes;

    /** Parts of at most {@link #MAX_BODY_BYTES}. */
    public PartialBodyWriter() {
        this(MAX_BODY_BYTES);
    }

    /** Parts of at most that many bytes. */
    public PartialBodyWriter(final int maxBodyBytes) {
        this.maxBodyBytes = maxBodyBytes;
    }

    /** Begins an answer of that shape; forgets what was gathered. */
    public void begin(final int dimensionCount, final int metricCount, final int sketchCount) {
        resetGroups();
        this.dimensionCount = dimensionCount;
        this.metricCount = metricCount;
        this.sketchCount = sketchCount;
        if (sketches.length < sketchCount) {
            final int known = sketches.length;
            sketches = Arrays.copyOf(sketches, sketchCount);
            for (int i = known; i < sketchCount; i++) {
                sketches[i] = new SketchColumn();
            }
        }
        if (dimensions.length < dimensionCount) {
            final int known = dimensions.length;
            dimensions = Arrays.copyOf(dimensions, dimensionCount);
            for (int i = known; i < dimensionCount; i++) {
                dimensions[i] = new DimensionColumn();
            }
        }
        if (states.length < metricCount * LONGS_PER_METRIC) {
            final int known = states.length;
            states = Arrays.copyOf(states, metricCount * LONGS_PER_METRIC);
            for (int i = known; i < states.length; i++) {
                states[i] = new long[bucketsUs.length];
            }
        }
    }

    /** Groups in the part that is being gathered. */
    public int groupCount() {
        return groupCount;
    }

    /** Begins a group. Its dimensions are null until told, its metrics must all be told. */
    public void startGroup(final long bucketUs, final long rowCount) {
        if (groupCount == bucketsUs.length) {
            grow();
        }
        bucketsUs[groupCount] = bucketUs;
        rowCounts[groupCount] = rowCount;
        for (int i = 0; i < dimensionCount; i++) {
            dimensions[i].beginRow();
        }
        for (int i = 0; i < sketchCount; i++) {
            sketches[i].beginGroup(groupCount);
        }
    }

    /** Gives the group its value of the query's i-th group-by dimension, UTF-8. */
    public void dimension(final int index, final DirectBuffer value, final int offset, final int length) {
        final DimensionColumn column = dimensions[index];
        final int bytesBefore = column.valueBytes() + column.distinct() * Integer.BYTES;
        column.set(groupCount, value, offset, length);
        dictionaryBytes += column.valueBytes() + column.distinct() * Integer.BYTES - bytesBefore;
    }

    /** Gives the group its states of the query's i-th metric; the word is the count of values, and their scales: {@link MetricScales}. */
    public void metric(
        final int index,
        final long word,
        final double sum,
        final double compensation,
        final double min,
        final double max,
        final double m2) {
        final int base = index * LONGS_PER_METRIC;
        states[base][groupCount] = word;
        states[base + 1][groupCount] = Double.doubleToRawLongBits(sum);
        states[base + 2][groupCount] = Double.doubleToRawLongBits(compensation);
        states[base + 3][groupCount] = Double.doubleToRawLongBits(min);
        states[base + 4][groupCount] = Double.doubleToRawLongBits(max);
        states[base + 5][groupCount] = Double.doubleToRawLongBits(m2);
    }

    /** Gives the group its state of the query's i-th sketch, serialized; a group that is not given one has none. */
    public void sketch(final int index, final DirectBuffer bytes, final int offset, final int length) {
        sketches[index].set(groupCount, bytes, offset, length);
    }

    /**
     * Ends the group.
     *
     * @return false if the part has no room for it: encode the part, then give the group again. With {@link #groupCount()} 0, no part has.
     */
    public boolean endGroup() {
        final int groups = groupCount + 1;
        int bytes = groups * (Long.BYTES * (2 + metricCount * LONGS_PER_METRIC) + (dimensionCount + sketchCount) * Integer.BYTES)
            + dictionaryBytes + dimensionCount * (Integer.BYTES + 14) + sketchCount * 14;
        for (int i = 0; i < sketchCount; i++) {
            bytes += sketches[i].end(groupCount);
        }
        if (bytes > maxBodyBytes) {
            for (int i = 0; i < dimensionCount; i++) {
                final DimensionColumn column = dimensions[i];
                final int bytesBefore = column.valueBytes() + column.distinct() * Integer.BYTES;
                column.rollBack(groupCount);
                dictionaryBytes -= bytesBefore - column.valueBytes() - column.distinct() * Integer.BYTES;
            }
            return false;
        }
        groupCount = groups;
        return true;
    }

    /**
     * Encodes the groups gathered as one body and starts the next part.
     *
     * @param offset a multiple of 8.
     * @return length of the body, 0 if there are no groups.
     */
    public int encode(final MutableDirectBuffer target, final int offset) {
        if (groupCount == 0) {
            return 0;
        }
        int at = putLongs(target, offset, bucketsUs);
        at = putLongs(target, at, rowCounts);
        for (int i = 0; i < metricCount * LONGS_PER_METRIC; i++) {
            at = putLongs(target, at, states[i]);
        }
        for (int i = 0; i < dimensionCount; i++) {
            final DimensionColumn column = dimensions[i];
            column.encodeCodes(target, at, groupCount, Integer.BYTES);
            at = padded(target, offset, at + groupCount * Integer.BYTES);
            target.putInt(at, column.distinct(), ByteOrder.LITTLE_ENDIAN);
            column.encodeDictionary(target, at + Integer.BYTES);
            at = padded(target, offset, at + Integer.BYTES * (1 + column.distinct()) + column.valueBytes());
        }
        for (int i = 0; i < sketchCount; i++) {
            at = padded(target, offset, sketches[i].encode(target, at, groupCount));
        }
        resetGroups();
        return at - offset;
    }

    private int putLongs(final MutableDirectBuffer target, final int offset, final long[] values) {
        for (int i = 0; i < groupCount; i++) {
            target.putLong(offset + i * Long.BYTES, values[i], ByteOrder.LITTLE_ENDIAN);
        }
        return offset + groupCount * Long.BYTES;
    }

    private static int padded(final MutableDirectBuffer target, final int start, final int at) {
        final int aligned = start + PartialBodyReader.align8(at - start);
        for (int i = at; i < aligned; i++) {
            target.putByte(i, (byte) 0);
        }
        return aligned;
    }

    private void resetGroups() {
        for (int i = 0; i < dimensionCount; i++) {
            dimensions[i].reset(groupCount);
        }
        groupCount = 0;
        dictionaryBytes = 0;
    }

    private void grow() {
        final int groups = bucketsUs.length * 2;
        bucketsUs = Arrays.copyOf(bucketsUs, groups);
        rowCounts = Arrays.copyOf(rowCounts, groups);
        for (int i = 0; i < states.length; i++) {
            states[i] = Arrays.copyOf(states[i], groups);
        }
    }
}
