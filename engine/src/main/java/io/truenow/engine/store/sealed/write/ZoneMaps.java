package io.truenow.engine.store.sealed.write;

import io.truenow.engine.store.sealed.SealedFormat;
import io.truenow.engine.store.segment.MetricEncoding;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The zone maps of a segment under way, see {@link SealedFormat}. One thread. */
final class ZoneMaps {
    private final int dimensionCount;
    private final int zoneBytes;
    private final ByteBuffer buffer;

    ZoneMaps(final int blocks, final int dimensionCount, final int metricCount) {
        this.dimensionCount = dimensionCount;
        this.zoneBytes = SealedFormat.zoneBytes(dimensionCount, metricCount);
        this.buffer = ByteBuffer.allocate(Math.multiplyExact(blocks, zoneBytes)).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** All of them. */
    byte[] bytes() {
        return buffer.array();
    }

    /** Times of a block. */
    void times(final int block, final int minOffsetUs, final int maxOffsetUs) {
        buffer.putInt(block * zoneBytes, minOffsetUs);
        buffer.putInt(block * zoneBytes + Integer.BYTES, maxOffsetUs);
    }

    /** Codes of a dimension in a block; the bits, four longs, count if the greatest is below 256. */
    void codes(final int block, final int ordinal, final int minCode, final int maxCode, final long[] bits) {
        final int at = block * zoneBytes + SealedFormat.zoneDimension(ordinal);
        buffer.putInt(at, minCode);
        buffer.putInt(at + Integer.BYTES, maxCode);
        if (maxCode < SealedFormat.ZONE_CODES) {
            for (int i = 0; i < bits.length; i++) {
                buffer.putLong(at + SealedFormat.ZONE_CODE_BITS + i * Long.BYTES, bits[i]);
            }
        }
    }

    /** How a metric's values in a block are held and what they are between. */
    void metric(final int block, final int ordinal, final MetricEncoding encoding, final ValueRange range) {
        final int at = metricAt(block, ordinal);
        buffer.putInt(at, encoding.ordinal());
        buffer.putInt(at + SealedFormat.ZONE_FLAGS, range.isInteger() ? SealedFormat.FLAG_INTEGER : 0);
        final boolean isNarrowed = encoding != MetricEncoding.ABSENT && encoding != MetricEncoding.DOUBLE;
        buffer.putDouble(at + SealedFormat.ZONE_BASE, isNarrowed ? range.min() : 0);
        buffer.putDouble(at + SealedFormat.ZONE_MIN, range.min());
        buffer.putDouble(at + SealedFormat.ZONE_MAX, range.max());
    }

    /** Where they are in the sections of the metric; -1 for no null bits. */
    void metricPlace(final int block, final int ordinal, final long values, final long nulls) {
        final int at = metricAt(block, ordinal);
        buffer.putLong(at + SealedFormat.ZONE_VALUES, values);
        buffer.putLong(at + SealedFormat.ZONE_NULLS, nulls);
    }

    private int metricAt(final int block, final int ordinal) {
        return block * zoneBytes + SealedFormat.zoneMetric(dimensionCount, ordinal);
    }
}
