package io.truenow.fabric.control;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.CompletableFuture;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ControlClientTest {
    @Test
    void saysWhatWaitsWhileNoLeaderAnswers() {
        assertNull(new Client().whyAway());
        final String why = new Client() {
            @Override
            public boolean isConnected() {
                return false;
            }
        }.whyAway();
        assertTrue(why.startsWith("no leader of the control plane answers: events and queries go on"), why);
    }

    private static class Client implements ControlClient {
        @Override
        public CompletableFuture<CommandReply> ensureTable(final String namespace, final String table, final List<String> dimensions,
            final List<String> metrics) {
            throw new AssertionError();
        }

        @Override
        public CompletableFuture<CommandReply> change(final CatalogCommand command, final long expectedVersion) {
            throw new AssertionError();
        }

        @Override
        public CompletableFuture<CommandReply> registerService(final ServiceRegistration registration) {
            throw new AssertionError();
        }

        @Override
        public CompletableFuture<CommandReply> renewLease(final int serviceId, final long incarnation, final boolean leave) {
            throw new AssertionError();
        }
    }
}
