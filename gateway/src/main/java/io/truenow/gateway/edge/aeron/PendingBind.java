package io.truenow.gateway.edge.aeron;

import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.Names;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.ControlUnavailableException;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.gateway.table.TableNeed;
import io.truenow.gateway.table.TableResolver;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A {@code BindTable} until its answer is sent. Belongs to the edge's agent, which polls it. */
final class PendingBind {
    final ClientSession session;
    final long correlationId;
    private final TableResolver tables;
    private final TableNeed wanted;
    private final long deadlineNs;
    private CompletableFuture<CommandReply> command;
    private Table table;
    private long catalogVersion;
    private Problem refusal;
    private Throwable failure;

    PendingBind(
        final ClientSession session, final long correlationId, final TableResolver tables, final TableNeed wanted, final long deadlineNs) {
        this.session = session;
        this.correlationId = correlationId;
        this.tables = tables;
        this.wanted = wanted;
        this.deadlineNs = deadlineNs;
    }

    /** Whether the answer is known: {@link #table} or {@link #refusal}. */
    boolean poll(final long nowNs) {
        if (table != null || refusal != null) {
            return true;
        }
        final Catalog catalog = tables.catalog();
        final Table found = catalog.table(wanted.namespace(), wanted.table());
        if (found != null && found.dimensions().containsAll(wanted.dimensions()) && found.metrics().containsAll(wanted.metrics())) {
            table = found;
            catalogVersion = catalog.version();
        } else if (nowNs - deadlineNs > 0) {
            refusal = BatchProblems.CONTROL_AWAY;
        } else if (command == null && Names.isDigits(wanted.namespace()) && catalog.namespace(wanted.namespace()) == null) {
            refusal = Problem.of(ProblemCode.INVALID_NAMESPACE, "a new namespace's name is " + Names.DIGITS_RULE);
        } else if (command == null) {
            command = tables.ensure(new TableNeed(wanted.namespace(), wanted.table(),
                missing(wanted.dimensions(), found == null ? List.of() : found.dimensions()),
                missing(wanted.metrics(), found == null ? List.of() : found.metrics())));
        } else if (command.isCompletedExceptionally()) {
            failure = command.exceptionNow();
            refusal = failure instanceof ControlUnavailableException ? BatchProblems.CONTROL_AWAY : BatchProblems.INTERNAL;
        } else if (command.isDone() && !command.join().isAccepted()) {
            refusal = toTell(command.join().refusal());
            failure = new IllegalStateException("the control plane does not understand this gateway: " + command.join().refusal());
        }
        return table != null || refusal != null;
    }

    /** The table with all that was asked for, or null. */
    Table table() {
        return table;
    }

    /** Of the catalog that shows the table so. */
    long catalogVersion() {
        return catalogVersion;
    }

    /** Why there is no table, or null. */
    Problem refusal() {
        return refusal;
    }

    /** What the client need not hear of, or null. */
    Throwable failure() {
        return refusal == BatchProblems.INTERNAL ? failure : null;
    }

    private static Problem toTell(final Problem refusal) {
        return switch (refusal.code().problemClass()) {
            case USER, RESOURCE -> refusal;
            case UNAVAILABLE -> BatchProblems.CONTROL_AWAY;
            case INTERNAL -> BatchProblems.INTERNAL;
        };
    }

    private static List<String> missing(final List<String> wanted, final List<String> known) {
        final List<String> missing = new ArrayList<>(wanted);
        missing.removeAll(known);
        return missing;
    }
}
