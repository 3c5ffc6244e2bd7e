package io.truenow.engine.store.sealed;

import io.truenow.engine.store.segment.Block;

/**
 * Sizes and places within the sections of a segment file; docs/segment-format.md tells the whole.
 *
 * <pre>
 *   zone map of a block, for D dimensions and M metrics:
 *     int32 least time offset, int32 greatest
 *     D times: int32 least code, int32 greatest, bit[256] codes that occur, where the greatest is below 256
 *     M times: int32 encoding, int32 flags, int64 offset in the metric's section, int64 offset in its null bits or -1,
 *              double base, double least, double greatest
 * </pre>
 */
public final class SealedFormat {
    /** Entries of the index per second. */
    public static final int SECONDS_ENTRIES = 601;
    /** Bytes of null bits of a block. */
    public static final int NULL_BYTES = Block.MAX_ROWS / Byte.SIZE;
    /** Dimensions of more values have postings. */
    public static final int MAX_VALUES_WITHOUT_POSTINGS = 256;
    /** Bytes of an id. */
    public static final int ID_BYTES = 16;

    /** Bytes of a zone map before its dimensions. */
    public static final int ZONE_TIMES_BYTES = 8;
    /** Bytes of a dimension's part. */
    public static final int ZONE_DIMENSION_BYTES = 40;
    /** Where the codes' bits are in it. */
    public static final int ZONE_CODE_BITS = 8;
    /** Codes that have a bit. */
    public static final int ZONE_CODES = 256;
    /** Bytes of a metric's part. */
    public static final int ZONE_METRIC_BYTES = 48;
    /** Where a metric's flags are in its part. */
    public static final int ZONE_FLAGS = 4;
    /** Offset of the block's values in the metric's section. */
    public static final int ZONE_VALUES = 8;
    /** Offset of its null bits in their section, or -1. */
    public static final int ZONE_NULLS = 16;
    /** Added to each stored value. */
    public static final int ZONE_BASE = 24;
    /** No value is less. */
    public static final int ZONE_MIN = 32;
    /** No value is greater. */
    public static final int ZONE_MAX = 40;
    /** Flag: all values are whole numbers of at most {@link Block#MAX_INTEGER} in size. */
    public static final int FLAG_INTEGER = 1;

    /** So many ids share an entry of the index, or up to twice as many: two to four cache lines. */
    private static final int IDS_PER_ENTRY = 8;

    private SealedFormat() {
    }

    /** Blocks of so many rows. */
    public static int blockCount(final int rows) {
        return (rows + Block.MAX_ROWS - 1) / Block.MAX_ROWS;
    }

    /** Bytes of a zone map. */
    public static int zoneBytes(final int dimensions, final int metrics) {
        return ZONE_TIMES_BYTES + dimensions * ZONE_DIMENSION_BYTES + metrics * ZONE_METRIC_BYTES;
    }

    /** Where a metric's part of a zone map begins. */
    public static int zoneMetric(final int dimensions, final int metric) {
        return zoneBytes(dimensions, metric);
    }

    /** Where a dimension's part of a zone map begins. */
    public static int zoneDimension(final int dimension) {
        return zoneBytes(dimension, 0);
    }

    /** Bytes of a code, for a dictionary of so many values. */
    public static int codeWidthBytes(final int values) {
        if (values == 0) {
            return 0;
        }
        return values <= 0xFF ? Byte.BYTES : values <= 0xFFFF ? Short.BYTES : Integer.BYTES;
    }

    /** First bits of an id's low half by which the index is entered. */
    public static int idIndexBits(final int rows) {
        return Integer.SIZE - 1 - Integer.numberOfLeadingZeros(Math.max(1, rows / IDS_PER_ENTRY));
    }

    /** Entry of the index for an id. */
    public static int idIndexEntry(final long idLow, final int bits) {
        // a shift by 64 would be a shift by none
        return (int) (idLow >>> 1 >>> Long.SIZE - 1 - bits);
    }

    /** Order of ids. */
    public static int compareIds(final long low, final long high, final long otherLow, final long otherHigh) {
        final int byLow = Long.compareUnsigned(low, otherLow);
        return byLow != 0 ? byLow : Long.compareUnsigned(high, otherHigh);
    }
}
