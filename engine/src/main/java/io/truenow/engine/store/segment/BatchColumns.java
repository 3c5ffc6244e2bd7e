package io.truenow.engine.store.segment;

import io.truenow.engine.store.value.SegmentDictionary;
import io.truenow.engine.store.value.ValueTable;
import io.truenow.fabric.memory.NativeMemory;
import io.truenow.format.batch.BatchView;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The columns of the batch at hand, and for each distinct value of its dimensions the codes of the lane and of a segment: each is looked up
 * once a batch. Reused; belongs to the lane.
 */
final class BatchColumns {
    private static final int NONE = -1;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    private final ValueTable values;
    private final BatchImage image;
    private int[] dimensionColumns = new int[8];
    private int[] metricColumns = new int[8];
    private int dimensionLimit;
    private int metricLimit;
    /** Where the codes of a dimension's values begin in the arrays below: base + code. */
    private int[] bases = new int[8];
    private int[] hashes = new int[64];
    private int[] laneCodes = new int[64];
    /** 0 for null, negative for values that the segment has not. */
    private int[] localCodes = new int[64];
    private int[] newCodes = new int[64];
    private int newCodeCount;

    BatchColumns(final ValueTable values, final BatchImage image) {
        this.values = values;
        this.image = image;
    }

    /** Finds the columns of the batch. */
    void begin() {
        final BatchView view = image.view();
        Arrays.fill(dimensionColumns, NONE);
        Arrays.fill(metricColumns, NONE);
        dimensionLimit = 0;
        metricLimit = 0;
        newCodeCount = 0;
        int codeCount = 0;
        for (int column = 2, columns = view.columnCount(); column < columns; column++) {
            final int ordinal = view.ordinal(column);
            if (image.isDimension(column)) {
                dimensionColumns = set(dimensionColumns, ordinal, column);
                bases = ordinal < bases.length ? bases : Arrays.copyOf(bases, dimensionColumns.length);
                bases[ordinal] = codeCount;
                codeCount += view.distinct(column) + 1;
                dimensionLimit = ordinal + 1;
            } else {
                metricColumns = set(metricColumns, ordinal, column);
                metricLimit = ordinal + 1;
            }
        }
        if (codeCount > hashes.length) {
            hashes = new int[codeCount * 2];
            laneCodes = new int[codeCount * 2];
            localCodes = new int[codeCount * 2];
            newCodes = new int[codeCount * 2];
        }
    }

    /** One more than the greatest ordinal of a dimension in the batch. */
    int dimensionLimit() {
        return dimensionLimit;
    }

    /** One more than the greatest ordinal of a metric in the batch. */
    int metricLimit() {
        return metricLimit;
    }

    /** The batch's column of a dimension, or -1. */
    int dimensionColumn(final int ordinal) {
        return ordinal < dimensionLimit ? dimensionColumns[ordinal] : NONE;
    }

    /** The batch's column of a metric, or -1. */
    int metricColumn(final int ordinal) {
        return ordinal < metricLimit ? metricColumns[ordinal] : NONE;
    }

    /** The segment's codes by the batch's, each dimension's from {@link #base} on; negative where the segment lacks the value. */
    int[] localCodes() {
        return localCodes;
    }

    /** Where a dimension's codes begin. */
    int base(final int ordinal) {
        return bases[ordinal];
    }

    /** Gives every value of the batch a lane code; false, and nothing is kept, if there is no room. */
    boolean resolve() {
        int reserved;
        do {
            values.beginReserve();
            for (int ordinal = 0; ordinal < dimensionLimit; ordinal++) {
                if (dimensionColumns[ordinal] != NONE && !resolveKnown(ordinal)) {
                    return false;
                }
            }
            reserved = values.endReserve();
        }
        while (reserved == 0);
        if (reserved < 0) {
            return false;
        }
        for (int ordinal = 0; ordinal < dimensionLimit; ordinal++) {
            if (dimensionColumns[ordinal] != NONE) {
                addUnknown(ordinal);
            }
        }
        return true;
    }

