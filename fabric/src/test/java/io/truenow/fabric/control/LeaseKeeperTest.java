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

class LeaseKeeperTest {
    private static final long LEASE_US = 6_000_000;
    private static final long THIRD_NS = LEASE_US * 1_000 / 3;
    private static final long RETRY_NS = 200_000_000L;
    private static final long STEP_NS = 50_000_000L;

    private final FakeControl control = new FakeControl();
    private final List<Integer> remembered = new ArrayList<>();
    private final List<Throwable> errors = new ArrayList<>();
    private final AtomicLong sourceNs = new AtomicLong(1);
    private final ProcessClock clock = new ProcessClock(sourceNs::get, () -> 0);
    private final LeaseKeeper keeper = new LeaseKeeper(
        control, () -> new ServiceRegistration(ServiceKind.QUERY, 1, 2, 3, 4, "h", 5, 6, 0, LEASE_US), 8, remembered::add, errors::add,
        clock);

    @Test
    void registersAtOnceAndRenewsAtAThirdOfTheLease() {
        assertEquals(8, keeper.serviceId());
        assertFalse(keeper.isRegistered());
        assertEquals(1, keeper.doWork());
        assertEquals(0, keeper.doWork());
        assertEquals(List.of("register"), control.asked);
        control.answer(true, "", 40, 9);
        pass(50);
        assertEquals(1, keeper.doWork());
        assertTrue(keeper.isRegistered());
        assertEquals(40, keeper.registeredCatalogVersion());
        assertEquals(9, keeper.serviceId());
        assertEquals(List.of(9), remembered);
        for (int renewal = 1; renewal <= 5; renewal++) {
            pass(THIRD_NS - 1);
            assertEquals(0, keeper.doWork());
            assertEquals(renewal, control.asked.size());
            pass(1);
            assertEquals(1, keeper.doWork());
            assertEquals("renew 9 3", control.asked.getLast());
            assertEquals(0, keeper.doWork());
            control.answer(true, "", 41, 9);
            assertEquals(1, keeper.doWork());
        }
        // the catalog version of the registration stays: views that have reached it show the service
        assertEquals(40, keeper.registeredCatalogVersion());
        assertNull(keeper.rejection());
        assertEquals(List.of(), errors);
    }

    /** A full disk undoes no registration; the id is on disk as soon as there is room, for a start without control. */
    @Test
    void anIdThatCannotBeKeptIsTriedAgainWithEachRenewal() {
        final boolean[] isDiskFull = {true};
        final LeaseKeeper full = new LeaseKeeper(
            control, () -> new ServiceRegistration(ServiceKind.QUERY, 1, 2, 3, 4, "h", 5, 6, 0, LEASE_US), -1, id -> {
                if (isDiskFull[0]) {
                    throw new IllegalStateException("no space left");
                }
                remembered.add(id);
            }, errors::add, clock);
        full.doWork();
        control.answer(true, "", 40, 9);
        assertEquals(1, full.doWork());
        assertTrue(full.isRegistered());
        assertEquals(9, full.serviceId());
        assertEquals(1, errors.size());
        for (int renewal = 1; renewal <= 4; renewal++) {
            assertEquals(0, full.doWork());
            pass(THIRD_NS);
            full.doWork();
            assertEquals("renew 9 3", control.asked.getLast());
            isDiskFull[0] = renewal < 2;
            control.answer(true, "", 40, 9);
            full.doWork();
        }
        assertEquals(5, control.asked.size(), "registered once");
        assertEquals(2, errors.size());
        assertEquals(List.of(9), remembered);
    }

    @Test
    void asksAgainSoonWhileControlIsAway() {
        register();
        pass(THIRD_NS);
        keeper.doWork();
        control.fail(new ControlUnavailableException("away"));
        assertEquals(1, keeper.doWork());
        pass(RETRY_NS - 1);
        assertEquals(0, keeper.doWork());
        pass(1);
        assertEquals(1, keeper.doWork());
        assertEquals(List.of("register", "renew 9 3", "renew 9 3"), control.asked);
        // that is no error, it is what control's absence looks like
        assertEquals(List.of(), errors);
    }

    @Test
    void asksAgainSoonForTheFirstRegistration() {
        keeper.doWork();
        control.fail(new ControlUnavailableException("away"));
        keeper.doWork();
        assertEquals(8, keeper.serviceId());
        assertFalse(keeper.isRegistered());
        pass(RETRY_NS - 1);
        assertEquals(0, keeper.doWork());
        pass(1);
        assertEquals(1, keeper.doWork());
        assertEquals(List.of("register", "register"), control.asked);
    }

