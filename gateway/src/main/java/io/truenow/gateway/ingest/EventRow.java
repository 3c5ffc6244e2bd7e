package io.truenow.gateway.ingest;

import io.truenow.fabric.problem.ProblemCode;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.gateway.table.NameSlice;

/**
 * One event as its edge tells it: ranges of an array of bytes, not yet bound to a table, so that its parts may come in any order. What is
 * wrong with a part is noted, the first of it, and the rest may still be told. Reused from event to event; belongs to one thread.
 *
 * <p>Which array the ranges lie in is said when the row is complete ({@link EventSink#append}): until then an edge may move its bytes.
 */
public final class EventRow {
    /** Most dimensions and most metrics of an event, and of a table. */
    public static final int MAX_COLUMNS = 128;

    private static final int MAX_EVENT_ID_BYTES = 256;

    final NameSlice namespace = new NameSlice();
    final NameSlice table = new NameSlice();
    final Columns dimensions = new Columns();
    final Columns metrics = new Columns();
    /** Metrics: what they amount to. */
    final double[] metricValues = new double[MAX_COLUMNS];

    private boolean hasEventId;
    int eventIdOffset;
    int eventIdLength;
    boolean hasEventTime;
    long eventTimeUs;

    /** First thing that is wrong, or null. */
    private ProblemCode error;
    /** Field it is about, in two parts: a fixed one, and a name that stands in the bytes. */
    private String errorField;
    private int errorNameOffset;
    private int errorNameLength;
    /** What would be right. */
    private String errorDetail;

    /** Begins an event. */
    public void clear() {
        namespace.clear();
        table.clear();
        dimensions.count = 0;
        metrics.count = 0;
        hasEventId = false;
        hasEventTime = false;
        error = null;
    }

    /** Its own namespace, if it names one. */
    public NameSlice namespace() {
        return namespace;
    }

    /** Its own table, if it names one. */
    public NameSlice table() {
        return table;
    }

    /** Tells its id: 1 to 256 bytes of UTF-8. */
    public void eventId(final int offset, final int length) {
        hasEventId = true;
        eventIdOffset = offset;
        eventIdLength = length;
        if (length == 0 || length > MAX_EVENT_ID_BYTES) {
            fail(ProblemCode.INVALID_EVENT_ID, "event_id", "must have 1 to 256 bytes of UTF-8");
        }
    }

    /** Whether it has an id, be it a wrong one. */
    public boolean hasEventId() {
        return hasEventId;
    }

    /** Where its id begins. */
    public int eventIdOffset() {
        return eventIdOffset;
    }

    /** Bytes of its id. */
    public int eventIdLength() {
        return eventIdLength;
    }

    /** Tells its time, in microseconds since the epoch. */
    public void eventTime(final long timeUs) {
        hasEventTime = true;
        eventTimeUs = timeUs;
    }

    /** How many dimensions were told. */
    public int dimensionCount() {
        return dimensions.count;
    }

    /** How many metrics were told. */
    public int metricCount() {
        return metrics.count;
    }

    /** Whether another dimension may be told; else the event has too many. */
    public boolean mayAddDimension() {
        return mayAdd(dimensions, "dimensions", "an event has at most 128 dimensions");
    }

    /** Whether another metric may be told; else the event has too many. */
    public boolean mayAddMetric() {
        return mayAdd(metrics, "metrics", "an event has at most 128 metrics");
    }

    /** Tells a dimension, after {@link #mayAddDimension}: name and value in UTF-8, at most 1 KiB of value. */
    public void dimension(final int nameOffset, final int nameLength, final int valueOffset, final int valueLength) {
        if (valueLength > BatchBuilder.MAX_VALUE_BYTES) {
            fail(ProblemCode.INVALID_DIMENSION, "dimensions.", nameOffset, nameLength, "must have at most 1024 bytes of UTF-8");
        } else {
            dimensions.add(nameOffset, nameLength, valueOffset, valueLength);
        }
    }

    /** Tells a dimension without a value. */
    public void nullDimension(final int nameOffset, final int nameLength) {
        dimensions.add(nameOffset, nameLength, 0, Columns.NULL);
    }

    /** Tells a metric, after {@link #mayAddMetric}. */
    public void metric(final int nameOffset, final int nameLength, final double value) {
        if (Double.isFinite(value)) {
            metricValues[metrics.count] = value;
            metrics.add(nameOffset, nameLength, 0, 0);
        } else {
            fail(ProblemCode.INVALID_METRIC, "metrics.", nameOffset, nameLength, "must be at most 1.7976931348623157e308 either way");
        }
    }

    /** Tells a metric without a value. */
    public void nullMetric(final int nameOffset, final int nameLength) {
        metrics.add(nameOffset, nameLength, 0, Columns.NULL);
    }

    /** Notes what is wrong with a field, unless something is already; to be read as "field detail". */
    public void fail(final ProblemCode code, final String field, final String detail) {
        fail(code, field, 0, 0, detail);
    }

    /** Notes what is wrong with a field that a name among the bytes completes, unless something is already. */
    public void fail(final ProblemCode code, final String field, final int nameOffset, final int nameLength, final String detail) {
        if (error == null) {
            error = code;
            errorField = field;
            errorNameOffset = nameOffset;
            errorNameLength = nameLength;
            errorDetail = detail;
        }
    }

    /** The first thing that is wrong with it, or null. */
    public ProblemCode error() {
        return error;
    }

    /** The fixed first part of the field that is wrong. */
    public String errorField() {
        return errorField;
    }

    /** Where the field's second part begins. */
    public int errorNameOffset() {
        return errorNameOffset;
    }

    /** Bytes of the field's second part; often none. */
    public int errorNameLength() {
        return errorNameLength;
    }

    /** What would be right, as the rest of a sentence that begins with the field. */
    public String errorDetail() {
        return errorDetail;
    }

    private boolean mayAdd(final Columns columns, final String field, final String detail) {
        if (columns.count == MAX_COLUMNS) {
            fail(ProblemCode.SCHEMA_LIMIT, field, detail);
            return false;
        }
        return true;
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

        private void add(final int nameOffset, final int nameLength, final int valueOffset, final int valueLength) {
            nameOffsets[count] = nameOffset;
            nameLengths[count] = nameLength;
            valueOffsets[count] = valueOffset;
            valueLengths[count] = valueLength;
            count++;
        }
    }
}
