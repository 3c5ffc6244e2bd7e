package io.truenow.hottier.sketch;

import io.truenow.client.sketch.ValueHash;
import io.truenow.hottier.value.ValueTable;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.Arrays;

/**
 * Bytes and hashes of a lane's values, for one query at a time: while it holds its segments, a lane code stands for one value. Hashes are
 * computed once for each value, unless codes are very large.
 */
public final class LaneValues {
    private static final int MAX_KNOWN = 1 << 21;
    private static final int KEPT_KNOWN = 1 << 18;

    private final ValueTable values;
    private byte[] bytes = new byte[256];
    private final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
    /** By lane code; 0 for not known. */
    private long[] hashes = new long[1_024];
    private int known;

    /** Values of a lane. */
    public LaneValues(final ValueTable values) {
        this.values = values;
    }

    /** Another query begins: codes may stand for other values. */
    public void begin() {
        if (hashes.length > KEPT_KNOWN) {
            hashes = new long[1_024];
        } else if (known > 0) {
            Arrays.fill(hashes, 0);
        }
        known = 0;
    }

    /** The hash by which sketches know a value. */
    public long hash(final int laneCode) {
        if (laneCode >= hashes.length) {
            if (laneCode >= MAX_KNOWN) {
                return computed(laneCode);
            }
            hashes = Arrays.copyOf(hashes, Integer.highestOneBit(laneCode) * 2);
        }
        long hash = hashes[laneCode];
        if (hash == 0) {
            hash = computed(laneCode);
            hashes[laneCode] = hash;
            known++;
        }
        return hash;
    }

    /** Bytes of a value. */
    public int length(final int laneCode) {
        return values.length(laneCode);
    }

    /** A value from index 0 on; valid until the next call. */
    public DirectBuffer bytes(final int laneCode) {
        final int length = values.length(laneCode);
        if (length > bytes.length) {
            bytes = new byte[length * 2];
            buffer.wrap(bytes);
        }
        values.copy(laneCode, bytes, 0);
        return buffer;
    }

    private long computed(final int laneCode) {
        final DirectBuffer value = bytes(laneCode);
        return ValueHash.of(value, 0, values.length(laneCode));
    }
}
