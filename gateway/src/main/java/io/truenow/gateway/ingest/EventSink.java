package io.truenow.gateway.ingest;

import io.truenow.fabric.catalog.Names;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.gateway.table.BoundTable;
import io.truenow.gateway.table.ColumnIndex;
import io.truenow.gateway.table.KeptFrom;
import io.truenow.gateway.table.NameSlice;
import io.truenow.gateway.table.TableCache;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/**
 * Takes the events of a request, whatever edge they come from: checks them against time, table and schema, and appends them to the builders
 * of their shards. What the catalog lacks is noted as a need; then nothing is appended any more, as the request will be read again. Belongs
 * to one thread.
 */
public final class EventSink {
    /** Shards of one request: bounds its token and the builders it touches. */
    static final int MAX_SHARDS = 1_024;

    private static final String IDENTIFIER_RULE = "must be " + Names.IDENTIFIER_RULE;

    private final TableCache tables = new TableCache();
    private final SchemaNeeds needs = new SchemaNeeds();
    private final EncodedBatches batches = new EncodedBatches();
    private final DuplicateCheck dimensionCheck = new DuplicateCheck();
    private final DuplicateCheck metricCheck = new DuplicateCheck();
    private Map<String, Problem> refusals = Map.of();
    private KeptFrom keptFrom;
    private long nowUs;
    private long tooOldRetentionUs = -1;
    /** Whether events may not add columns to the table of the row that is checked. */
    private boolean isClosed;
    private String tooOldDetail;
    /** Where the row at hand lies. */
    private byte[] bytes;

    TableCache tables() {
        return tables;
    }

    SchemaNeeds needs() {
        return needs;
    }

    EncodedBatches batches() {
        return batches;
    }

    /**
     * Begins a reading of a request, by the newest catalog.
     *
     * @param newRefusals     by {@link SchemaNeeds#key}: what control refused in answer to earlier readings of it.
     * @param tablesOfRequest see {@link SchemaNeeds#start}.
     */
    void start(final IngestFlow.Context context, final Map<String, Problem> newRefusals, final Set<String> tablesOfRequest) {
        tables.catalog(context.tables().catalog());
        keptFrom = context.tables().keptFrom();
        nowUs = context.clock().microTime();
        refusals = newRefusals;
        needs.start(tablesOfRequest);
        batches.reset();
        batches.start(nowUs);
    }

    /**
     * Appends the row, or fails it, or notes what it needs.
     *
     * @param rowBytes  what the row's ranges are of.
     * @param namespace of the event, whether it names it or its request does; likewise the table.
     * @return whether it was appended or, when the request is read again, may be.
     */
    boolean append(final EventRow row, final byte[] rowBytes, final NameSlice namespace, final NameSlice table) {
        bytes = rowBytes;
        if (row.error() == null) {
            check(row, namespace, table);
        }
        return row.error() == null;
    }

    private void check(final EventRow row, final NameSlice namespace, final NameSlice table) {
        if (!row.hasEventId()) {
            row.fail(ProblemCode.MISSING_EVENT_ID, "event_id", "is missing: a string or an integer that is the event's own");
            return;
        }
        if (!row.hasEventTime) {
            row.fail(ProblemCode.MISSING_EVENT_TIME, "event_time", "is missing: microseconds since 1970-01-01T00:00:00Z");
            return;
        }
        if (!namespace.isPresent()) {
            row.fail(ProblemCode.MISSING_NAMESPACE, "namespace", "is missing: in the event, around it, or as header X-Namespace");
            return;
        }
        if (!table.isPresent()) {
            row.fail(ProblemCode.MISSING_TABLE, "table", "is missing: in the event, around it, or as header X-Table");
            return;
        }
        final BoundTable bound = tables.find(namespace, table);
        if (bound == null && !namespace.isIdentifier()) {
            row.fail(ProblemCode.INVALID_NAMESPACE, "namespace", IDENTIFIER_RULE);
            return;
        }
        if (bound == null && namespace.isDigits() && tables.catalog().namespace(namespace.toString()) == null) {
            row.fail(ProblemCode.INVALID_NAMESPACE, "namespace", "must be " + Names.DIGITS_RULE);
            return;
        }
        if (bound == null && !table.isIdentifier()) {
            row.fail(ProblemCode.INVALID_TABLE, "table", IDENTIFIER_RULE);
            return;
        }
        final long retentionUs = bound == null ? EventRules.DEFAULT_RETENTION_US : bound.table().retentionUs();
        final ProblemCode wrongTime = EventRules.checkTimes(row.eventTimeUs, row.eventTimeUs, nowUs, retentionUs);
        if (wrongTime != null) {
            row.fail(wrongTime, "event_time", wrongTime == ProblemCode.EVENT_TOO_OLD ? tooOld(retentionUs)
                : "is more than 60 seconds ahead of the gateway's clock; it is in microseconds since 1970");
            return;
        }
        isClosed = bound != null && bound.table().properties().isClosed();
        final boolean isKnown = bindColumns(row, row.dimensions, bound == null ? null : bound.dimensions(), dimensionCheck,
            ProblemCode.INVALID_DIMENSION, "dimensions.")
            & bindColumns(row, row.metrics, bound == null ? null : bound.metrics(), metricCheck, ProblemCode.INVALID_METRIC, "metrics.");
        if (row.error() != null) {
            return;
        }
        if (bound == null || !isKnown) {
            need(row, namespace, table, bound);
        } else if (needs.isEmpty()) {
            appendTo(bound, row);
        }
    }

