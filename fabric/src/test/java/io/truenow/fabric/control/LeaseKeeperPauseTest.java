package io.truenow.fabric.control;

import io.truenow.codecs.control.ServiceKind;
import io.truenow.fabric.time.ProcessClock;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

    @Test
    void aLeaseIsHeldForItsLengthFromWhenItWasAskedFor() {
        assertFalse(keeper.isHeld(clock.nanoTime(), 100), "not asked for yet");
        run(20);
        assertTrue(keeper.isHeld(clock.nanoTime(), 8));
        assertFalse(keeper.isHeld(clock.nanoTime(), 7), "what control had decided before is not in that catalog");
        run(2_500);
        assertEquals(1, control.renewals);
        control.isAway = true;
        run(5_400);
        assertTrue(keeper.isHeld(clock.nanoTime(), 8), "renewed after two seconds, for six");
        run(700);
        assertFalse(keeper.isHeld(clock.nanoTime(), 100));
        control.isAway = false;
        control.answer = CommandReply.accepted(12, 7);
        run(1_500);
        assertFalse(keeper.isHeld(clock.nanoTime(), 11), "others may have been made owners meanwhile");
        assertTrue(keeper.isHeld(clock.nanoTime(), 12));
        control.answer = CommandReply.accepted(20, 7);
        run(2_500);
        assertTrue(keeper.isHeld(clock.nanoTime(), 12), "held without a gap since");
    }

    @Test
    void aPauseOrARefusalEndsALease() {
        run(20);
        assertTrue(keeper.isHeld(clock.nanoTime(), 8));
        sourceNs.addAndGet(45_000_000_000L);
        assertFalse(keeper.isHeld(clock.nanoTime(), 100), "it has lapsed meanwhile, and this process did not notice the time");
        run(20);
        assertTrue(keeper.isHeld(clock.nanoTime(), 8));
        control.answer = CommandReply.refused("superseded", "another incarnation of this service has registered", 9, 0);
        run(2_500);
        assertFalse(keeper.isHeld(clock.nanoTime(), 100));
    }

    private static final class Control implements ControlClient {
        private static final CommandReply ACCEPTED = CommandReply.accepted(8, 7);
        private CommandReply answer = ACCEPTED;
        private boolean isAway;
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
            return isAway ? CompletableFuture.failedFuture(new ControlUnavailableException("away"))
                : CompletableFuture.completedFuture(answer);
        }
    }
}
