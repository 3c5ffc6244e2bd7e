package io.truenow.format.batch;

import io.truenow.codecs.ingest.ColumnKind;
import io.truenow.codecs.ingest.IngestBatchDecoder;
import org.agrona.DirectBuffer;

import java.nio.ByteOrder;

/**
 * Reads an encoded {@code IngestBatch} in place, see {@link BatchBuilder} for its layout. Belongs to one thread; allocates nothing. Nothing
 * but {@link #wrap} and {@link #isValid} may be called before {@code isValid()} has answered true: that one is safe on any bytes, the
 * others trust it. Offsets that it gives are of the wrapped buffer.
 */
public final class BatchView {
    private static final int MIN_BYTES =
        BatchLayout.HEADER_BYTES + BatchLayout.BLOCK_BYTES + BatchLayout.GROUP_HEADER_BYTES + BatchLayout.BODY_LENGTH_BYTES;
    /** Times, ids, and what a schema can have. */
    private static final int MAX_COLUMNS = 2 + 2 * 4_096;

    private final BatchChecksum checksum = new BatchChecksum();
    private DirectBuffer buffer;
    private int offset;
    private int length;
    private int descriptors;
    private int columnStride;
    private int columnCount;
    private int body;
    private int rowCount;
    private long minEventTimeUs;
    private int timesOffset;
    private int timeWidth;
    private int idsOffset;

    /** Takes up the message that fills {@code length} bytes from {@code offset} on. */
    public BatchView wrap(final DirectBuffer buffer, final int offset, final int length) {
        this.buffer = buffer;
        this.offset = offset;
        this.length = length;
        return this;
    }

    /**
     * Whether the bytes are a batch: both checksums, bounds of every array, every code within its dictionary, every time within the batch's
     * range. False for whatever else; never an exception.
     */
    public boolean isValid() {
        return hasFrame()
            && uint32(BatchLayout.HEADER_CHECKSUM) == BatchChecksum.ofRootBlock(buffer, offset)
            && hasRange()
            && uint32(BatchLayout.BODY_CHECKSUM) == checksum.of(buffer, rootEnd(), offset + length - rootEnd())
            && hasTimesAndIds()
            && hasValues();
    }

    /** Length of the message. */
    public int lengthBytes() {
        return length;
    }

    /** The wrapped buffer. */
    public DirectBuffer buffer() {
        return buffer;
    }

    /** Where the message begins in the buffer. */
    public int offset() {
        return offset;
    }

    /** Of the position; 0 before it was assigned. */
    public int gatewayId() {
        return uint32(BatchLayout.GATEWAY_ID);
    }

    /** Catalog id of the shard. */
    public int shardId() {
        return uint32(BatchLayout.SHARD_ID);
    }

    /** Of the position; 0 before it was assigned. */
    public long incarnation() {
        return int64(BatchLayout.INCARNATION);
    }

    /** Of the position; 0 before it was assigned. */
    public long sequence() {
        return int64(BatchLayout.SEQUENCE);
    }

    /** Of the position before this one on the same shard; 0 where the journal holds none. */
    public long previousIncarnation() {
        return int64(BatchLayout.PREVIOUS_INCARNATION);
    }

    /** Of the position before this one on the same shard; 0 where the journal holds none. */
    public long previousSequence() {
        return int64(BatchLayout.PREVIOUS_SEQUENCE);
    }

    /** When the gateway accepted the batch. */
    public long acceptTimeUs() {
        return int64(BatchLayout.ACCEPT_TIME);
    }

    /** No row is earlier. */
    public long minEventTimeUs() {
        return int64(BatchLayout.MIN_EVENT_TIME);
    }

    /** No row is later. */
    public long maxEventTimeUs() {
        return int64(BatchLayout.MAX_EVENT_TIME);
    }

    /** Catalog id of the table. */
    public int tableId() {
        return uint32(BatchLayout.TABLE_ID);
    }

