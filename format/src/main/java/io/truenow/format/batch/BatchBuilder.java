package io.truenow.format.batch;

import io.truenow.codecs.ingest.IngestBatchEncoder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Gathers the rows of one shard column by column and encodes them as an {@code IngestBatch}. Belongs to one thread; allocates nothing once
 * it has seen a batch of its usual size.
 *
 * <p>The encoded message, little-endian; every array begins at a multiple of 8 from the message's start, gaps are zero:
 * <pre>
 *     0  message header                          8 bytes
 *     8  root block                             88 bytes: position, times, ids, row count, checksums
 *    96  group header                            4 bytes
 *   100  column descriptors                     24 bytes each: times, ids, dimensions by ordinal, metrics by ordinal
 *        body length                             4 bytes
 *        body:
 *          event times    offset from minEventTimeUs a row: uint32, or int64 where the range needs it
 *          ids            16 bytes a row: high half, low half of the event-id hash
 *          dimension      codes a row, 1, 2 or 4 bytes: 0 null, else 1 + index in the dictionary
 *            extra        dictionary: int32 end offset of each value, then the values' UTF-8 bytes
 *          metric         double a row, 0.0 where null
 *            extra        bitmap, bit set = null, lowest bit first; only if a row lacks the metric
 * </pre>
 * A dimension or metric that no row has is left out.
 */
public final class BatchBuilder {
    /** Largest encoded batch, its message header included. */
    public static final int MAX_BATCH_BYTES = 60 * 1024;
    /** Most rows in a batch. */
    public static final int MAX_ROWS = 4_096;
    /** Largest dimension value. */
    public static final int MAX_VALUE_BYTES = 1_024;

    private static final int INITIAL_ROWS = 64;
    private static final int FIXED_BYTES = BatchLayout.HEADER_BYTES + BatchLayout.BLOCK_BYTES + BatchLayout.GROUP_HEADER_BYTES
        + BatchLayout.BODY_LENGTH_BYTES + 2 * BatchLayout.COLUMN_BYTES;
    private static final int ALIGNMENT_BYTES = 7;

    private final TableBinding binding;
    private final int shardId;
    private final DimensionColumn[] dimensions;
    private final MetricColumn[] metrics;
    private final int[] touchedDimensions;
    private final int[] touchedMetrics;
    private final boolean[] dimensionTouched;
    private final boolean[] metricTouched;
    private final IngestBatchEncoder encoder = new IngestBatchEncoder();
    private final BatchChecksum checksum = new BatchChecksum();
    private final UnsafeBuffer source = new UnsafeBuffer(0, 0);

    private long[] eventTimesUs = new long[INITIAL_ROWS];
    private long[] ids = new long[2 * INITIAL_ROWS];
    private int touchedDimensionCount;
    private int touchedMetricCount;
    private boolean rowOpen;
    private int rowCount;
    private long minEventTimeUs;
    private long maxEventTimeUs;
    private int usedDimensions;
    private int usedMetrics;
    /** Bytes that each row takes in the columns in use, times and ids aside. */
    private int columnBytesPerRow;
    private int dictionaryBytes;

    /** A builder of batches for one shard of a table, given by its index in the table. */
    public BatchBuilder(final TableBinding binding, final int shardIndex) {
        this.binding = binding;
        this.shardId = binding.shardId(shardIndex);
        this.dimensions = new DimensionColumn[binding.dimensions().size()];
        this.metrics = new MetricColumn[binding.metrics().size()];
        this.touchedDimensions = new int[dimensions.length];
        this.touchedMetrics = new int[metrics.length];
        this.dimensionTouched = new boolean[dimensions.length];
        this.metricTouched = new boolean[metrics.length];
    }

    /** What the batches are built for. */
    public TableBinding binding() {
        return binding;
    }

    /** Catalog id of the shard. */
    public int shardId() {
        return shardId;
    }

