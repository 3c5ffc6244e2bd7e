package io.truenow.control.state;

import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.ServiceLease;
import io.truenow.fabric.control.ServiceRegistration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

/** Registration, and to the microsecond until when a lease is held. */
class LeasesTest {
    private static final long LEASE_US = 5_000_000;

    private final Machine machine = new Machine();
    private long sequence;

    @Test
    void aLeaseIsHeldUntilTheMicrosecondOfItsDeadline() {
        final int id = register(ServiceKind.GATEWAY, 1, 1);
        assertEquals(Machine.START_US + LEASE_US, machine.stateMachine.nextTimerUs(machine.nowUs));
        assertStateAt(Machine.START_US + LEASE_US - 1, ServiceState.ACTIVE, id);
        assertStateAt(Machine.START_US + LEASE_US, ServiceState.LAPSED, id);
    }

    @Test
    void aRenewalCountsFromWhenItWasCarriedOut() {
        final int id = register(ServiceKind.GATEWAY, 1, 1);
        machine.nowUs += 3_000_000;
        final long version = machine.stateMachine.version();
        assertEquals("", renew(id, 1, false));
        // views do not see a lease's end, so they need not be told
        assertEquals(version, machine.stateMachine.version());
        assertEquals(machine.nowUs + LEASE_US, machine.stateMachine.nextTimerUs(machine.nowUs));
        assertStateAt(Machine.START_US + 3_000_000 + LEASE_US - 1, ServiceState.ACTIVE, id);
        assertStateAt(Machine.START_US + 3_000_000 + LEASE_US, ServiceState.LAPSED, id);
    }

    @Test
    void aLapsedLeaseComesBackForItsWholeLength() {
        final int id = register(ServiceKind.QUERY, 1, 1);
        machine.nowUs += 2 * LEASE_US;
        machine.stateMachine.onTimer(machine.nowUs);
        final long version = machine.stateMachine.version();
        assertEquals(ServiceState.LAPSED, state(id));
        // nothing to do for a lapsed lease: the next look is at the sessions
        assertEquals(machine.nowUs + 60_000_000, machine.stateMachine.nextTimerUs(machine.nowUs));
        machine.stateMachine.onTimer(machine.nowUs);
        assertEquals(version, machine.stateMachine.version());
        assertEquals("", renew(id, 1, false));
        assertEquals(ServiceState.ACTIVE, state(id));
        assertEquals(version + 1, machine.stateMachine.version());
        assertStateAt(Machine.START_US + 3 * LEASE_US - 1, ServiceState.ACTIVE, id);
        assertStateAt(Machine.START_US + 3 * LEASE_US, ServiceState.LAPSED, id);
    }

    @Test
    void aServiceThatLeftIsNotRenewedAndMayComeBack() {
        final int id = register(ServiceKind.QUERY, 1, 1);
        assertEquals("", renew(id, 1, true));
        assertEquals(ServiceState.LEFT, state(id));
        final long version = machine.stateMachine.version();
        assertEquals("", renew(id, 1, true));
        assertEquals(version, machine.stateMachine.version());
        assertEquals("service_left", renew(id, 1, false));
        machine.nowUs += 10 * LEASE_US;
        machine.stateMachine.onTimer(machine.nowUs);
        assertEquals(ServiceState.LEFT, state(id));
        assertEquals(id, register(ServiceKind.QUERY, 1, 1));
        assertEquals(ServiceState.ACTIVE, state(id));
        assertEquals(machine.nowUs + LEASE_US, machine.stateMachine.nextTimerUs(machine.nowUs));
    }

