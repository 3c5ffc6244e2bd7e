package io.truenow.hottier.predicate;

import io.truenow.codecs.query.PredicateKind;

import java.util.Arrays;

/** What an IN or CONTAINS asks of a dimension, by content. */
final class LeafKey {
    private final PredicateKind kind;
    private final int dimension;
    private final boolean nullMatches;
    private final int[] lengths;
    private final byte[] bytes;
    private final int hash;

    LeafKey(final PredicateKind kind, final int dimension, final boolean nullMatches, final int[] lengths, final byte[] bytes) {
        this.kind = kind;
        this.dimension = dimension;
        this.nullMatches = nullMatches;
        this.lengths = lengths;
        this.bytes = bytes;
        this.hash = ((Arrays.hashCode(bytes) * 31 + Arrays.hashCode(lengths)) * 31 + dimension) * 31 + kind.value();
    }

    int lengthBytes() {
        return bytes.length + lengths.length * Integer.BYTES;
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof LeafKey that && hash == that.hash && kind == that.kind && dimension == that.dimension
            && nullMatches == that.nullMatches && Arrays.equals(lengths, that.lengths) && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
