package io.truenow.tools.toy;

import io.truenow.fabric.control.CatalogCommand;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.ControlClient;
import io.truenow.fabric.control.ServiceRegistration;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A control plane that answers as the test says, at once or never. */
final class ToyControl implements ControlClient {
    final List<ServiceRegistration> registrations = new ArrayList<>();
    final List<String> renewals = new ArrayList<>();
    /** Null for none. */
    CommandReply answer;

    @Override
    public CompletableFuture<CommandReply> registerService(final ServiceRegistration registration) {
        registrations.add(registration);
        return reply();
    }

    @Override
    public CompletableFuture<CommandReply> renewLease(final int serviceId, final long incarnation, final boolean leave) {
        renewals.add((leave ? "leave " : "renew ") + serviceId + '/' + incarnation);
        return reply();
    }

    @Override
    public CompletableFuture<CommandReply> ensureTable(
        final String namespace, final String table, final List<String> dimensions, final List<String> metrics) {
        throw new AssertionError("a toy has no tables");
    }

    @Override
    public CompletableFuture<CommandReply> change(final CatalogCommand command, final long expectedVersion) {
        throw new AssertionError("a toy has no tables");
    }

    private CompletableFuture<CommandReply> reply() {
        return answer == null ? new CompletableFuture<>() : CompletableFuture.completedFuture(answer);
    }
}
