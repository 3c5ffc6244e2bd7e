package io.truenow.control;

import io.truenow.fabric.control.CatalogCommand;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.ControlClient;
import io.truenow.fabric.control.ServiceRegistration;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the renewals that control has accepted. */
final class RenewalCount implements ControlClient {
    private final ControlClient control;
    private final AtomicInteger accepted = new AtomicInteger();

    RenewalCount(final ControlClient control) {
        this.control = control;
    }

    int accepted() {
        return accepted.get();
    }

    @Override
    public CompletableFuture<CommandReply> ensureTable(
        final String namespace, final String table, final List<String> dimensions, final List<String> metrics) {
        return control.ensureTable(namespace, table, dimensions, metrics);
    }

    @Override
    public CompletableFuture<CommandReply> change(final CatalogCommand command, final long expectedVersion) {
        return control.change(command, expectedVersion);
    }

    @Override
    public CompletableFuture<CommandReply> registerService(final ServiceRegistration registration) {
        return control.registerService(registration);
    }

    @Override
    public CompletableFuture<CommandReply> renewLease(final int serviceId, final long incarnation, final boolean leave) {
        return control.renewLease(serviceId, incarnation, leave).whenComplete((reply, error) -> {
            if (error == null && reply.isAccepted() && !leave) {
                accepted.incrementAndGet();
            }
        });
    }
}