    /** Of the layout that the shard was chosen by. */
    public int layoutVersion() {
        return uint32(BatchLayout.LAYOUT_VERSION);
    }

    /** Of the schema that the ordinals belong to. */
    public int schemaVersion() {
        return uint32(BatchLayout.SCHEMA_VERSION);
    }

    /** 1 .. {@link BatchBuilder#MAX_ROWS}. */
    public int rowCount() {
        return rowCount;
    }

    /** Event time of a row. */
    public long eventTimeUs(final int row) {
        return minEventTimeUs + (timeWidth == Integer.BYTES
            ? buffer.getInt(timesOffset + row * Integer.BYTES, ByteOrder.LITTLE_ENDIAN) & 0xffff_ffffL
            : buffer.getLong(timesOffset + row * Long.BYTES, ByteOrder.LITTLE_ENDIAN));
    }

    /** High half of a row's event-id hash. */
    public long idHigh(final int row) {
        return buffer.getLong(idsOffset + row * 16, ByteOrder.LITTLE_ENDIAN);
    }

    /** Low half of a row's event-id hash. */
    public long idLow(final int row) {
        return buffer.getLong(idsOffset + row * 16 + 8, ByteOrder.LITTLE_ENDIAN);
    }

    /** Where the event times' array begins: offsets from {@link #minEventTimeUs}, {@link #eventTimeWidth} bytes each. */
    public int eventTimesOffset() {
        return timesOffset;
    }

    /** 4 (unsigned) or 8. */
    public int eventTimeWidth() {
        return timeWidth;
    }

    /** Where the ids' array begins: 16 bytes each, high half first. */
    public int idsOffset() {
        return idsOffset;
    }

    /** Columns with their times and ids: column 0 holds the times, 1 the ids, then dimensions by ordinal, then metrics by ordinal. */
    public int columnCount() {
        return columnCount;
    }

    /** What a column holds. */
    public ColumnKind kind(final int column) {
        return ColumnKind.get(buffer.getByte(descriptor(column) + BatchLayout.COLUMN_KIND));
    }

    /** Ordinal of the column's dimension or metric in the table's schema. */
    public int ordinal(final int column) {
        return buffer.getShort(descriptor(column) + BatchLayout.COLUMN_ORDINAL, ByteOrder.LITTLE_ENDIAN) & 0xffff;
    }

    /** Bytes a row in the column's array. */
    public int width(final int column) {
        return buffer.getByte(descriptor(column) + BatchLayout.COLUMN_WIDTH);
    }

    /** Where the column's array begins. */
    public int arrayOffset(final int column) {
        return body + uint32At(descriptor(column) + BatchLayout.COLUMN_OFFSET);
    }

    /** Values in a dimension's dictionary; their codes are 1 .. this. */
    public int distinct(final int column) {
        return uint32At(descriptor(column) + BatchLayout.COLUMN_DISTINCT);
    }

    /** Code of a row's value; 0 for null. */
    public int dimensionCode(final int column, final int row) {
        final int array = arrayOffset(column);
        return code(array, width(column), row);
    }

    /** Where a dictionary's value begins. */
    public int dictionaryOffset(final int column, final int code) {
        return valuesOffset(column) + valueStart(column, code);
    }

    /** Bytes of a dictionary's value. */
    public int dictionaryLength(final int column, final int code) {
        return uint32At(extraOffset(column) + (code - 1) * Integer.BYTES) - valueStart(column, code);
    }

    /** Where the ends of a dictionary's values begin: int32 each, since the first value's start, which is where the ends end. */
    public int dictionaryEndsOffset(final int column) {
        return extraOffset(column);
    }

    /** A row's metric; 0.0 for null. */
    public double metric(final int column, final int row) {
        return buffer.getDouble(arrayOffset(column) + row * Double.BYTES, ByteOrder.LITTLE_ENDIAN);
    }

    /** Whether any row lacks the metric. */
    public boolean hasNulls(final int column) {
        return uint32At(descriptor(column) + BatchLayout.COLUMN_EXTRA_LENGTH) != 0;
    }

