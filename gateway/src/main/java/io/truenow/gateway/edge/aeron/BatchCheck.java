package io.truenow.gateway.edge.aeron;

import io.truenow.codecs.ingest.ColumnKind;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.BatchView;
import io.truenow.format.batch.TableBinding;
import io.truenow.gateway.ingest.EventRules;
import io.truenow.gateway.ingest.Utf8Check;
import io.truenow.gateway.table.KeptFrom;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.NanoClock;

/**
 * Whether a batch that a client built may enter the journal: what the REST edge makes sure of by building batches itself is checked here.
 * Belongs to one thread; allocates nothing for batches that are good.
 */
final class BatchCheck {
    private final BatchView view = new BatchView();
    private final KeptFrom keptFrom;
    private final CatalogLag lag;

    BatchCheck(final KeptFrom keptFrom, final NanoClock clock) {
        this.keptFrom = keptFrom;
        this.lag = new CatalogLag(clock);
    }

    /** Checks a batch. Null if it is good. */
    Problem check(final DirectBuffer buffer, final int offset, final int length, final Catalog catalog, final long nowUs) {
        if (!view.wrap(buffer, offset, length).isValid()) {
            return BatchProblems.BAD_BATCH;
        }
        final Table table = catalog.table(view.tableId());
        if (table == null) {
            // ids only grow: one beyond the last may be news that has not reached this process
            final boolean maybeNew = view.tableId() > catalog.tables().lastId();
            return maybeNew ? behindOr(BatchProblems.UNKNOWN_TABLE, catalog) : BatchProblems.UNKNOWN_TABLE;
        }
        if (view.schemaVersion() > table.schemaVersion()) {
            return behindOr(BatchProblems.UNKNOWN_COLUMN, catalog);
        }
        if (view.layoutVersion() != table.layoutVersion()) {
            return view.layoutVersion() > table.layoutVersion()
                ? behindOr(BatchProblems.STALE_LAYOUT, catalog) : BatchProblems.STALE_LAYOUT;
        }
        final ProblemCode wrongTime =
            EventRules.checkTimes(view.minEventTimeUs(), view.maxEventTimeUs(), nowUs, table.retentionUs());
        if (wrongTime == ProblemCode.EVENT_TOO_OLD || view.minEventTimeUs() < keptFrom.timeUs(view.shardId())) {
            return BatchProblems.TOO_OLD;
        }
        if (wrongTime != null) {
            return BatchProblems.IN_FUTURE;
        }
        return isOfShard(table) ? checkColumns(table) : BatchProblems.WRONG_SHARD;
    }

    /** Rows of the batch checked last. */
    int rowCount() {
        return view.rowCount();
    }

    /** The catalog may be behind the client's, but not for ever: then it is another one. */
    private Problem behindOr(final Problem lasting, final Catalog catalog) {
        return catalog.version() < 0 || lag.mayPass(view.tableId()) ? BatchProblems.CATALOG_BEHIND : lasting;
    }

    private boolean isOfShard(final Table table) {
        final int shardCount = table.shardIds().size();
        int index = 0;
        while (index < shardCount && table.shardIds().get(index) != view.shardId()) {
            index++;
        }
        if (index == shardCount) {
            return false;
        }
        for (int row = 0; shardCount > 1 && row < view.rowCount(); row++) {
            if (TableBinding.shardIndex(view.idHigh(row), shardCount) != index) {
                return false;
            }
        }
        return true;
    }

    private Problem checkColumns(final Table table) {
        for (int column = 2; column < view.columnCount(); column++) {
            if (view.kind(column) == ColumnKind.DIMENSION) {
                if (view.ordinal(column) >= table.dimensions().size()) {
                    return BatchProblems.UNKNOWN_COLUMN;
                }
                if (!hasGoodValues(column)) {
                    return BatchProblems.BAD_TEXT;
                }
            } else {
                if (view.ordinal(column) >= table.metrics().size()) {
                    return BatchProblems.UNKNOWN_COLUMN;
                }
                if (!isFinite(column)) {
                    return BatchProblems.NOT_FINITE;
                }
            }
        }
        return null;
    }

    private boolean isFinite(final int column) {
        double zero = 0.0;
        for (int row = 0; row < view.rowCount(); row++) {
            zero += view.metric(column, row) * 0.0;
        }
        return zero == 0.0;
    }

    private boolean hasGoodValues(final int column) {
        for (int code = 1; code <= view.distinct(column); code++) {
            final int length = view.dictionaryLength(column, code);
            if (length > BatchBuilder.MAX_VALUE_BYTES || !Utf8Check.isUtf8(view.buffer(), view.dictionaryOffset(column, code), length)) {
                return false;
            }
        }
        return true;
    }
}