    @Test
    void aRegistrationOfTheSameIncarnationRenewsAndOneOfAnotherLengthSaysSo() {
        final int id = register(ServiceKind.QUERY, 1, 1);
        machine.nowUs += 1_000_000;
        final long version = machine.stateMachine.version();
        assertEquals(id, register(ServiceKind.QUERY, 1, 1));
        assertEquals(version, machine.stateMachine.version());
        assertEquals(machine.nowUs + LEASE_US, machine.stateMachine.nextTimerUs(machine.nowUs));
        assertEquals("", register(registration(ServiceKind.QUERY, 1, 0, 8_000_000)));
        assertEquals(machine.nowUs + 8_000_000, machine.stateMachine.nextTimerUs(machine.nowUs));
        machine.nowUs += 1_000_000;
        assertEquals("", renew(id, 1, false));
        assertEquals(machine.nowUs + 8_000_000, machine.stateMachine.nextTimerUs(machine.nowUs));
        // the same incarnation: registered when it was
        assertEquals(1, machine.catalog().service(id).registeredVersion());
        assertEquals(id, register(ServiceKind.QUERY, 1, 2));
        assertEquals(machine.stateMachine.version(), machine.catalog().service(id).registeredVersion());
        assertEquals(1, machine.catalog().service(id).createdVersion());
    }

    @Test
    void aNewTermBeginsLeasesAnewByItsOwnClockAndLeavesTheLapsedAlone() {
        final int held = register(ServiceKind.QUERY, 1, 1);
        final int lapsed = register(ServiceKind.QUERY, 2, 1);
        machine.nowUs += 4_000_000;
        assertEquals("", renew(held, 1, false));
        machine.nowUs += 1_500_000;
        machine.stateMachine.onTimer(machine.nowUs);
        assertEquals(ServiceState.LAPSED, state(lapsed));
        // cluster time of a new leader may stand behind the former's, which may have been hours ahead
        machine.stateMachine.onLeadershipTerm(machine.nowUs - 5_000_000, 7);
        assertEquals(machine.nowUs - 5_000_000 + LEASE_US, machine.stateMachine.nextTimerUs(machine.nowUs - 5_000_000));
        machine.stateMachine.onLeadershipTerm(machine.nowUs, 8);
        assertEquals(machine.nowUs + LEASE_US, machine.stateMachine.nextTimerUs(machine.nowUs));
        assertEquals(ServiceState.LAPSED, state(lapsed));
    }

    @Test
    void theFirstTermNamesTheCatalogAndLaterOnesDoNot() {
        assertEquals(false, machine.stateMachine.isNamed());
        machine.stateMachine.onLeadershipTerm(machine.nowUs, 42);
        final CatalogChange named = machine.changes.getLast();
        assertEquals(true, named.isWhole());
        assertEquals(Placement.mix(machine.nowUs), named.catalogIdHigh());
        assertEquals(Placement.mix(42 ^ named.catalogIdHigh()), named.catalogIdLow());
        machine.stateMachine.onLeadershipTerm(machine.nowUs + 1, 43);
        assertEquals(1, machine.changes.size());
        assertEquals(named.catalogIdHigh(), machine.stateMachine.whole().catalogIdHigh());
        assertEquals(named.catalogIdLow(), machine.copyBySnapshot().stateMachine.whole().catalogIdLow());
    }

    @Test
    void whatIsRegisteredIsWhatViewsSee() {
        final ServiceRegistration wanted = new ServiceRegistration(ServiceKind.HOT_TIER, 11, 12, 3, 77, "h-1", 4, 5, 6, 9_000_000);
        assertEquals("", register(wanted));
        final ServiceInstance expected = new ServiceInstance(1, ServiceKind.HOT_TIER, 3, 77, "h-1", 4, 5, 6, ServiceState.ACTIVE, 1, 1,
            new ServiceLease(11, 12, 9_000_000, machine.nowUs + 9_000_000));
        assertEquals(expected, machine.catalog().service(1));
        assertEquals(expected, machine.copyBySnapshot().catalog().service(1));
        // lanes of what has none
        assertEquals("", register(new ServiceRegistration(ServiceKind.GATEWAY, 12, 11, 3, 77, "h-1", 4, 5, 6, 9_000_000)));
        assertEquals(0, machine.catalog().service(2).lanes());
        // keys differ by either half
        assertEquals("", register(new ServiceRegistration(ServiceKind.GATEWAY, 12, 12, 3, 77, "h-1", 4, 5, 6, 9_000_000)));
        assertEquals(3, machine.catalog().services().size());
    }