    /** Where the metric's null bitmap begins, if it {@link #hasNulls}. */
    public int nullsOffset(final int column) {
        return extraOffset(column);
    }

    /** Whether a row lacks the dimension or metric of a column. */
    public boolean isNull(final int column, final int row) {
        return switch (buffer.getByte(descriptor(column) + BatchLayout.COLUMN_KIND)) {
            case BatchLayout.KIND_DIMENSION -> dimensionCode(column, row) == 0;
            case BatchLayout.KIND_METRIC ->
                hasNulls(column) && (buffer.getByte(extraOffset(column) + (row >>> 3)) & 1 << (row & 7)) != 0;
            default -> false;
        };
    }

    private boolean hasFrame() {
        if (buffer == null || offset < 0 || length < MIN_BYTES || length > BatchBuilder.MAX_BATCH_BYTES
            || buffer.capacity() - offset < length) {
            return false;
        }
        final int blockLength = uint16At(offset);
        if (blockLength < BatchLayout.BLOCK_BYTES || blockLength % 8 != 0
            || uint16At(offset + 2) != IngestBatchDecoder.TEMPLATE_ID || uint16At(offset + 4) != IngestBatchDecoder.SCHEMA_ID) {
            return false;
        }
        final int group = BatchLayout.HEADER_BYTES + blockLength;
        if (group + BatchLayout.GROUP_HEADER_BYTES > length) {
            return false;
        }
        columnStride = uint16At(offset + group);
        columnCount = uint16At(offset + group + 2);
        descriptors = offset + group + BatchLayout.GROUP_HEADER_BYTES;
        if (columnStride < BatchLayout.COLUMN_BYTES || columnStride % 8 != 0 || columnCount < 2 || columnCount > MAX_COLUMNS) {
            return false;
        }
        body = descriptors + columnCount * columnStride + BatchLayout.BODY_LENGTH_BYTES;
        return body - offset <= length && uint32At(body - BatchLayout.BODY_LENGTH_BYTES) == offset + length - body;
    }

    private boolean hasRange() {
        rowCount = uint32(BatchLayout.ROW_COUNT);
        minEventTimeUs = minEventTimeUs();
        final long maxEventTimeUs = maxEventTimeUs();
        return rowCount > 0 && rowCount <= BatchBuilder.MAX_ROWS
            && minEventTimeUs <= maxEventTimeUs && maxEventTimeUs - minEventTimeUs >= 0;
    }

    private boolean hasTimesAndIds() {
        if (kindOf(0) != BatchLayout.KIND_EVENT_TIME || kindOf(1) != BatchLayout.KIND_EVENT_ID || width(1) != 16) {
            return false;
        }
        timeWidth = width(0);
        if (timeWidth != Integer.BYTES && timeWidth != Long.BYTES || !hasArray(0) || !hasArray(1)) {
            return false;
        }
        timesOffset = arrayOffset(0);
        idsOffset = arrayOffset(1);
        final long rangeUs = maxEventTimeUs() - minEventTimeUs;
        boolean inRange = true;
        for (int row = 0; row < rowCount; row++) {
            final long sinceMinUs = eventTimeUs(row) - minEventTimeUs;
            inRange &= sinceMinUs >= 0 && sinceMinUs <= rangeUs;
        }
        return inRange;
    }

    private boolean hasValues() {
        int lastKind = BatchLayout.KIND_EVENT_ID;
        int lastOrdinal = 0;
        for (int column = 2; column < columnCount; column++) {
            final int kind = kindOf(column);
            final int ordinal = ordinal(column);
            final boolean ascending = kind > lastKind || kind == lastKind && ordinal > lastOrdinal;
            if (!ascending || kind > BatchLayout.KIND_METRIC || !hasArray(column)
                || !(kind == BatchLayout.KIND_DIMENSION ? hasDictionary(column) && hasCodes(column) : hasMetric(column))) {
                return false;
            }
            lastKind = kind;
            lastOrdinal = ordinal;
        }
        return true;
    }

