package io.truenow.fabric.control;

import io.truenow.codecs.control.EventIdentity;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Proposes commands to the control plane's state machine. Thread safe. A command that was sent but not answered, because the leader
 * changed, say, is resent with its sequence, so it is carried out once. Futures complete on the client's agent thread: hand over, do not
 * compute there. They fail with {@link ControlUnavailableException} when no leader answered within the timeout.
 */
public interface ControlClient {
    /** Whatever the catalog's version is. */
    long ANY_VERSION = -1;

    /**
     * Creates a namespace and table or extends the table's schema, as far as needed. A table that is made so has {@link EventIdentity#ID}.
     */
    CompletableFuture<CommandReply> ensureTable(String namespace, String table, List<String> dimensions, List<String> metrics);

    /**
     * Changes the catalog as an operator asks for it.
     *
     * @param expectedVersion rejected with {@code version_conflict} if the catalog is at another; {@link #ANY_VERSION} if it does not
     *                        matter.
     */
    CompletableFuture<CommandReply> change(CatalogCommand command, long expectedVersion);

    /** Registers this incarnation of a service; the reply's result id is the service's id. */
    CompletableFuture<CommandReply> registerService(ServiceRegistration registration);

    /** Renews the lease, or gives it up. */
    CompletableFuture<CommandReply> renewLease(int serviceId, long incarnation, boolean leave);

    /** Whether a leader is connected at this moment. Any thread. */
    default boolean isConnected() {
        return true;
    }

    /** What a service says while {@link #isConnected} is false: null, or a sentence. */
    default String whyAway() {
        return isConnected() ? null : "no leader of the control plane answers: events and queries go on, new tables and services wait;"
            + " start it, or see control's /ready";
    }
}
