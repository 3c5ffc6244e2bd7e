package io.truenow.engine.scan.group;

import io.truenow.engine.scan.kernel.BlockKernel;
import io.truenow.engine.scan.kernel.MetricState;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Aggregates by group in native memory: {@code int64} rows a group, and for each metric an array of {@link MetricState records}. Arrays
 * move as groups are added: ask for addresses anew after each {@link #extend}.
 */
public final class GroupStates {
    /** Larger arrays are given back when a query ends. */
    private static final long KEPT_BYTES = 1 << 16;
    private static final int MIN_GROUPS = 16;

    private final GroupMemory memory;
    private final GroupArray rows;
    private GroupArray[] metrics = new GroupArray[0];
    private int[] wanted = new int[0];
    private int metricCount;
    private int groups;

    /** States that hold no memory yet. */
    public GroupStates(final GroupMemory memory) {
        this.memory = memory;
        this.rows = new GroupArray(memory);
    }

    /** Starts over with no groups; {@link #want} says which metrics keep more than sums. */
    public void begin(final int newMetricCount) {
        groups = 0;
        if (metrics.length < newMetricCount) {
            final int known = metrics.length;
            metrics = Arrays.copyOf(metrics, newMetricCount);
            wanted = new int[newMetricCount];
            for (int i = known; i < newMetricCount; i++) {
                metrics[i] = new GroupArray(memory);
            }
        }
        Arrays.fill(wanted, BlockKernel.SUMS);
        metricCount = newMetricCount;
    }

    /** Says what to keep of a metric: {@link BlockKernel#SUMS}, {@link BlockKernel#EXTREMES}, {@link BlockKernel#MOMENTS} or'ed. */
    public void want(final int metric, final int newWanted) {
        wanted[metric] = newWanted;
    }

    /** What is kept of a metric. */
    public int wanted(final int metric) {
        return wanted[metric];
    }

    /** Groups there are. */
    public int size() {
        return groups;
    }

    /** Sees to groups 0 .. count - 1; new ones hold nothing. False if there is no memory for them: nothing has changed then. */
    public boolean extend(final int count) {
        if (count <= groups) {
            return true;
        }
        final long room = Math.max(MIN_GROUPS, count);
        if (!rows.ensure(room * Long.BYTES, (long) groups * Long.BYTES)) {
            return false;
        }
        for (int i = 0; i < metricCount; i++) {
            if (!metrics[i].ensure(room * MetricState.BYTES, (long) groups * MetricState.BYTES)) {
                return false;
            }
        }
        for (int group = groups; group < count; group++) {
            NativeMemory.ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, rows.address() + (long) group * Long.BYTES, 0L);
        }
        for (int i = 0; i < metricCount; i++) {
            MetricState.init(record(i, groups), count - groups, (wanted[i] & BlockKernel.MOMENTS) != 0);
        }
        groups = count;
        return true;
    }

    /** Where rows by group begin. */
    public long rowsAddress() {
        return rows.address();
    }

    /** Where a metric's records begin. */
    public long metricAddress(final int metric) {
        return metrics[metric].address();
    }

    /** Rows of a group. */
    public long rows(final int group) {
        return NativeMemory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, rows.address() + (long) group * Long.BYTES);
    }

    /** Where the record of a metric and group begins. */
    public long record(final int metric, final int group) {
        return metrics[metric].address() + (long) group * MetricState.BYTES;
    }

    /** Adds rows to a group. */
    public void add(final int group, final long addedRows) {
        final long at = rows.address() + (long) group * Long.BYTES;
        NativeMemory.ALL.set(ValueLayout.JAVA_LONG_UNALIGNED, at, NativeMemory.ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, at) + addedRows);
    }

    /** Adds another's group to one of this; both of the same metrics. */
    public void merge(final int group, final GroupStates other, final int otherGroup) {
        add(group, other.rows(otherGroup));
        for (int i = 0; i < metricCount; i++) {
            MetricState.merge(record(i, group), other.record(i, otherGroup), wanted[i]);
        }
    }

    /** Bytes held. */
    long usedBytes() {
        long bytes = rows.capacityBytes();
        for (final GroupArray metric : metrics) {
            bytes += metric.capacityBytes();
        }
        return bytes;
    }

    /** A query is over: large arrays go back. */
    public void end() {
        groups = 0;
        rows.releaseAbove(KEPT_BYTES);
        for (final GroupArray metric : metrics) {
            metric.releaseAbove(KEPT_BYTES);
        }
    }

    /** Gives all memory back. */
    public void close() {
        groups = 0;
        rows.release();
        for (final GroupArray metric : metrics) {
            metric.release();
        }
    }
}