    private boolean hasArray(final int column) {
        final int start = uint32At(descriptor(column) + BatchLayout.COLUMN_OFFSET);
        final int size = uint32At(descriptor(column) + BatchLayout.COLUMN_LENGTH);
        return size == rowCount * width(column) && isInBody(start, size);
    }

    private boolean hasDictionary(final int column) {
        final int extra = uint32At(descriptor(column) + BatchLayout.COLUMN_EXTRA_OFFSET);
        final int extraLength = uint32At(descriptor(column) + BatchLayout.COLUMN_EXTRA_LENGTH);
        final int distinct = distinct(column);
        if (distinct <= 0 || distinct > BatchBuilder.MAX_BATCH_BYTES
            || !isInBody(extra, extraLength) || extraLength < distinct * Integer.BYTES) {
            return false;
        }
        final int valueBytes = extraLength - distinct * Integer.BYTES;
        int last = 0;
        for (int code = 1; code <= distinct; code++) {
            final int end = uint32At(body + extra + (code - 1) * Integer.BYTES);
            if (end < last || end > valueBytes) {
                return false;
            }
            last = end;
        }
        return last == valueBytes;
    }

    private boolean hasCodes(final int column) {
        final int width = width(column);
        if (width != 1 && width != 2 && width != 4) {
            return false;
        }
        final int array = arrayOffset(column);
        final int distinct = distinct(column);
        boolean known = true;
        for (int row = 0; row < rowCount; row++) {
            final int code = code(array, width, row);
            known &= code >= 0 && code <= distinct;
        }
        return known;
    }

    private boolean hasMetric(final int column) {
        final int extra = uint32At(descriptor(column) + BatchLayout.COLUMN_EXTRA_OFFSET);
        final int extraLength = uint32At(descriptor(column) + BatchLayout.COLUMN_EXTRA_LENGTH);
        return width(column) == Double.BYTES
            && (extraLength == 0 || extraLength == rowCount + 7 >>> 3 && isInBody(extra, extraLength));
    }

    private boolean isInBody(final int start, final int size) {
        final int bodyLength = offset + length - body;
        return start >= 0 && start % 8 == 0 && size >= 0 && size <= bodyLength && start <= bodyLength - size;
    }

    private int code(final int array, final int width, final int row) {
        return switch (width) {
            case 1 -> buffer.getByte(array + row) & 0xff;
            case 2 -> buffer.getShort(array + row * 2, ByteOrder.LITTLE_ENDIAN) & 0xffff;
            default -> buffer.getInt(array + row * 4, ByteOrder.LITTLE_ENDIAN);
        };
    }

    private int valueStart(final int column, final int code) {
        return code == 1 ? 0 : uint32At(extraOffset(column) + (code - 2) * Integer.BYTES);
    }

    private int valuesOffset(final int column) {
        return extraOffset(column) + distinct(column) * Integer.BYTES;
    }

    private int extraOffset(final int column) {
        return body + uint32At(descriptor(column) + BatchLayout.COLUMN_EXTRA_OFFSET);
    }

    private int kindOf(final int column) {
        return buffer.getByte(descriptor(column) + BatchLayout.COLUMN_KIND);
    }

    private int descriptor(final int column) {
        return descriptors + column * columnStride;
    }

    private int rootEnd() {
        return descriptors - BatchLayout.GROUP_HEADER_BYTES;
    }

    private int uint32(final int field) {
        return buffer.getInt(offset + field, ByteOrder.LITTLE_ENDIAN);
    }

    private long int64(final int field) {
        return buffer.getLong(offset + field, ByteOrder.LITTLE_ENDIAN);
    }

    private int uint32At(final int index) {
        return buffer.getInt(index, ByteOrder.LITTLE_ENDIAN);
    }

    private int uint16At(final int index) {
        return buffer.getShort(index, ByteOrder.LITTLE_ENDIAN) & 0xffff;
    }
}
