package io.truenow.hottier.segment;

import io.truenow.client.batch.BatchView;
import io.truenow.codecs.ingest.ColumnKind;
import io.truenow.hottier.value.ValueTable;

import java.util.Arrays;

/**
 * The columns of the batch at hand, and for each distinct value of its dimensions the lane's code: each is looked up once a batch. Reused;
 * belongs to the lane.
 */
final class BatchColumns {
    private static final int NONE = -1;

    private final ValueTable values;
    private int[] dimensionColumns = new int[8];
    private int[] metricColumns = new int[8];
    private int dimensionLimit;
    private int metricLimit;
    /** Where the codes of a dimension's values begin in the arrays below: base + code. */
    private int[] bases = new int[8];
    private int[] hashes = new int[64];
    private int[] laneCodes = new int[64];
    private int[] localCodes = new int[64];
    private int[] newCodes = new int[64];
    private int codeCount;
    private int newCodeCount;
    private BatchView batch;

    BatchColumns(final ValueTable values) {
        this.values = values;
    }

    /** Finds the columns of a batch. */
    void wrap(final BatchView view) {
        batch = view;
        Arrays.fill(dimensionColumns, NONE);
        Arrays.fill(metricColumns, NONE);
        dimensionLimit = 0;
        metricLimit = 0;
        codeCount = 0;
        newCodeCount = 0;
        for (int column = 2, columns = view.columnCount(); column < columns; column++) {
            final int ordinal = view.ordinal(column);
            if (view.kind(column) == ColumnKind.DIMENSION) {
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

    /** Sees to room for all values of the batch in the segment's dictionaries; false if there is none. */
    boolean reserve(final OpenSegment segment) {
        for (int ordinal = 0; ordinal < dimensionLimit; ordinal++) {
            if (dimensionColumns[ordinal] != NONE) {
                final var dictionary = segment.dictionaryFor(ordinal);
                final int base = bases[ordinal];
                final int distinct = batch.distinct(dimensionColumns[ordinal]);
                int reserved;
                do {
                    dictionary.beginReserve();
                    for (int code = 1; code <= distinct; code++) {
                        if (dictionary.find(laneCodes[base + code]) == 0 && !dictionary.reserve(laneCodes[base + code])) {
                            return false;
                        }
                    }
                    reserved = dictionary.endReserve();
                }
                while (reserved == 0);
                if (reserved < 0) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Before rows go to a segment: none of its local codes is known. */
    void startSegment() {
        Arrays.fill(localCodes, 0, codeCount, 0);
    }

    /** The segment's code of a value of the batch, room for which was reserved. */
    int localCode(final OpenSegment segment, final int ordinal, final int code) {
        if (code == 0) {
            return 0;
        }
        final int at = bases[ordinal] + code;
        int local = localCodes[at];
        if (local == 0) {
            local = segment.dictionary(ordinal).findOrAdd(laneCodes[at], hashes[at], values);
            localCodes[at] = local;
        }
        return local;
    }

    /** The batch is applied or refused: values that no segment came to hold go again. */
    void finish() {
        for (int i = 0; i < newCodeCount; i++) {
            values.releaseUnreferenced(newCodes[i]);
        }
        newCodeCount = 0;
        batch = null;
    }

    private boolean resolveKnown(final int ordinal) {
        final int column = dimensionColumns[ordinal];
        final int base = bases[ordinal];
        for (int code = 1, distinct = batch.distinct(column); code <= distinct; code++) {
            final int offset = batch.dictionaryOffset(column, code);
            final int length = batch.dictionaryLength(column, code);
            final int hash = values.hash(batch.buffer(), offset, length);
            hashes[base + code] = hash;
            final int found = values.find(hash, batch.buffer(), offset, length);
            laneCodes[base + code] = found;
            if (found == 0 && !values.reserve(hash, length)) {
                return false;
            }
        }
        return true;
    }

    private void addUnknown(final int ordinal) {
        final int column = dimensionColumns[ordinal];
        final int base = bases[ordinal];
        for (int code = 1, distinct = batch.distinct(column); code <= distinct; code++) {
            if (laneCodes[base + code] == 0) {
                final long before = values.size();
                final int made = values.findOrAdd(
                    hashes[base + code], batch.buffer(), batch.dictionaryOffset(column, code), batch.dictionaryLength(column, code));
                laneCodes[base + code] = made;
                if (values.size() > before) {
                    newCodes[newCodeCount++] = made;
                }
            }
        }
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
