package io.truenow.engine.scan.predicate;

import io.truenow.engine.store.value.ValueTable;

/** Looks for the bytes of a CONTAINS in values. Reused. */
final class ByteSearch {
    private byte[] wanted = new byte[16];
    private int wantedLength;
    private byte[] value = new byte[64];

    /** Begins with a node's text. */
    void begin(final Predicate predicate, final int node) {
        wantedLength = predicate.valueLength(node, 0);
        wanted = wantedLength <= wanted.length ? wanted : new byte[wantedLength];
        for (int i = 0; i < wantedLength; i++) {
            wanted[i] = predicate.valueByte(node, 0, i);
        }
    }

    boolean isIn(final ValueTable values, final int laneCode) {
        final int length = values.length(laneCode);
        if (length < wantedLength) {
            return false;
        }
        if (wantedLength == 0) {
            return true;
        }
        if (length > value.length) {
            value = new byte[Integer.highestOneBit(length) * 2];
        }
        values.copy(laneCode, value, 0);
        final byte first = wanted[0];
        for (int at = 0, last = length - wantedLength; at <= last; at++) {
            if (value[at] == first && isAt(at)) {
                return true;
            }
        }
        return false;
    }

    private boolean isAt(final int at) {
        for (int i = 1; i < wantedLength; i++) {
            if (value[at + i] != wanted[i]) {
                return false;
            }
        }
        return true;
    }
}
