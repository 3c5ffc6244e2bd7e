package io.truenow.gateway.table;

import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.ControlClient;
import io.truenow.fabric.control.ControlUnavailableException;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Has the control plane create what events name and the catalog lacks: one command for all who need the same at the same time. Shared by
 * all edges of a gateway; any thread. It never blocks: who asks looks at the future later, then waits until {@link #catalog()} has reached
 * the reply's version. Tables that the catalog shows never come here, so they are ingested while the control plane is away.
 */
public final class TableResolver {
    /** More commands at a time are not asked for: somebody is making up names. */
    static final int MAX_FLIGHTS = 256;

    private final CatalogView view;
    private final ControlClient control;
    private final KeptFrom keptFrom = new KeptFrom();
    private final ConcurrentHashMap<Target, Flight> flights = new ConcurrentHashMap<>();

    public TableResolver(final CatalogView view, final ControlClient control) {
        this.view = view;
        this.control = control;
    }

    /** The newest catalog here. */
    public Catalog catalog() {
        return view.catalog();
    }

    /** From when on events of each shard are taken. */
    public KeptFrom keptFrom() {
        return keptFrom;
    }

    /**
     * Asks for what is needed, or joins who did so and whose answer is not there yet, or not yet visible. Who has looked at an older
     * catalog, and needs what the newest shows, is answered at once.
     *
     * @return completes with the answer, or fails with {@link ControlUnavailableException}.
     */
    public CompletableFuture<CommandReply> ensure(final TableNeed need) {
        final Target target = new Target(need.namespace(), need.table());
        final Flight mine = new Flight(need, new CompletableFuture<>());
        flights.values().removeIf(this::isSettled);
        if (flights.size() >= MAX_FLIGHTS && !flights.containsKey(target)) {
            return CompletableFuture.failedFuture(new ControlUnavailableException("too many tables asked for at once"));
        }
        final Flight flight = flights.compute(target, (key, current) -> current != null && current.need.covers(need) ? current : mine);
        if (flight == mine && !isShown(mine)) {
            depart(mine);
        }
        return flight.reply;
    }

    /** Answers from the catalog, if it can: looked at after the flights, of which those that are gone are visible. */
    private boolean isShown(final Flight flight) {
        final Catalog catalog = view.catalog();
        final Table shown = flight.need.fulfilled(catalog);
        if (shown != null) {
            flight.reply.complete(CommandReply.accepted(catalog.version(), shown.id()));
        }
        return shown != null;
    }

    private void depart(final Flight flight) {
        final TableNeed need = flight.need;
        CompletableFuture<CommandReply> reply;
        try {
            reply = control.ensureTable(need.namespace(), need.table(), need.dimensions(), need.metrics());
        } catch (final RuntimeException e) {
            reply = CompletableFuture.failedFuture(e);
        }
        reply.whenComplete((answer, failure) -> {
            if (failure == null) {
                flight.reply.complete(answer);
            } else {
                flight.reply.completeExceptionally(failure);
            }
        });
    }

    /** Answered, and visible if accepted: until then whoever needs the same has nothing new to ask. */
    private boolean isSettled(final Flight flight) {
        if (!flight.reply.isDone()) {
            return false;
        }
        if (flight.reply.isCompletedExceptionally()) {
            return true;
        }
        final CommandReply answer = flight.reply.join();
        return !answer.isAccepted() || answer.catalogVersion() <= view.catalog().version();
    }

    private record Target(String namespace, String table) {
    }

    /** Compared by identity: one flight is not another. */
    private static final class Flight {
        final TableNeed need;
        final CompletableFuture<CommandReply> reply;

        Flight(final TableNeed need, final CompletableFuture<CommandReply> reply) {
            this.need = need;
            this.reply = reply;
        }
    }
}