    @ParameterizedTest
    @CsvSource({
        // incarnation, host length, Aeron port, HTTP port, lanes, lease
        "1, 1, 0, 0, 1, 100000, ''",
        "1, 255, 65535, 65535, 100, 600000000, ''",
        "0, 1, 0, 0, 1, 100000, invalid_incarnation",
        "1, 0, 0, 0, 1, 100000, invalid_host",
        "1, 256, 0, 0, 1, 100000, invalid_host",
        "1, 1, -1, 0, 1, 100000, invalid_port",
        "1, 1, 65536, 0, 1, 100000, invalid_port",
        "1, 1, 0, -1, 1, 100000, invalid_port",
        "1, 1, 0, 65536, 1, 100000, invalid_port",
        "1, 1, 0, 0, 0, 100000, invalid_lanes",
        "1, 1, 0, 0, 101, 100000, invalid_lanes",
        "1, 1, 0, 0, 1, 99999, invalid_lease",
        "1, 1, 0, 0, 1, 600000001, invalid_lease"})
    void limitsOfARegistration(
        final long incarnation, final int hostLength, final int aeronPort, final int httpPort, final int lanes, final long leaseUs,
        final String code) {
        assertEquals(code, register(new ServiceRegistration(
            ServiceKind.HOT_TIER, 1, 2, incarnation, 3, "h".repeat(hostLength), aeronPort, httpPort, lanes, leaseUs)));
        assertEquals(code.isEmpty() ? 1 : 0, machine.stateMachine.version());
        assertEquals(code.isEmpty() ? 1 : 0, machine.catalog().services().size());
    }

    @Test
    void aKindThatThisVersionDoesNotKnowIsRefused() {
        assertEquals("invalid_kind", register(registration(ServiceKind.NULL_VAL, 1, 1, LEASE_US)));
    }

    @Test
    void theCatalogHoldsSoManyServicesAndKnowsThemAgain() {
        for (int key = 1; key <= ServiceCommands.MAX_SERVICES; key++) {
            assertEquals(key, register(ServiceKind.QUERY, key, 1));
        }
        assertEquals("service_limit", register(registration(ServiceKind.QUERY, 0, 0, LEASE_US)));
        assertEquals(7, register(ServiceKind.QUERY, 7, 2));
    }

    @Test
    void repliesSayWhatTheServiceIsCalled() {
        final int id = register(ServiceKind.QUERY, 9, 1);
        assertEquals(id, Commands.resultId(machine.apply(Commands.renew(1, ++sequence, id, 1, false))));
        machine.nowUs += LEASE_US;
        machine.stateMachine.onTimer(machine.nowUs);
        assertEquals(id, Commands.resultId(machine.apply(Commands.renew(1, ++sequence, id, 1, false))));
        assertEquals(id, Commands.resultId(machine.apply(Commands.renew(1, ++sequence, id, 1, true))));
        final byte[] refusal = machine.apply(Commands.renew(1, ++sequence, id, 1, false));
        assertEquals(-1, Commands.resultId(refusal));
        assertArrayEquals(machine.snapshot(), machine.copyBySnapshot().snapshot());
    }

    private int register(final ServiceKind kind, final long key, final long incarnation) {
        return (int) Commands.resultId(machine.apply(Commands.register(1, ++sequence, kind, key, incarnation, 0)));
    }

    private String register(final ServiceRegistration registration) {
        return Commands.code(machine.apply(Commands.register(1, ++sequence, registration)));
    }

    private static ServiceRegistration registration(final ServiceKind kind, final long key, final int lanes, final long leaseUs) {
        return new ServiceRegistration(kind, key, ~key, 1, 1, "h", 1, 2, lanes, leaseUs);
    }

    private String renew(final int id, final long incarnation, final boolean leave) {
        return Commands.code(machine.apply(Commands.renew(1, ++sequence, id, incarnation, leave)));
    }

    private ServiceState state(final int id) {
        return machine.catalog().service(id).state();
    }

    private void assertStateAt(final long timeUs, final ServiceState expected, final int id) {
        machine.nowUs = timeUs;
        machine.stateMachine.onTimer(timeUs);
        assertEquals(expected, state(id));
    }
}
