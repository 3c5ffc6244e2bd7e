package io.truenow.engine.scan.group;

import io.truenow.engine.scan.kernel.MetricState;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A query's groups over all segments: bucket and lane codes (0 for null), with their aggregates. Open addressing in native memory: slots of
 * {@code int32} group + 1, and for each group {@code int64} bucket and {@code int32} lane codes, padded to a multiple of 8. Reused.
 */
public final class ResultGroups {
    private static final int INITIAL_GROUPS = 64;
    private static final long KEPT_BYTES = 1 << 16;
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    /** All is aligned; these layouts save the check of it. */
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    private final GroupStates states;
    private final GroupArray slots;
    private final GroupArray keys;
    private int dimensionCount;
    private int keyBytes;
    /** Groups that there is room for; slots are four times as many, so that probes are short. */
    private int capacity;
    private int size;

    /** Groups that hold no memory yet. */
    public ResultGroups(final GroupMemory memory) {
        this.states = new GroupStates(memory);
        this.slots = new GroupArray(memory);
        this.keys = new GroupArray(memory);
    }

    /** Starts over; the caller then tells {@link #states} what metrics keep. */
    public void begin(final int newDimensionCount, final int metricCount) {
        dimensionCount = newDimensionCount;
        keyBytes = Long.BYTES + (newDimensionCount * Integer.BYTES + 7 & ~7);
        size = 0;
        capacity = 0;
        states.begin(metricCount);
    }

    /** Groups found. */
    public int size() {
        return size;
    }

    /** Aggregates by group. */
    public GroupStates states() {
        return states;
    }

    /** Start of a group's bucket. */
    public long bucketUs(final int group) {
        return MEMORY.get(LONG, key(group));
    }

    /** Lane code of a group's value, 0 for null. */
    public int laneCode(final int group, final int dimension) {
        return MEMORY.get(INT, key(group) + Long.BYTES + (long) dimension * Integer.BYTES);
    }

    /** Rows of a group. */
    public long rows(final int group) {
        return states.rows(group);
    }

    /** Rows of a group that carry the metric. */
    public long count(final int metric, final int group) {
        return MetricState.count(states.record(metric, group));
    }

    /** The same with the scales of sum and squared deviations, see {@link MetricState}. */
    public long word(final int metric, final int group) {
        return MetricState.word(states.record(metric, group));
    }

    /** Sum, rounded, as it is scaled. */
    public double sum(final int metric, final int group) {
        return MetricState.roundedSum(states.record(metric, group));
    }

    /** What the rounded sum lost, as it is scaled. */
    public double compensation(final int metric, final int group) {
        return MetricState.compensation(states.record(metric, group));
    }

    /** Least value; says nothing if it was not asked for. */
    public double min(final int metric, final int group) {
        return MetricState.min(states.record(metric, group));
    }

    /** Greatest value; says nothing if it was not asked for. */
    public double max(final int metric, final int group) {
        return MetricState.max(states.record(metric, group));
    }

    /** Sum of squared deviations from the mean, as it is scaled; NaN if moments were not asked for. */
    public double m2(final int metric, final int group) {
        return MetricState.m2(states.record(metric, group));
    }

    /** The group of a bucket and lane codes, new if need be; -1 if there is no memory for it. */
    public int groupOf(final long bucketUs, final int[] codes) {
        final int hash = hash(bucketUs, codes);
        if (size == capacity && !grow()) {
            return -1;
        }
        final int mask = capacity * 4 - 1;
        final long slotsAt = slots.address();
        int slot = hash & mask;
        int found = MEMORY.get(INT, slotsAt + (long) slot * Integer.BYTES);
        while (found != 0) {
            if (isEqual(found - 1, bucketUs, codes)) {
                return found - 1;
            }
            slot = slot + 1 & mask;
            found = MEMORY.get(INT, slotsAt + (long) slot * Integer.BYTES);
        }
        if (!states.extend(size + 1)) {
            return -1;
        }
        final long at = key(size);
        MEMORY.set(LONG, at, bucketUs);
        for (int i = 0; i < dimensionCount; i++) {
            MEMORY.set(INT, at + Long.BYTES + (long) i * Integer.BYTES, codes[i]);
        }
        MEMORY.set(INT, slotsAt + (long) slot * Integer.BYTES, ++size);
        return size - 1;
    }

    /** Bytes held. */
    public long usedBytes() {
        return slots.capacityBytes() + keys.capacityBytes() + states.usedBytes();
    }

    /** A query is over: large arrays go back. */
    public void end() {
        size = 0;
        capacity = 0;
        slots.releaseAbove(KEPT_BYTES);
        keys.releaseAbove(KEPT_BYTES);
        states.end();
    }

    /** Gives all memory back. */
    public void close() {
        size = 0;
        capacity = 0;
        slots.release();
        keys.release();
        states.close();
    }

    private boolean isEqual(final int group, final long bucketUs, final int[] codes) {
        final long at = key(group);
        if (MEMORY.get(LONG, at) != bucketUs) {
            return false;
        }
        for (int i = 0; i < dimensionCount; i++) {
            if (MEMORY.get(INT, at + Long.BYTES + (long) i * Integer.BYTES) != codes[i]) {
                return false;
            }
        }
        return true;
    }

    private boolean grow() {
        final int larger = capacity == 0 ? INITIAL_GROUPS : capacity * 2;
        if (larger > 1 << 28
            || !keys.ensure((long) larger * keyBytes, (long) size * keyBytes)
            || !slots.ensure((long) larger * 4 * Integer.BYTES, 0)) {
            return false;
        }
        capacity = larger;
        final int mask = capacity * 4 - 1;
        final long slotsAt = slots.address();
        for (long at = slotsAt, end = slotsAt + (long) capacity * 4 * Integer.BYTES; at < end; at += Long.BYTES) {
            MEMORY.set(LONG, at, 0L);
        }
        for (int group = 0; group < size; group++) {
            int slot = hashOf(group) & mask;
            while (MEMORY.get(INT, slotsAt + (long) slot * Integer.BYTES) != 0) {
                slot = slot + 1 & mask;
            }
            MEMORY.set(INT, slotsAt + (long) slot * Integer.BYTES, group + 1);
        }
        return true;
    }

    private long key(final int group) {
        return keys.address() + (long) group * keyBytes;
    }

    private int hash(final long bucketUs, final int[] codes) {
        long hash = bucketUs * 0x9E37_79B9_7F4A_7C15L;
        for (int i = 0; i < dimensionCount; i++) {
            hash = mixed(hash, codes[i]);
        }
        return (int) (hash ^ hash >>> 32);
    }

    private int hashOf(final int group) {
        long hash = bucketUs(group) * 0x9E37_79B9_7F4A_7C15L;
        for (int i = 0; i < dimensionCount; i++) {
            hash = mixed(hash, laneCode(group, i));
        }
        return (int) (hash ^ hash >>> 32);
    }

    private static long mixed(final long hash, final int code) {
        return (hash ^ hash >>> 29 ^ code) * 0xBF58_476D_1CE4_E5B9L;
    }
}
