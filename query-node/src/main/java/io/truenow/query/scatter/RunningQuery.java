package io.truenow.query.scatter;

import io.truenow.codecs.query.PartialResultDecoder;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.query.answer.AnswerMetadata;
import io.truenow.query.answer.AnswerSink;
import io.truenow.query.merge.MergeStatus;
import io.truenow.query.merge.MergeTable;
import io.truenow.query.merge.ResultRows;
import io.truenow.query.plan.BoundPlan;
import io.truenow.query.plan.LogicalPlan;
import io.truenow.query.plan.RefusedQueryException;
import org.agrona.DirectBuffer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * One query on its way: waits for the catalog its token names, has lanes asked ({@link LaneAsks}), merges, has the answer written. Belongs
 * to the scatter agent's thread.
 */
final class RunningQuery {
    private static final long NANOS_PER_MILLI = 1_000_000L;
    private static final int ROWS_PER_STEP = 1_024;
    /** Of at most 64 KiB each. */
    private static final int PARTS_PER_STEP = 8;
    /** Some of 10 to 100 ns each. */
    private static final int COMPARISONS_PER_STEP = 8_192;

    private final QueryTask task;
    private final LogicalPlan plan;
    private final ScatterContext context;
    private final MergeTable table;
    private final long deadlineNs;
    private final long retryUntilNs;
    private final LaneAsks asks;
    /** Lanes whose parts have all come, and are not all merged. */
    private final ArrayDeque<LaneTarget> complete = new ArrayDeque<>();

    private BoundPlan bound;
    /** Null until all is merged. */
    private ResultRows rows;
    /** Null until they are ordered. */
    private AnswerSink sink;
    private long startTimeUs;
    private int shardsAnswered;
    private long rowsScanned;
    private long rowsFolded;
    private long cubeHits;
    private final List<AnswerMetadata.Range> missingRanges = new ArrayList<>();
    private long watermarkUs;
    private long availableFromUs;
    private boolean isEnded;

    RunningQuery(final QueryTask task, final ScatterContext context) {
        this.task = task;
        this.plan = task.plan();
        this.context = context;
        this.table = new MergeTable(context.budget(), LogicalPlan.MAX_GROUPS);
        this.deadlineNs = task.arrivedNs() + plan.timeoutMs() * NANOS_PER_MILLI;
        this.retryUntilNs = task.arrivedNs() + Math.min(plan.timeoutMs() * NANOS_PER_MILLI, context.settings().retryWindowNs());
        this.asks = new LaneAsks(this, context, deadlineNs);
        this.startTimeUs = plan.startTimeUs();
    }

    boolean isEnded() {
        return isEnded;
    }

    /** Whether it has parts to merge or rows to write, so that the agent should come back at once. */
    boolean isBusy() {
        return !isEnded && (rows != null || !complete.isEmpty());
    }

    /** Does what can be done now. Returns the work done. */
    int advance(final long nowNs) {
        if (isEnded) {
            return 0;
        }
        try {
            return task.reply().isAbandoned() ? abandon() : rows != null ? write() : scatter(nowNs);
        } catch (final RefusedQueryException e) {
            refuse(e.refusal());
            return 1;
        }
    }

    private int scatter(final long nowNs) {
        final Catalog catalog = context.requests().catalog();
        if (bound == null) {
            if (plan.token() != null && plan.token().catalogVersion() > catalog.version()) {
                return nowNs - deadlineNs >= 0 ? deadline("the catalog that the token speaks of has not arrived") : 0;
            }
            bind(catalog);
        } else if (catalog.table(bound.tableId()) == null) {
            // dropped meanwhile: no lane has its shards any more
            throw new RefusedQueryException(BoundPlan.unknownTable(plan));
        }
        int work = asks.advance(bound, startTimeUs, catalog, nowNs);
        if (!complete.isEmpty()) {
            work += mergeComplete();
        }
        if (isEnded) {
            return work;
        }
        if (asks.areAnswered() && complete.isEmpty()) {
            startWriting();
            return work + 1;
        }
        if (nowNs - retryUntilNs >= 0 && asks.hasUnasked()) {
            return work + onUnavailable();
        }
        return nowNs - deadlineNs >= 0 ? work + deadline("the lanes did not answer in time") : work;
    }

    private void bind(final Catalog catalog) {
        bound = BoundPlan.bind(plan, catalog);
        restart();
    }

    /** Asks all shards, anew if some were asked for another range: what has been merged cannot be taken back. */
    private void restart() {
        asks.begin(bound.shardIds());
        releaseComplete();
        final MergeStatus status = table.reset(bound.groupBy().length, bound.metrics().size(), plan.selection().sketches());
        if (status != MergeStatus.OK) {
            throw new RefusedQueryException(refusalOf(status));
        }
        shardsAnswered = 0;
        rowsScanned = 0;
        rowsFolded = 0;
        cubeHits = 0;
        missingRanges.clear();
        watermarkUs = Long.MAX_VALUE;
        availableFromUs = Long.MIN_VALUE;
    }