    /** Made once for the many events of a request that may be too old. */
    private String tooOld(final long retentionUs) {
        if (retentionUs != tooOldRetentionUs) {
            tooOldRetentionUs = retentionUs;
            tooOldDetail = "is older than what the table keeps (" + EventRules.text(retentionUs) + "); it is in microseconds since 1970";
        }
        return tooOldDetail;
    }

    /** Finds the ordinals of a row's columns; false if one with a value is not in the table. */
    private boolean bindColumns(
        final EventRow row,
        final EventRow.Columns columns,
        final ColumnIndex index,
        final DuplicateCheck duplicates,
        final ProblemCode invalid,
        final String field) {
        boolean isKnown = true;
        duplicates.start(index == null ? 0 : index.size());
        int likely = 0;
        for (int i = 0; i < columns.count; i++) {
            final int offset = columns.nameOffsets[i];
            final int length = columns.nameLengths[i];
            final int ordinal = index == null ? -1 : index.ordinal(bytes, offset, length, likely);
            columns.ordinals[i] = ordinal;
            final boolean isDuplicate;
            if (ordinal >= 0) {
                isDuplicate = duplicates.isRepeated(ordinal);
                likely = ordinal + 1;
            } else {
                isDuplicate = isRepeatedName(columns, i);
                if (columns.valueLengths[i] != EventRow.Columns.NULL) {
                    isKnown = false;
                    if (!EventRules.isColumnName(bytes, offset, length)) {
                        row.fail(invalid, field, offset, length, "must be named by 1 to 128 bytes of UTF-8 without control characters");
                    } else if (isClosed) {
                        row.fail(ProblemCode.SCHEMA_CLOSED, field, offset, length,
                            "is not a column of the table, to which an operator adds columns, not events");
                    }
                }
            }
            if (isDuplicate) {
                row.fail(ProblemCode.DUPLICATE_FIELD, field, offset, length, "is given twice");
            }
        }
        return isKnown;
    }

    private void need(final EventRow row, final NameSlice namespace, final NameSlice table, final BoundTable bound) {
        if (!refusals.isEmpty()) {
            final Problem refusal = refusals.get(SchemaNeeds.key(namespace.toString(), table.toString()));
            if (refusal != null) {
                row.fail(refusal.code(), "table", "cannot be created or extended: " + refusal.detail());
                return;
            }
        }
        final ProblemCode refused = needs.add(namespace, table, row, bytes, bound);
        if (refused == ProblemCode.SCHEMA_LIMIT) {
            row.fail(refused, "dimensions", "and metrics must not be more than 128 each in a table");
        } else if (refused != null) {
            row.fail(refused, "table", "is one of more than 64 that the request would create or extend: send fewer at a time");
        }
    }

    private void appendTo(final BoundTable bound, final EventRow row) {
        bound.hash().hash(bytes, row.eventIdOffset, row.eventIdLength);
        final long idHigh = bound.hash().high();
        final long idLow = bound.hash().low();
        final BatchBuilder builder = bound.builder(idHigh);
        if (row.eventTimeUs < keptFrom.timeUs(builder.shardId())) {
            row.fail(ProblemCode.EVENT_TOO_OLD, "event_time",
                "is older than what the hot tier keeps of the table now, which is told as available_from_us:"
                    + " memory is short, or clocks differ");
            return;
        }
        if (builder.rowCount() == 0) {
            if (batches.builderCount() == MAX_SHARDS) {
                row.fail(ProblemCode.TOO_MANY_TABLES, "table", "is one of too many: a request may go to 1024 shards");
                return;
            }
            batches.add(builder);
        }
        if (put(builder, row, idHigh, idLow)) {
            return;
        }
        batches.encode(builder);
        if (!put(builder, row, idHigh, idLow)) {
            row.fail(ProblemCode.EVENT_TOO_LARGE, "dimensions", "must take less than 60 KiB together");
        }
    }

    private boolean put(final BatchBuilder builder, final EventRow row, final long idHigh, final long idLow) {
        builder.startRow(row.eventTimeUs, idHigh, idLow);
        final EventRow.Columns dimensions = row.dimensions;
        for (int i = 0; i < dimensions.count; i++) {
            if (dimensions.valueLengths[i] != EventRow.Columns.NULL) {
                builder.dimension(dimensions.ordinals[i], bytes, dimensions.valueOffsets[i], dimensions.valueLengths[i]);
            }
        }
        final EventRow.Columns metrics = row.metrics;
        for (int i = 0; i < metrics.count; i++) {
            if (metrics.valueLengths[i] != EventRow.Columns.NULL) {
                builder.metric(metrics.ordinals[i], row.metricValues[i]);
            }
        }
        return builder.endRow();
    }

    private boolean isRepeatedName(final EventRow.Columns columns, final int index) {
        final int offset = columns.nameOffsets[index];
        final int length = columns.nameLengths[index];
        for (int i = 0; i < index; i++) {
            final int other = columns.nameOffsets[i];
            if (columns.nameLengths[i] == length && Arrays.equals(bytes, offset, offset + length, bytes, other, other + length)) {
                return true;
            }
        }
        return false;
    }

    /** Tells whether an ordinal was met before in the same row, by a stamp a row. */
    private static final class DuplicateCheck {
        private int[] stamps = new int[EventRow.MAX_COLUMNS];
        private int stamp;

        void start(final int columns) {
            if (stamps.length < columns) {
                stamps = new int[columns];
                stamp = 0;
            }
            if (++stamp == 0) {
                Arrays.fill(stamps, 0);
                stamp = 1;
            }
        }

        boolean isRepeated(final int ordinal) {
            if (stamps[ordinal] == stamp) {
                return true;
            }
            stamps[ordinal] = stamp;
            return false;
        }
    }
}