    /** Rows ended since the last {@link #encode}. */
    public int rowCount() {
        return rowCount;
    }

    /** Begins a row: its event time and the two halves of its {@link EventIdHash}. */
    public void startRow(final long eventTimeUs, final long idHigh, final long idLow) {
        if (rowOpen) {
            throw new IllegalStateException("the former row was neither ended nor aborted");
        }
        if (rowCount == eventTimesUs.length) {
            eventTimesUs = Arrays.copyOf(eventTimesUs, rowCount * 2);
            ids = Arrays.copyOf(ids, rowCount * 4);
        }
        rowOpen = true;
        eventTimesUs[rowCount] = eventTimeUs;
        ids[2 * rowCount] = idHigh;
        ids[2 * rowCount + 1] = idLow;
    }

    /** Gives the row a value of a dimension, UTF-8. Given twice, the last one stands. */
    public void dimension(final int ordinal, final byte[] value, final int offset, final int length) {
        if (source.byteArray() != value) {
            source.wrap(value);
        }
        dimension(ordinal, source, offset, length);
    }

    /** Gives the row a value of a dimension, UTF-8. Given twice, the last one stands. */
    public void dimension(final int ordinal, final DirectBuffer value, final int offset, final int length) {
        if (!rowOpen) {
            throw new IllegalStateException("no row was started");
        }
        if (length > MAX_VALUE_BYTES) {
            throw new IllegalArgumentException("a dimension's value exceeds 1 KiB");
        }
        DimensionColumn column = dimensions[ordinal];
        if (column == null) {
            column = new DimensionColumn();
            dimensions[ordinal] = column;
        }
        if (!dimensionTouched[ordinal]) {
            dimensionTouched[ordinal] = true;
            touchedDimensions[touchedDimensionCount++] = ordinal;
            column.beginRow();
        }
        final int distinctBefore = column.distinct();
        column.set(rowCount, value, offset, length);
        if (column.distinct() != distinctBefore) {
            account(distinctBefore, column.distinct(), length);
        }
    }

    /** Gives the row a value of a metric, finite. Given twice, the last one stands. */
    public void metric(final int ordinal, final double value) {
        if (!rowOpen) {
            throw new IllegalStateException("no row was started");
        }
        MetricColumn column = metrics[ordinal];
        if (column == null) {
            column = new MetricColumn();
            metrics[ordinal] = column;
        }
        if (!metricTouched[ordinal]) {
            metricTouched[ordinal] = true;
            touchedMetrics[touchedMetricCount++] = ordinal;
            if (column.valueCount() == 0) {
                usedMetrics++;
                columnBytesPerRow += Double.BYTES;
            }
        }
        column.set(rowCount, value);
    }

    /**
     * Ends the row.
     *
     * @return false if it does not fit beside the others, by size, count or range of time. It is rolled back: encode, then build it again.
     *         If
     *     {@link #rowCount()} is 0, the row is too large for any batch.
     */
    public boolean endRow() {
        if (!rowOpen) {
            throw new IllegalStateException("no row was started");
        }
        final long eventTimeUs = eventTimesUs[rowCount];
        final long newMinUs = rowCount == 0 ? eventTimeUs : Math.min(minEventTimeUs, eventTimeUs);
        final long newMaxUs = rowCount == 0 ? eventTimeUs : Math.max(maxEventTimeUs, eventTimeUs);
        if (rowCount == MAX_ROWS || newMaxUs - newMinUs < 0 || boundBytes(rowCount + 1, newMaxUs - newMinUs) > MAX_BATCH_BYTES) {
            abortRow();
            return false;
        }
        minEventTimeUs = newMinUs;
        maxEventTimeUs = newMaxUs;
        rowCount++;
        closeRow();
        return true;
    }