    /** Retrying has taken long enough: an error, or named in a partial answer. */
    private int onUnavailable() {
        if (!plan.partial()) {
            refuse(Problem.of(ProblemCode.SHARD_UNAVAILABLE, "a shard of the table cannot answer now: " + asks.cause()));
            return 1;
        }
        asks.giveUp();
        if (asks.missing().size() == bound.shardCount()) {
            refuse(Problem.of(ProblemCode.SHARD_UNAVAILABLE, "no shard of the table can answer now: " + asks.cause()));
        }
        return 1;
    }

    void onPart(final LaneTarget target, final PartReader part, final long nowNs) {
        if (isEnded || rows != null) {
            return;
        }
        part.readBody();
        final PartialResultDecoder partial = part.partial();
        try {
            switch (partial.status()) {
                case OK -> onGroups(target, part);
                case CATCHING_UP -> asks.askAgain(target, "it has not yet all that was acknowledged", nowNs);
                case STALE_EPOCH, NOT_OWNER -> asks.askAgain(target, "its owner is changing", nowNs);
                case OVERLOADED -> asks.askAgain(target, "its node takes no more queries now", nowNs);
                case NOT_RETAINED -> onNotRetained(partial.availableFromUs());
                case MISSING_ROWS -> onMissingRows(part.missingRanges());
                case DEADLINE -> deadline(plan.token() == null ? "the lanes did not answer in time"
                    : "the lanes did not answer in time, or what the token speaks of has not reached them");
                case TOO_MANY_GROUPS -> refuse(refusalOf(MergeStatus.TOO_MANY_GROUPS));
                case SKETCHES_TOO_LARGE -> refuse(Problem.of(ProblemCode.SKETCHES_TOO_LARGE,
                    "quantiles, distinct counts and top lists of the query's groups need more than the " + partial.limitBytes()
                        + " bytes that a lane has for one query; ask for fewer of them, group by dimensions with fewer values, "
                        + "take a shorter range or more filters").with("limit_bytes", partial.limitBytes()));
                case NO_MEMORY -> refuse(Problem.of(ProblemCode.QUERY_BUSY,
                    "other queries hold the memory that a lane has for groups, quantiles, distinct counts and top lists; try again"));
                default -> refuse(Problem.of(ProblemCode.LANE_FAILED, "a lane could not carry out the query"));
            }
        } catch (final RefusedQueryException e) {
            refuse(e.refusal());
        }
    }

    private void onGroups(final LaneTarget target, final PartReader part) {
        final PartialResultDecoder partial = part.partial();
        if (partial.part() != target.parts.count()) {
            asks.askAgain(target, "a part of its answer was lost", context.clock().nanoTime());
            return;
        }
        if (part.body() == null || partial.dimensionCount() != table.dimensionCount() || partial.metricCount() != table.metricCount()
            || partial.sketchCount() != table.sketchCount()) {
            refuse(Problem.of(ProblemCode.LANE_FAILED, "a lane's answer is not one to this query"));
            return;
        }
        final boolean isWhole = partial.last() != 0 && partial.part() == 0;
        final MergeStatus status = isWhole ? context.merge().merge(part.body(), table)
            : target.parts.add(part.message(), part.offset(), part.length(), table.heldBytes());
        if (status != MergeStatus.OK) {
            refuse(refusalOf(status));
        } else if (isWhole) {
            asks.onAnswered(target);
            onMerged(target, part);
        } else if (partial.last() != 0) {
            asks.onAnswered(target);
            complete.addLast(target);
        }
    }

    /** All parts of a lane have come: they are merged some at a time, and not asked for again. */
    private int mergeComplete() {
        final LaneTarget target = complete.peekFirst();
        for (int i = 0; i < PARTS_PER_STEP && !isEnded; i++) {
            final DirectBuffer message = target.parts.first();
            final PartReader part = context.held().wrap(message, 0, message.capacity());
            part.readBody();
            final boolean isLast = part.partial().last() != 0;
            final MergeStatus status = context.merge().merge(part.body(), table);
            if (status != MergeStatus.OK) {
                refuse(refusalOf(status));
                return 1;
            }
            if (isLast) {
                onMerged(target, part);
            }
            target.parts.removeFirst();
            if (isLast) {
                complete.removeFirst();
                return 1;
            }
        }
        return 1;
    }

    private void onMerged(final LaneTarget target, final PartReader last) {
        final PartialResultDecoder partial = last.partial();
        rowsScanned += partial.rowsScanned();
        rowsFolded += partial.rowsFolded();
        cubeHits += partial.cubeHits();
        missingRanges.addAll(last.missingRanges());
        watermarkUs = Math.min(watermarkUs, partial.watermarkUs());
        availableFromUs = Math.max(availableFromUs, partial.availableFromUs());
        shardsAnswered += target.shardIds.size();
    }

