package io.truenow.hottier.kernel;

import io.truenow.hottier.value.SegmentDictionary;
import io.truenow.hottier.value.ValueTable;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

import java.util.Arrays;

/** What a query asks of a lane, by ordinals. Reused; holds its own copy of the filters' values. */
public final class ScanPlan {
    private final ExpandableArrayBuffer valueBytes = new ExpandableArrayBuffer(256);
    private long startTimeUs;
    private long endTimeUs;
    private long intervalUs;
    private int maxGroups;
    private int[] groupBy = new int[4];
    private int groupByCount;
    private int[] metrics = new int[4];
    private int metricCount;
    private int[] filterDimensions = new int[4];
    private boolean[] nullMatches = new boolean[4];
    /** Filter f's values are valueStarts[f] .. valueStarts[f + 1] of the arrays by value. */
    private int[] valueStarts = new int[5];
    private int filterCount;
    private int[] valueOffsets = new int[8];
    private int[] valueLengths = new int[8];
    private int[] valueHashes = new int[8];
    private int valueCount;
    private int valueBytesUsed;
    /** Finds values by filter and hash, since each is compared with all values of a segment: 1 + index of the value, open addressing. */
    private int[] slots = new int[16];
    private boolean isIndexed;

    /** Starts over. */
    public void begin(final long newStartTimeUs, final long newEndTimeUs, final long newIntervalUs, final int newMaxGroups) {
        startTimeUs = newStartTimeUs;
        endTimeUs = newEndTimeUs;
        intervalUs = newIntervalUs;
        maxGroups = newMaxGroups;
        groupByCount = 0;
        metricCount = 0;
        filterCount = 0;
        valueCount = 0;
        valueBytesUsed = 0;
        isIndexed = false;
    }

    /** One more dimension to group by. */
    public void groupBy(final int dimension) {
        groupBy = groupByCount < groupBy.length ? groupBy : Arrays.copyOf(groupBy, groupByCount * 2);
        groupBy[groupByCount++] = dimension;
    }

    /** One more metric to aggregate. */
    public void metric(final int metric) {
        metrics = metricCount < metrics.length ? metrics : Arrays.copyOf(metrics, metricCount * 2);
        metrics[metricCount++] = metric;
    }

    /** One more dimension whose value must be among those that follow, or absent where nulls match. */
    public void filter(final int dimension, final boolean nulls) {
        if (filterCount == filterDimensions.length) {
            filterDimensions = Arrays.copyOf(filterDimensions, filterCount * 2);
            nullMatches = Arrays.copyOf(nullMatches, filterCount * 2);
            valueStarts = Arrays.copyOf(valueStarts, filterCount * 2 + 1);
        }
        filterDimensions[filterCount] = dimension;
        nullMatches[filterCount] = nulls;
        valueStarts[filterCount] = valueCount;
        filterCount++;
        valueStarts[filterCount] = valueCount;
    }

    /** One more value of the last filter. */
    public void filterValue(final ValueTable values, final DirectBuffer buffer, final int offset, final int length) {
        if (valueCount == valueOffsets.length) {
            valueOffsets = Arrays.copyOf(valueOffsets, valueCount * 2);
            valueLengths = Arrays.copyOf(valueLengths, valueCount * 2);
            valueHashes = Arrays.copyOf(valueHashes, valueCount * 2);
        }
        valueBytes.putBytes(valueBytesUsed, buffer, offset, length);
        valueOffsets[valueCount] = valueBytesUsed;
        valueLengths[valueCount] = length;
        valueHashes[valueCount] = values.hash(buffer, offset, length);
        valueBytesUsed += length;
        valueCount++;
        valueStarts[filterCount] = valueCount;
        isIndexed = false;
    }

    /** Whether a scan can carry it out. */
    public boolean isSound() {
        return startTimeUs <= endTimeUs && intervalUs >= 0 && maxGroups > 0;
    }

    /** Whether its answer is one row at most. */
    public boolean isOneGroup() {
        return groupByCount == 0 && intervalUs == 0;
    }

    /** Whether the range begins where there is data still. */
    public boolean startsAtOrAfter(final long availableFromUs) {
        return startTimeUs >= availableFromUs;
    }

    long startTimeUs() {
        return startTimeUs;
    }

    long endTimeUs() {
        return endTimeUs;
    }

    long intervalUs() {
        return intervalUs;
    }

    int maxGroups() {
        return maxGroups;
    }

    /** Dimensions to group by. */
    public int groupByCount() {
        return groupByCount;
    }

    int groupByDimension(final int index) {
        return groupBy[index];
    }

    /** Metrics to aggregate. */
    public int metricCount() {
        return metricCount;
    }

    int metricOrdinal(final int index) {
        return metrics[index];
    }

    int filterCount() {
        return filterCount;
    }

    int filterDimension(final int filter) {
        return filterDimensions[filter];
    }

    boolean nullMatches(final int filter) {
        return nullMatches[filter];
    }

    /** Whether the value of a segment's code is among a filter's. */
    boolean matches(final int filter, final ValueTable values, final SegmentDictionary dictionary, final int code) {
        if (!isIndexed) {
            index();
        }
        final int hash = dictionary.hash(code);
        for (int slot = slot(filter, hash); slots[slot] != 0; slot = slot + 1 & slots.length - 1) {
            final int i = slots[slot] - 1;
            if (valueHashes[i] == hash && i >= valueStarts[filter] && i < valueStarts[filter + 1]
                && values.isEqual(dictionary.laneCode(code), valueBytes, valueOffsets[i], valueLengths[i])) {
                return true;
            }
        }
        return false;
    }

    private void index() {
        if (slots.length < valueCount * 2) {
            slots = new int[Integer.highestOneBit(valueCount) * 4];
        } else {
            Arrays.fill(slots, 0);
        }
        for (int filter = 0; filter < filterCount; filter++) {
            for (int i = valueStarts[filter]; i < valueStarts[filter + 1]; i++) {
                int slot = slot(filter, valueHashes[i]);
                while (slots[slot] != 0) {
                    slot = slot + 1 & slots.length - 1;
                }
                slots[slot] = i + 1;
            }
        }
        isIndexed = true;
    }

    private int slot(final int filter, final int hash) {
        return hash + filter * 0x9E37_79B9 & slots.length - 1;
    }
}