    /** Forgets the row that was started, if any. */
    public void abortRow() {
        if (!rowOpen) {
            return;
        }
        for (int i = 0; i < touchedDimensionCount; i++) {
            final DimensionColumn column = dimensions[touchedDimensions[i]];
            final int distinct = column.distinct();
            final int bytes = column.valueBytes();
            column.rollBack(rowCount);
            if (column.distinct() != distinct) {
                account(distinct, column.distinct(), column.valueBytes() - bytes);
            }
        }
        for (int i = 0; i < touchedMetricCount; i++) {
            final MetricColumn column = metrics[touchedMetrics[i]];
            column.rollBack(rowCount);
            if (column.valueCount() == 0) {
                usedMetrics--;
                columnBytesPerRow -= Double.BYTES;
            }
        }
        closeRow();
    }

    /**
     * Encodes the rows as a whole message, position fields 0, both checksums set, and starts over.
     *
     * @param target with room for {@link #MAX_BATCH_BYTES}; {@code offset} a multiple of 8.
     * @return length of the message, 0 if there were no rows.
     */
    public int encode(final MutableDirectBuffer target, final int offset, final long acceptTimeUs) {
        if (rowOpen) {
            throw new IllegalStateException("a row is open");
        }
        if (rowCount == 0) {
            return 0;
        }
        final int columnCount = 2 + usedDimensions + usedMetrics;
        final int descriptors = offset + BatchLayout.HEADER_BYTES + BatchLayout.BLOCK_BYTES + BatchLayout.GROUP_HEADER_BYTES;
        final int bodyLengthAt = descriptors + columnCount * BatchLayout.COLUMN_BYTES;
        final int bodyAt = bodyLengthAt + BatchLayout.BODY_LENGTH_BYTES;

        encodeRoot(target, offset, acceptTimeUs);
        final int group = descriptors - BatchLayout.GROUP_HEADER_BYTES;
        target.putShort(group, (short) BatchLayout.COLUMN_BYTES, ByteOrder.LITTLE_ENDIAN);
        target.putShort(group + 2, (short) columnCount, ByteOrder.LITTLE_ENDIAN);

        int end = encodeTimes(target, descriptors, bodyAt);
        int descriptor = descriptors + BatchLayout.COLUMN_BYTES;
        end = encodeIds(target, descriptor, bodyAt, end);
        for (int i = 0; i < dimensions.length; i++) {
            if (dimensions[i] != null && dimensions[i].distinct() != 0) {
                descriptor += BatchLayout.COLUMN_BYTES;
                end = encodeDimension(target, descriptor, bodyAt, end, i);
            }
        }
        for (int i = 0; i < metrics.length; i++) {
            if (metrics[i] != null && metrics[i].valueCount() != 0) {
                descriptor += BatchLayout.COLUMN_BYTES;
                end = encodeMetric(target, descriptor, bodyAt, end, i);
            }
        }
        target.putInt(bodyLengthAt, end, ByteOrder.LITTLE_ENDIAN);

        final int length = bodyAt + end - offset;
        final int behindRoot = BatchLayout.HEADER_BYTES + BatchLayout.BLOCK_BYTES;
        final int bodyChecksum = checksum.of(target, offset + behindRoot, length - behindRoot);
        target.putInt(offset + BatchLayout.BODY_CHECKSUM, bodyChecksum, ByteOrder.LITTLE_ENDIAN);
        BatchPosition.seal(target, offset);
        reset();
        return length;
    }

    /** Forgets all rows. */
    public void reset() {
        abortRow();
        for (final DimensionColumn column : dimensions) {
            if (column != null && column.distinct() != 0) {
                column.reset(rowCount);
            }
        }
        for (final MetricColumn column : metrics) {
            if (column != null && column.valueCount() != 0) {
                column.reset(rowCount);
            }
        }
        rowCount = 0;
        usedDimensions = 0;
        usedMetrics = 0;
        columnBytesPerRow = 0;
        dictionaryBytes = 0;
    }

