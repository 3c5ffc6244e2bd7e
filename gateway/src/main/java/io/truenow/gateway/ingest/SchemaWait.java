package io.truenow.gateway.ingest;

import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.ControlUnavailableException;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.gateway.table.TableNeed;
import io.truenow.gateway.table.TableResolver;
import org.agrona.ErrorHandler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** What a request has asked of the control plane, and was answered, over all its readings. Belongs to the flow's thread. */
final class SchemaWait {
    private static final int MAX_PASSES = 3;

    private final TableResolver tables;
    private final ErrorHandler errors;
    private final long deadlineNs;
    private final List<TableNeed> asked = new ArrayList<>();
    private final List<CompletableFuture<CommandReply>> replies = new ArrayList<>();
    /** By {@link SchemaNeeds#key}. */
    private final Map<String, Problem> refusals = new HashMap<>();
    /** Keys of the tables that were asked for, over all readings. */
    private final Set<String> names;
    private int passes;

    /**
     * Begins when a request was read for the first time and needs something.
     *
     * @param errors gets what is no fault of the request.
     * @param names  keys of the tables that it needs; those of later readings are added.
     */
    SchemaWait(final TableResolver tables, final ErrorHandler errors, final Set<String> names, final long deadlineNs) {
        this.tables = tables;
        this.errors = errors;
        this.names = names;
        this.deadlineNs = deadlineNs;
    }

    /** By {@link SchemaNeeds#key}: what control has refused. */
    Map<String, Problem> refusals() {
        return refusals;
    }

    /** Keys of the tables that the request needs or needed. */
    Set<String> names() {
        return names;
    }

    /** Asks for what a reading found to be lacking; false if that was done too often. */
    boolean ask(final List<TableNeed> needs) {
        if (++passes > MAX_PASSES) {
            return false;
        }
        asked.clear();
        replies.clear();
        for (final TableNeed need : needs) {
            asked.add(need);
            replies.add(tables.ensure(need));
        }
        return true;
    }

    /** Whether there is no use in waiting any longer. */
    boolean isOver(final long nowNs) {
        return isAnswered() || nowNs - deadlineNs >= 0;
    }

    /**
     * Takes what was answered.
     *
     * @param catalogVersion by which the request was read.
     * @return null if the request can be read again, else why nothing of it can be accepted.
     */
    Problem takeAnswers(final long catalogVersion) {
        if (!isAnswered()) {
            return controlUnavailable();
        }
        for (int i = 0; i < asked.size(); i++) {
            final CompletableFuture<CommandReply> reply = replies.get(i);
            if (reply.isCompletedExceptionally()) {
                return ofFailure(reply.exceptionNow());
            }
            if (!reply.join().isAccepted()) {
                final Problem problem = takeRefusal(asked.get(i), reply.join().refusal(), catalogVersion);
                if (problem != null) {
                    return problem;
                }
            }
        }
        return null;
    }

    static Problem controlUnavailable() {
        return Problem.of(ProblemCode.CONTROL_UNAVAILABLE,
            "The control plane did not create the new table or columns in time. Nothing was accepted; send the request again.");
    }

    private Problem ofFailure(final Throwable failure) {
        if (failure instanceof ControlUnavailableException) {
            return controlUnavailable();
        }
        errors.onError(failure);
        return IngestFlow.internalError();
    }

    /** All answers are there and the catalog shows them, or one failed. */
    private boolean isAnswered() {
        final long catalogVersion = tables.catalog().version();
        for (final CompletableFuture<CommandReply> reply : replies) {
            if (reply.isCompletedExceptionally()) {
                return true;
            }
            if (!reply.isDone() || mustBeShown(reply.join()) && reply.join().catalogVersion() > catalogVersion) {
                return false;
            }
        }
        return true;
    }

    /** A table that is full for control and not for the catalog here has been filled by others meanwhile. */
    private static boolean mustBeShown(final CommandReply reply) {
        return reply.isAccepted() || reply.refusal().code() == ProblemCode.SCHEMA_LIMIT;
    }

    /** Null: it concerns the events that named the table, not the request. */
    private Problem takeRefusal(final TableNeed need, final Problem refusal, final long catalogVersion) {
        return switch (refusal.code().problemClass()) {
            case UNAVAILABLE -> controlUnavailable();
            case INTERNAL ->
                ofFailure(new IllegalStateException("the control plane does not understand this gateway: " + refusal.code().text()));
            case USER, RESOURCE -> {
                final boolean isNews =
                    refusal.code() == ProblemCode.SCHEMA_LIMIT && passes < MAX_PASSES && catalogVersion < tables.catalog().version();
                if (!isNews) {
                    refusals.put(SchemaNeeds.key(need.namespace(), need.table()), refusal);
                }
                // else the newer catalog tells, event by event, what fits
                yield null;
            }
        };
    }
}