    /** Finds the segment's codes, and sees to room in its dictionaries for the values that it lacks; false if there is none. */
    boolean reserve(final OpenSegment segment) {
        for (int ordinal = 0; ordinal < dimensionLimit; ordinal++) {
            if (dimensionColumns[ordinal] != NONE) {
                final SegmentDictionary dictionary = segment.dictionaryFor(ordinal);
                if (!find(dictionary, ordinal) && !reserve(dictionary, ordinal)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Finds the segment's codes again, after those of another. */
    void find(final OpenSegment segment) {
        for (int ordinal = 0; ordinal < dimensionLimit; ordinal++) {
            if (dimensionColumns[ordinal] != NONE) {
                find(segment.dictionary(ordinal), ordinal);
            }
        }
    }

    /** The segment's code of a value of the batch, room for which was reserved. */
    int localCode(final OpenSegment segment, final int ordinal, final int code) {
        final int at = bases[ordinal] + code;
        if (localCodes[at] < 0) {
            localCodes[at] = segment.dictionary(ordinal).findOrAdd(laneCodes[at], hashes[at], values);
        }
        return localCodes[at];
    }

    /** The batch is applied or refused: values that no segment came to hold go again. */
    void finish() {
        for (int i = 0; i < newCodeCount; i++) {
            values.releaseUnreferenced(newCodes[i]);
        }
        newCodeCount = 0;
    }

    /** Whether the dictionary has all of them. */
    private boolean find(final SegmentDictionary dictionary, final int ordinal) {
        final int base = bases[ordinal];
        boolean hasAll = true;
        localCodes[base] = 0;
        for (int at = base + 1, last = base + distinct(ordinal); at <= last; at++) {
            final int found = dictionary.find(laneCodes[at]);
            localCodes[at] = found == 0 ? NONE : found;
            hasAll &= found != 0;
        }
        return hasAll;
    }

    private boolean reserve(final SegmentDictionary dictionary, final int ordinal) {
        final int base = bases[ordinal];
        int reserved;
        do {
            dictionary.beginReserve();
            for (int at = base + 1, last = base + distinct(ordinal); at <= last; at++) {
                if (localCodes[at] < 0 && !dictionary.reserve(laneCodes[at])) {
                    return false;
                }
            }
            reserved = dictionary.endReserve();
        }
        while (reserved == 0);
        return reserved > 0;
    }

    private boolean resolveKnown(final int ordinal) {
        final int column = dimensionColumns[ordinal];
        final int base = bases[ordinal];
        final long bytes = image.valuesAddress(column);
        final long ends = image.valueEndsAddress(column);
        int start = 0;
        for (int i = 0, distinct = distinct(ordinal); i < distinct; i++) {
            final int end = NativeMemory.ALL.get(INT, ends + (long) i * Integer.BYTES);
            final int hash = values.hash(bytes + start, end - start);
            final int found = values.find(hash, bytes + start, end - start);
            hashes[base + 1 + i] = hash;
            laneCodes[base + 1 + i] = found;
            if (found == 0 && !values.reserve(hash, end - start)) {
                return false;
            }
            start = end;
        }
        return true;
    }

    private void addUnknown(final int ordinal) {
        final int column = dimensionColumns[ordinal];
        final int base = bases[ordinal];
        final long bytes = image.valuesAddress(column);
        final long ends = image.valueEndsAddress(column);
        for (int i = 0, distinct = distinct(ordinal); i < distinct; i++) {
            if (laneCodes[base + 1 + i] == 0) {
                final int start = i == 0 ? 0 : NativeMemory.ALL.get(INT, ends + (i - 1L) * Integer.BYTES);
                final int end = NativeMemory.ALL.get(INT, ends + (long) i * Integer.BYTES);
                final long before = values.size();
                final int made = values.findOrAdd(hashes[base + 1 + i], bytes + start, end - start);
                laneCodes[base + 1 + i] = made;
                if (values.size() > before) {
                    newCodes[newCodeCount++] = made;
                }
            }
        }
    }

    private int distinct(final int ordinal) {
        return image.view().distinct(dimensionColumns[ordinal]);
    }

    private static int[] set(final int[] array, final int index, final int value) {
        int[] result = array;
        if (index >= array.length) {
            result = Arrays.copyOf(array, Math.max(index + 1, array.length * 2));
            Arrays.fill(result, array.length, result.length, NONE);
        }
        result[index] = value;
        return result;
    }
}