    private void encodeRoot(final MutableDirectBuffer target, final int offset, final long acceptTimeUs) {
        target.putShort(offset, (short) IngestBatchEncoder.BLOCK_LENGTH, ByteOrder.LITTLE_ENDIAN);
        target.putShort(offset + 2, (short) IngestBatchEncoder.TEMPLATE_ID, ByteOrder.LITTLE_ENDIAN);
        target.putShort(offset + 4, (short) IngestBatchEncoder.SCHEMA_ID, ByteOrder.LITTLE_ENDIAN);
        target.putShort(offset + 6, (short) IngestBatchEncoder.SCHEMA_VERSION, ByteOrder.LITTLE_ENDIAN);
        encoder.wrap(target, offset + BatchLayout.HEADER_BYTES)
            .gatewayId(0)
            .shardId(shardId)
            .incarnation(0)
            .sequence(0)
            .previousIncarnation(0)
            .previousSequence(0)
            .acceptTimeUs(acceptTimeUs)
            .minEventTimeUs(minEventTimeUs)
            .maxEventTimeUs(maxEventTimeUs)
            .tableId(binding.tableId())
            .layoutVersion(binding.layoutVersion())
            .schemaVersion(binding.schemaVersion())
            .rowCount(rowCount);
    }

    private int encodeTimes(final MutableDirectBuffer target, final int descriptor, final int bodyAt) {
        final int width = timeWidth(maxEventTimeUs - minEventTimeUs);
        if (width == Integer.BYTES) {
            for (int i = 0; i < rowCount; i++) {
                target.putInt(bodyAt + i * Integer.BYTES, (int) (eventTimesUs[i] - minEventTimeUs), ByteOrder.LITTLE_ENDIAN);
            }
        } else {
            for (int i = 0; i < rowCount; i++) {
                target.putLong(bodyAt + i * Long.BYTES, eventTimesUs[i] - minEventTimeUs, ByteOrder.LITTLE_ENDIAN);
            }
        }
        describe(target, descriptor, 0, rowCount * width, 0, 0);
        kind(target, descriptor, 0, BatchLayout.KIND_EVENT_TIME, width, 0);
        return padded(target, bodyAt, rowCount * width);
    }

    private int encodeIds(final MutableDirectBuffer target, final int descriptor, final int bodyAt, final int start) {
        for (int i = 0; i < 2 * rowCount; i++) {
            target.putLong(bodyAt + start + i * Long.BYTES, ids[i], ByteOrder.LITTLE_ENDIAN);
        }
        describe(target, descriptor, start, rowCount * 16, 0, 0);
        kind(target, descriptor, 0, BatchLayout.KIND_EVENT_ID, 16, 0);
        return start + rowCount * 16;
    }

    private int encodeDimension(
        final MutableDirectBuffer target, final int descriptor, final int bodyAt, final int start, final int ordinal) {
        final DimensionColumn column = dimensions[ordinal];
        final int width = BatchLayout.codeWidth(column.distinct());
        final int lengthBytes = rowCount * width;
        column.encodeCodes(target, bodyAt + start, rowCount, width);
        final int extra = padded(target, bodyAt, start + lengthBytes);
        column.encodeDictionary(target, bodyAt + extra);
        final int extraBytes = column.distinct() * Integer.BYTES + column.valueBytes();
        describe(target, descriptor, start, lengthBytes, extra, extraBytes);
        kind(target, descriptor, ordinal, BatchLayout.KIND_DIMENSION, width, column.distinct());
        return padded(target, bodyAt, extra + extraBytes);
    }

