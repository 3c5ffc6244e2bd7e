package io.truenow.hottier.predicate;

import io.truenow.hottier.value.ValueTable;

/** Looks for the bytes of a CONTAINS in values. */
final class ByteSearch {
    private final byte[] wanted;
    private byte[] value = new byte[64];

    ByteSearch(final Predicate predicate, final int node) {
        wanted = new byte[predicate.valueLength(node, 0)];
        for (int i = 0; i < wanted.length; i++) {
            wanted[i] = predicate.valueByte(node, 0, i);
        }
    }

    boolean isIn(final ValueTable values, final int laneCode) {
        final int length = values.length(laneCode);
        if (length < wanted.length) {
            return false;
        }
        if (wanted.length == 0) {
            return true;
        }
        if (length > value.length) {
            value = new byte[Integer.highestOneBit(length) * 2];
        }
        values.copy(laneCode, value, 0);
        final byte first = wanted[0];
        for (int at = 0, last = length - wanted.length; at <= last; at++) {
            if (value[at] == first && isAt(at)) {
                return true;
            }
        }
        return false;
    }

    private boolean isAt(final int at) {
        for (int i = 1; i < wanted.length; i++) {
            if (value[at + i] != wanted[i]) {
                return false;
            }
        }
        return true;
    }
}
