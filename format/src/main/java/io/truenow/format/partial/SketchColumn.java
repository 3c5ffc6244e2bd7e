package io.truenow.format.partial;

import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;
import java.util.Arrays;

/** The serialized sketches of a part's groups, one behind the other. Belongs to the writer. */
final class SketchColumn {
    private final ExpandableArrayBuffer bytes = new ExpandableArrayBuffer(1_024);
    private int[] ends = new int[64];

    /** The group has none until told. Those of earlier groups stay. */
    void beginGroup(final int group) {
        if (group == ends.length) {
            ends = Arrays.copyOf(ends, group * 2);
        }
        ends[group] = start(group);
    }

    void set(final int group, final DirectBuffer source, final int offset, final int length) {
        final int start = start(group);
        bytes.putBytes(start, source, offset, length);
        ends[group] = start + length;
    }

    int end(final int group) {
        return ends[group];
    }

    /** Returns where it ends. */
    int encode(final MutableDirectBuffer target, final int at, final int groupCount) {
        for (int group = 0; group < groupCount; group++) {
            target.putInt(at + group * Integer.BYTES, ends[group], ByteOrder.LITTLE_ENDIAN);
        }
        final int length = start(groupCount);
        target.putBytes(at + groupCount * Integer.BYTES, bytes, 0, length);
        return at + groupCount * Integer.BYTES + length;
    }

    private int start(final int group) {
        return group == 0 ? 0 : ends[group - 1];
    }
}