    /** Without leave to answer partially it is an error; with it, all shards answer for the shorter range. */
    private void onNotRetained(final long heldFromUs) {
        if (!plan.partial()) {
            refuse(Problem.ofField(ProblemCode.RANGE_NOT_RETAINED, "start_time",
                "the range begins before what the table still holds; begin at available_from_us, or ask for a partial answer")
                .with("available_from_us", heldFromUs));
        } else if (heldFromUs <= startTimeUs) {
            refuse(Problem.of(ProblemCode.LANE_FAILED, "a lane refuses a range that it holds"));
        } else {
            startTimeUs = Math.min(heldFromUs, plan.endTimeUs());
            restart();
            availableFromUs = heldFromUs;
            if (startTimeUs == plan.endTimeUs()) {
                asks.cancel();
                startWriting();
            }
        }
    }

    private void onMissingRows(final List<AnswerMetadata.Range> ranges) {
        final AnswerMetadata.Range first = ranges.isEmpty() ? null : ranges.getFirst();
        final Problem problem = Problem.of(ProblemCode.RANGE_INCOMPLETE, "rows of the range were lost with a damaged file"
            + (first == null ? "" : ", first of [" + first.startUs() + ", " + first.endUs() + ")")
            + "; leave them out of the range, or ask for a partial answer, which names them");
        refuse(first == null ? problem : problem.with("missing_from_us", first.startUs()));
    }

    private void startWriting() {
        final MergeStatus status = table.admitOrder(ResultRows.orderBytes(plan, table.groupCount()));
        if (status != MergeStatus.OK) {
            refuse(refusalOf(status));
            return;
        }
        rows = new ResultRows(plan, startTimeUs, table);
    }

    private int write() {
        if (!rows.order(COMPARISONS_PER_STEP)) {
            return 1;
        }
        if (sink == null) {
            sink = task.reply().begin(rows.schema(), rows.rowCount(), context.settings().maxAnswerBytes());
        }
        final int written = sink.write(rows, ROWS_PER_STEP);
        if (sink.isTooLarge()) {
            refuse(Problem.of(ProblemCode.ANSWER_TOO_LARGE,
                "the answer is longer than the query node's max-answer; narrow the query or set a limit"));
            return 1;
        }
        if (written < ROWS_PER_STEP) {
            final AnswerMetadata.Partial partial = !plan.partial() ? null
                : new AnswerMetadata.Partial(startTimeUs, startTimeUs != plan.startTimeUs(), asks.missing(), missingRanges);
            // read anew: the duty cycle's time may be older than the request
            final long durationNs = context.clock().nanoTime() - task.arrivedNs();
            final AnswerMetadata metadata = new AnswerMetadata(durationNs, rowsScanned, rowsFolded, cubeHits, shardsAnswered,
                watermarkUs == Long.MAX_VALUE ? Long.MIN_VALUE : watermarkUs, availableFromUs, partial);
            final AnswerSink finished = sink;
            sink = null;
            end(QueryOutcome.ANSWERED);
            finished.finish(metadata);
        }
        return 1;
    }

    private int deadline(final String why) {
        refuse(Problem.of(ProblemCode.DEADLINE_EXCEEDED, "the query took longer than " + plan.timeoutMs() + " ms: " + why));
        return 1;
    }

    private int abandon() {
        end(QueryOutcome.ABANDONED);
        // nobody reads it, but an exchange keeps its request's buffer until it is answered
        task.reply().refuse(Problem.of(ProblemCode.ABANDONED, "the connection ended before the answer"));
        return 1;
    }

    void refuse(final Problem refusal) {
        if (!isEnded) {
            end(QueryOutcome.of(refusal));
            task.reply().refuse(refusal);
        }
    }

    private void end(final QueryOutcome outcome) {
        isEnded = true;
        asks.cancel();
        releaseComplete();
        if (sink != null) {
            sink.close();
            sink = null;
        }
        table.release();
        context.metrics().onEnd(outcome, context.clock().nanoTime() - task.arrivedNs(), rowsScanned);
    }

    private void releaseComplete() {
        complete.forEach(target -> target.parts.release());
        complete.clear();
    }

    private Problem refusalOf(final MergeStatus status) {
        return switch (status) {
            case TOO_MANY_GROUPS -> Problem.of(ProblemCode.TOO_MANY_GROUPS, "the query yields more than " + LogicalPlan.MAX_GROUPS
                + " groups; group by fewer dimensions, take a wider interval, a shorter range or more filters");
            case QUERY_TOO_LARGE -> Problem.of(ProblemCode.MERGE_TOO_LARGE, "the query's groups need more than "
                + context.budget().queryLimitBytes() + " bytes at the query node; group by fewer dimensions or filter more");
            case DAMAGED -> Problem.of(ProblemCode.LANE_FAILED, "a lane's answer is not one to this query");
            default -> Problem.of(ProblemCode.QUERY_BUSY, "the memory for merging queries is taken; try again");
        };
    }
}