    private int encodeMetric(
        final MutableDirectBuffer target, final int descriptor, final int bodyAt, final int start, final int ordinal) {
        final MetricColumn column = metrics[ordinal];
        final int lengthBytes = rowCount * Double.BYTES;
        column.encodeValues(target, bodyAt + start, rowCount);
        final int extra = start + lengthBytes;
        final int extraBytes = column.valueCount() == rowCount ? 0 : rowCount + 7 >>> 3;
        if (extraBytes != 0) {
            column.encodeNulls(target, bodyAt + extra, rowCount);
        }
        describe(target, descriptor, start, lengthBytes, extraBytes == 0 ? 0 : extra, extraBytes);
        kind(target, descriptor, ordinal, BatchLayout.KIND_METRIC, Double.BYTES, 0);
        return padded(target, bodyAt, extra + extraBytes);
    }

    private static void describe(
        final MutableDirectBuffer target,
        final int descriptor,
        final int offset,
        final int length,
        final int extra,
        final int extraLength) {
        target.putInt(descriptor + BatchLayout.COLUMN_OFFSET, offset, ByteOrder.LITTLE_ENDIAN);
        target.putInt(descriptor + BatchLayout.COLUMN_LENGTH, length, ByteOrder.LITTLE_ENDIAN);
        target.putInt(descriptor + BatchLayout.COLUMN_EXTRA_OFFSET, extra, ByteOrder.LITTLE_ENDIAN);
        target.putInt(descriptor + BatchLayout.COLUMN_EXTRA_LENGTH, extraLength, ByteOrder.LITTLE_ENDIAN);
    }

    private static void kind(
        final MutableDirectBuffer target, final int descriptor, final int ordinal, final byte kind, final int width, final int distinct) {
        target.putShort(descriptor + BatchLayout.COLUMN_ORDINAL, (short) ordinal, ByteOrder.LITTLE_ENDIAN);
        target.putByte(descriptor + BatchLayout.COLUMN_KIND, kind);
        target.putByte(descriptor + BatchLayout.COLUMN_WIDTH, (byte) width);
        target.putInt(descriptor + BatchLayout.COLUMN_DISTINCT, distinct, ByteOrder.LITTLE_ENDIAN);
    }

    /** Zeroes the gap up to the next array. */
    private static int padded(final MutableDirectBuffer target, final int bodyAt, final int length) {
        final int aligned = BatchLayout.align8(length);
        for (int i = length; i < aligned; i++) {
            target.putByte(bodyAt + i, (byte) 0);
        }
        return aligned;
    }

    /** An upper bound of the encoded length, at most a few bytes an array and a bitmap a metric above it. */
    private int boundBytes(final int rows, final long rangeUs) {
        return FIXED_BYTES + BatchLayout.COLUMN_BYTES * (usedDimensions + usedMetrics)
            + rows * (timeWidth(rangeUs) + 16 + columnBytesPerRow)
            + dictionaryBytes
            + usedMetrics * (rows + 7 >>> 3)
            + ALIGNMENT_BYTES * (2 + 2 * usedDimensions + 2 * usedMetrics);
    }

    private void account(final int distinctBefore, final int distinctNow, final int valueBytesDelta) {
        dictionaryBytes += (distinctNow - distinctBefore) * Integer.BYTES + valueBytesDelta;
        final int before = distinctBefore == 0 ? 0 : BatchLayout.codeWidth(distinctBefore);
        final int now = distinctNow == 0 ? 0 : BatchLayout.codeWidth(distinctNow);
        columnBytesPerRow += now - before;
        usedDimensions += (distinctNow == 0 ? 0 : 1) - (distinctBefore == 0 ? 0 : 1);
    }

    private void closeRow() {
        for (int i = 0; i < touchedDimensionCount; i++) {
            dimensionTouched[touchedDimensions[i]] = false;
        }
        for (int i = 0; i < touchedMetricCount; i++) {
            metricTouched[touchedMetrics[i]] = false;
        }
        touchedDimensionCount = 0;
        touchedMetricCount = 0;
        rowOpen = false;
    }

    private static int timeWidth(final long rangeUs) {
        return rangeUs <= 0xffff_ffffL ? Integer.BYTES : Long.BYTES;
    }
}
