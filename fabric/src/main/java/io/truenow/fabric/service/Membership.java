package io.truenow.fabric.service;

import io.truenow.codecs.control.ServiceKind;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.channel.Inbox;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.Lease;
import io.truenow.fabric.control.LeaseKeeper;
import io.truenow.fabric.control.ServiceRegistration;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.process.ServiceIdentity;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * A service's place in the cluster: who it is, where it is reached, its lease with the control plane. Made and registered by the launching
 * thread; the accessors belong to any.
 */
public final class Membership {
    /** A control plane that is there answers in milliseconds; where it does not, the lease lapses by itself. */
    private static final Duration LEAVE_TIMEOUT = Duration.ofMillis(500);

    private final ServiceShell shell;
    private final Terms terms;
    private final ServiceIdentity identity;
    private final Inbox inbox;
    private final LeaseKeeper leaseKeeper;
    /** Written before the keeper runs, which is the only one to read it. */
    private int httpPort;

    /**
     * What a service asks of the cluster.
     *
     * @param kind      of the service.
     * @param aeronPort of its inbox, 0 for any; the key is {@code <service>.aeron-port}.
     * @param lanes     of a hot-tier node, else 0.
     * @param lease     after which a silent service counts as gone.
     */
    public record Terms(ServiceKind kind, int aeronPort, int lanes, Duration lease) {
    }

    private Membership(final ServiceShell shell, final Path directory, final Terms terms) {
        final ServiceEnvironment environment = shell.environment();
        this.shell = shell;
        this.terms = terms;
        this.identity = shell.owned(ServiceIdentity.open(directory));
        this.inbox = shell.owned(
            Inbox.open(environment.aeron(), environment.bindHost(), terms.aeronPort(), shell.name() + ".aeron-port"));
        this.leaseKeeper = new LeaseKeeper(environment.control(), this::registration, identity.serviceId(), identity::rememberServiceId,
            environment.errors(), environment.clocks().process());
        shell.troubles().addSlow("control_away", environment.control()::whyAway);
    }

    /**
     * Takes the service's directory and opens its inbox. It is not known to anybody before {@link #register}.
     *
     * @throws RuntimeException whose message is one clear line, if the directory or the port cannot be had.
     */
    public static Membership open(final ServiceShell shell, final Path directory, final Terms terms) {
        return new Membership(shell, directory, terms);
    }

    /**
     * Registers the service and keeps its lease until it is closed: the last that a launch does, so that closing begins with good-bye.
     *
     * @param boundHttpPort of the service.
     */
    public void register(final int boundHttpPort) {
        httpPort = boundHttpPort;
        shell.coordinate(leaseKeeper);
        shell.owned(this::leave);
    }

    /** Key, incarnation and directory. */
    public ServiceIdentity identity() {
        return identity;
    }

    /** Where the service is reached over Aeron. */
    public Inbox inbox() {
        return inbox;
    }

    /** The catalog's id for this service, -1 until known. Known at once where an earlier start left it. */
    public int serviceId() {
        return leaseKeeper.serviceId();
    }

    /** Whether control takes it for alive. */
    public Lease lease() {
        return leaseKeeper;
    }

    /** Whether this incarnation has been registered, ever since its start. */
    public boolean isRegistered() {
        return leaseKeeper.isRegistered();
    }

    /**
     * Null when the service has an id, of this start or of an earlier one, and control does not refuse it, else why not: for one that goes
     * on while control is away.
     */
    public String whyNotKnown() {
        final Problem rejection = leaseKeeper.rejection();
        if (rejection != null) {
            return NotReady.refused(rejection);
        }
        return serviceId() == ServiceIdentity.UNKNOWN_SERVICE_ID ? NotReady.NOT_REGISTERED : null;
    }

    /** Null when this incarnation has been registered, else why not. */
    public String whyNotRegistered() {
        if (isRegistered()) {
            return null;
        }
        final Problem rejection = leaseKeeper.rejection();
        return rejection == null ? NotReady.NOT_REGISTERED : NotReady.refused(rejection);
    }

    /** Null when the catalog that is here shows this incarnation, by which others find it, else why not. */
    public String whyNotInCatalog() {
        final String notRegistered = whyNotRegistered();
        if (notRegistered != null) {
            return notRegistered;
        }
        final Catalog catalog = shell.environment().catalogView().catalog();
        return catalog.version() < leaseKeeper.registeredCatalogVersion() ? NotReady.NOT_IN_CATALOG : null;
    }

    private ServiceRegistration registration() {
        final ServiceEnvironment environment = shell.environment();
        return new ServiceRegistration(terms.kind(), identity.instanceKeyHigh(), identity.instanceKeyLow(), identity.incarnation(),
            environment.channels().driverId(), environment.advertiseHost(), inbox.port(), httpPort, terms.lanes(),
            terms.lease().toNanos() / 1_000);
    }

    /** Says good-bye, if control is there to hear it: else the lease lapses. */
    private void leave() {
        final CompletableFuture<CommandReply> leaving = leaseKeeper.leave();
        if (leaving != null) {
            shell.environment().scheduler().awaitDone(leaving, LEAVE_TIMEOUT);
        }
    }
}
