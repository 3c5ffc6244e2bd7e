package io.truenow.fabric.control;

import io.truenow.codecs.control.ServiceKind;
import io.truenow.fabric.time.ProcessClock;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

/** What a pause of the process, and another that takes its place meanwhile, do to a lease. */
class LeaseKeeperPauseTest {
    private static final long LEASE_US = 6_000_000;
    private final AtomicLong sourceNs = new AtomicLong(1_000_000_000L);
    private final ProcessClock clock = new ProcessClock(sourceNs::get, () -> 0);
    private final Control control = new Control();
    private final List<Throwable> errors = new ArrayList<>();
    private final LeaseKeeper keeper = new LeaseKeeper(control,
        () -> new ServiceRegistration(ServiceKind.GATEWAY, 1, 2, 3, 4, "h", 5, 6, 0, LEASE_US), -1, id -> { }, errors::add, clock);

    private void run(final long ms) {
        for (long i = 0; i < ms; i += 10) {
            sourceNs.addAndGet(10_000_000L);
            keeper.doWork();
        }
    }

    @Test
    void renewsAtAThirdOfTheLease() {
        run(20);
        assertEquals(1, control.registrations);
        assertEquals(7, keeper.serviceId());
        run(1_900);
        assertEquals(0, control.renewals);
        run(200);
        assertEquals(1, control.renewals);
    }

    @Test
    void renewsAtOnceAfterAPause() {
        run(100);
        assertEquals(0, control.renewals);
        sourceNs.addAndGet(45_000_000_000L);
        clock.nanoTime();
        keeper.doWork();
        assertEquals(1, control.renewals);
        run(1_900);
        assertEquals(1, control.renewals);
    }

    @Test
    void goesOnAskingWhenAnotherHasTakenItsPlace() {
        run(100);
        control.answer = CommandReply.refused("superseded", "another incarnation of this service has registered", 9, 0);
        sourceNs.addAndGet(45_000_000_000L);
        run(100);
        assertEquals("superseded", keeper.rejection().code().text());
        run(30_000);
        assertEquals(List.of(), errors);
        control.answer = Control.ACCEPTED;
        run(3_000);
        assertNull(keeper.rejection());
    }

    private static final class Control implements ControlClient {
        private static final CommandReply ACCEPTED = CommandReply.accepted(8, 7);
        private CommandReply answer = ACCEPTED;
        private int registrations;
        private int renewals;

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
            registrations++;
            return CompletableFuture.completedFuture(answer);
        }

        @Override
        public CompletableFuture<CommandReply> renewLease(final int serviceId, final long incarnation, final boolean leave) {
            renewals++;
            return CompletableFuture.completedFuture(answer);
        }
    }
}
