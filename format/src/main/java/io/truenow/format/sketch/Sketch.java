package io.truenow.format.sketch;

import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * A group's mergeable state beyond sums. Belongs to one thread. What it answers does not depend on how rows were divided among sketches,
 * except by what the stated bounds allow for; distinct counts and quantiles do not depend on it at all. Bounds are certain for
 * {@link QuantileSketch} and {@link TopSketch}; for {@link DistinctSketch} they hold with a probability of 99.7 %.
 *
 * <p>Serialized, little-endian, in 12 bytes and what the kind adds: {@code int32} checksum of all that follows, {@code uint8} kind,
 * {@code uint8} form, {@code uint8} detail, {@code uint8} 0, {@code int32} parameter.
 */
public sealed interface Sketch permits DistinctSketch, QuantileSketch, TopSketch {
    /**
     * An empty sketch.
     *
     * @param parameter one that the kind {@link SketchKind#accepts accepts}; 0 for the usual one.
     * @throws IllegalArgumentException if the kind does not accept it.
     */
    static Sketch create(final SketchKind kind, final int parameter) {
        return switch (kind) {
            case DISTINCT -> new DistinctSketch(parameter);
            case QUANTILES -> new QuantileSketch(parameter);
            case TOP -> new TopSketch(parameter);
        };
    }

    /** What it answers. */
    SketchKind kind();

    /** As created, the usual one in place of 0. */
    int parameter();

    /** Whether it has taken nothing. */
    boolean isEmpty();

    /** Forgets all, keeps its memory. */
    void reset();

    /** Adds a serialized sketch of the same kind and parameter. Never throws, whatever the bytes are. */
    SketchMerge merge(DirectBuffer buffer, int offset, int length);

    /** Bytes that {@link #serialize} writes at most. */
    int maxLengthBytes();

    /** Writes it and returns the length in bytes. The target must hold {@link #maxLengthBytes} from the offset, or expand. */
    int serialize(MutableDirectBuffer target, int offset);

    /** Bytes of heap held, about. */
    long heapBytes();
}