    @Test
    void registersAgainWhenTheLeaseIsRefused() {
        register();
        pass(THIRD_NS);
        keeper.doWork();
        control.answer(false, "unknown_service", -1, -1);
        assertEquals(1, keeper.doWork());
        assertEquals("unknown_service", keeper.rejection().code().text());
        assertEquals(1, keeper.doWork());
        assertEquals(List.of("register", "renew 9 3", "register"), control.asked);
        control.answer(false, "unknown_service", -1, -1);
        keeper.doWork();
        pass(THIRD_NS - 1);
        assertEquals(0, keeper.doWork());
        pass(1);
        assertEquals(1, keeper.doWork());
        assertEquals("register", control.asked.getLast());
        control.answer(false, "superseded", -1, -1);
        keeper.doWork();
        assertEquals("superseded", keeper.rejection().code().text(), "why control refuses it now");
        // no error of this process: it is a line of the log and it is asked again
        assertEquals(List.of(), errors);
        pass(THIRD_NS);
        keeper.doWork();
        control.answer(true, "", 50, 10);
        keeper.doWork();
        assertNull(keeper.rejection());
        assertEquals(10, keeper.serviceId());
        assertEquals(List.of(9, 10), remembered);
        assertEquals(40, keeper.registeredCatalogVersion());
        pass(THIRD_NS);
        keeper.doWork();
        assertEquals("renew 10 3", control.asked.getLast());
    }

    @Test
    void tellsWhatShouldNotHappen() {
        register();
        pass(THIRD_NS);
        keeper.doWork();
        control.fail(new IllegalStateException("a fault"));
        keeper.doWork();
        assertEquals(1, errors.size());
        pass(RETRY_NS);
        assertEquals(1, keeper.doWork());
        control.last.cancel(false);
        keeper.doWork();
        pass(RETRY_NS);
        assertEquals(1, keeper.doWork());
    }

    @Test
    void leavesOnceAndRenewsNoMore() {
        assertNull(keeper.leave());
        assertEquals(0, keeper.doWork());
        assertEquals(List.of(), control.asked);
        final FakeControl other = new FakeControl();
        final LeaseKeeper registered = new LeaseKeeper(
            other, () -> new ServiceRegistration(ServiceKind.QUERY, 1, 2, 3, 4, "h", 5, 6, 0, LEASE_US), -1, remembered::add, errors::add,
            clock);
        assertEquals(-1, registered.serviceId());
        registered.doWork();
        other.answer(true, "", 1, 9);
        registered.doWork();
        assertEquals(other.last == null, registered.leave() == null);
        assertEquals("leave 9 3", other.asked.getLast());
        pass(10 * THIRD_NS);
        assertEquals(0, registered.doWork());
    }

    /** In steps that are no pauses. */
    private void pass(final long ns) {
        for (long leftNs = ns; leftNs > 0; leftNs -= STEP_NS) {
            sourceNs.addAndGet(Math.min(leftNs, STEP_NS));
            clock.nanoTime();
        }
    }

    private void register() {
        keeper.doWork();
        control.answer(true, "", 40, 9);
        keeper.doWork();
    }

    private static final class FakeControl implements ControlClient {
        final List<String> asked = new ArrayList<>();
        CompletableFuture<CommandReply> last;

        void answer(final boolean accepted, final String code, final long catalogVersion, final long resultId) {
            last.complete(accepted
                ? CommandReply.accepted(catalogVersion, resultId) : CommandReply.refused(code, "", catalogVersion, resultId));
        }

        void fail(final Exception reason) {
            last.completeExceptionally(reason);
        }

        @Override
        public CompletableFuture<CommandReply> ensureTable(
            final String namespace, final String table, final List<String> dimensions, final List<String> metrics) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CompletableFuture<CommandReply> change(final CatalogCommand command, final long expectedVersion) {
            throw new AssertionError();
        }

        @Override
        public CompletableFuture<CommandReply> registerService(final ServiceRegistration registration) {
            return ask("register");
        }

        @Override
        public CompletableFuture<CommandReply> renewLease(final int serviceId, final long incarnation, final boolean leave) {
            return ask((leave ? "leave " : "renew ") + serviceId + ' ' + incarnation);
        }

        private CompletableFuture<CommandReply> ask(final String what) {
            asked.add(what);
            last = new CompletableFuture<>();
            return last;
        }
    }
}
