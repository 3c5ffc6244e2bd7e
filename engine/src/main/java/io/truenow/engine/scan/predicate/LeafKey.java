package io.truenow.engine.scan.predicate;

import io.truenow.codecs.query.PredicateKind;
import org.agrona.DirectBuffer;

import java.util.Arrays;

/** What an IN or CONTAINS asks of a dimension, by content. Reused by its predicate; what is remembered by it is remembered by a copy. */
final class LeafKey {
    private PredicateKind kind;
    private int dimension;
    private boolean nullMatches;
    private int[] lengths = new int[1];
    private int valueCount;
    private byte[] bytes = new byte[16];
    private int byteCount;
    private int hash;

    LeafKey() {
    }

    /** Begins with no values. */
    void begin(final PredicateKind newKind, final int newDimension, final boolean newNullMatches) {
        kind = newKind;
        dimension = newDimension;
        nullMatches = newNullMatches;
        valueCount = 0;
        byteCount = 0;
        hash = newDimension * 31 + newKind.value();
    }

    /** One more value. */
    void value(final DirectBuffer buffer, final int offset, final int length) {
        lengths = valueCount < lengths.length ? lengths : Arrays.copyOf(lengths, valueCount * 2);
        lengths[valueCount++] = length;
        bytes = byteCount + length <= bytes.length ? bytes : Arrays.copyOf(bytes, Math.max(byteCount + length, bytes.length * 2));
        buffer.getBytes(offset, bytes, byteCount, length);
        for (int i = byteCount; i < byteCount + length; i++) {
            hash = hash * 31 + bytes[i];
        }
        byteCount += length;
        hash = hash * 31 + length;
    }

    /** Another one that stays as it is. */
    LeafKey copy() {
        final LeafKey copy = new LeafKey();
        copy.kind = kind;
        copy.dimension = dimension;
        copy.nullMatches = nullMatches;
        copy.lengths = Arrays.copyOf(lengths, valueCount);
        copy.valueCount = valueCount;
        copy.bytes = Arrays.copyOf(bytes, byteCount);
        copy.byteCount = byteCount;
        copy.hash = hash;
        return copy;
    }

    int lengthBytes() {
        return byteCount + valueCount * Integer.BYTES;
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof LeafKey that && hash == that.hash && kind == that.kind && dimension == that.dimension
            && nullMatches == that.nullMatches && Arrays.equals(lengths, 0, valueCount, that.lengths, 0, that.valueCount)
            && Arrays.equals(bytes, 0, byteCount, that.bytes, 0, that.byteCount);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
