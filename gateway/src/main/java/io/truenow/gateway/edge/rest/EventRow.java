package io.truenow.gateway.edge.rest;

import io.truenow.fabric.problem.ProblemCode;
import io.truenow.gateway.table.NameSlice;

/**
 * One event as its request tells it: slices of the reader's bytes, not yet bound to a table, so that members may come in any order. Reused
 * from event to event; belongs to one event loop.
 */
final class EventRow {
    /** Most dimensions and most metrics of an event, and of a table. */
    static final int MAX_COLUMNS = 128;

    final NameSlice namespace = new NameSlice();
    final NameSlice table = new NameSlice();
    final Columns dimensions = new Columns();
    final Columns metrics = new Columns();
    /** Metrics: what they amount to. */
    final double[] metricValues = new double[MAX_COLUMNS];

    /** Members given so far, one bit each. */
    int seen;
    boolean hasEventId;
    int eventIdOffset;
    int eventIdLength;
    boolean hasEventTime;
    long eventTimeUs;

    /** First thing that is wrong, or null. */
    ProblemCode error;
    /** Field it is about, in two parts: a fixed one, and a name that stands in the request. */
    String errorField;
    int errorNameOffset;
    int errorNameLength;
    /** What would be right. */
    String errorDetail;

    void clear() {
        namespace.clear();
        table.clear();
        dimensions.count = 0;
        metrics.count = 0;
        seen = 0;
        hasEventId = false;
        hasEventTime = false;
        error = null;
    }

    /** Remembers what is wrong with a fixed field, unless something is already. */
    void fail(final ProblemCode code, final String field, final String detail) {
        fail(code, field, 0, 0, detail);
    }

    /** Remembers what is wrong with a field that a name of the request completes, unless something is already. */
    void fail(final ProblemCode code, final String field, final int nameOffset, final int nameLength, final String detail) {
        if (error == null) {
            error = code;
            errorField = field;
            errorNameOffset = nameOffset;
            errorNameLength = nameLength;
            errorDetail = detail;
        }
    }

    /** Names and values in the order given. */
    static final class Columns {
        /** In place of a value's length: the value is null. */
        static final int NULL = -1;

        final int[] nameOffsets = new int[MAX_COLUMNS];
        final int[] nameLengths = new int[MAX_COLUMNS];
        final int[] valueOffsets = new int[MAX_COLUMNS];
        final int[] valueLengths = new int[MAX_COLUMNS];
        /** Filled when the row is bound; -1: not in the table. */
        final int[] ordinals = new int[MAX_COLUMNS];
        int count;

        void add(final int nameOffset, final int nameLength, final int valueOffset, final int valueLength) {
            nameOffsets[count] = nameOffset;
            nameLengths[count] = nameLength;
            valueOffsets[count] = valueOffset;
            valueLengths[count] = valueLength;
            count++;
        }
    }
}
