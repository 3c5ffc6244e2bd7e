package io.truenow.engine.store.segment;

/** How a block holds a metric's values. */
public enum MetricEncoding {
    /** No row has a value. */
    ABSENT(0),
    /** IEEE 754 doubles; 0.0 for null. */
    DOUBLE(8),
    /** Every value is the base. */
    CONSTANT(0),
    /** Whole numbers: base + an unsigned byte. */
    UINT8(1),
    /** Whole numbers: base + an unsigned short. */
    UINT16(2),
    /** Whole numbers: base + an unsigned int. */
    UINT32(4);

    private final int widthBytes;

    MetricEncoding(final int widthBytes) {
        this.widthBytes = widthBytes;
    }

    /** Bytes a row. */
    public int widthBytes() {
        return widthBytes;
    }
}
