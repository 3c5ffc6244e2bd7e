package io.truenow.fabric.control;

import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.time.ProcessClock;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * Registers a service with the control plane and keeps its lease: renews at a third of it and after a pause of the process, registers
 * again if told that it is unknown. Never gives up while control is away. {@link #doWork} belongs to one thread; the accessors and {@link
 * #leave} to any.
 */
public final class LeaseKeeper implements Agent, Lease {
    private static final Logger LOGGER = LoggerFactory.getLogger(LeaseKeeper.class);
    private static final long RETRY_NS = 200_000_000L;

    private final ControlClient control;
    private final Supplier<ServiceRegistration> registration;
    private final IntConsumer onServiceId;
    private final ErrorHandler errors;
    private final ProcessClock clock;

    /**
     * A lease as control has given it.
     *
     * @param deadlineNs     counted from when it was asked for: control's own time is not earlier.
     * @param pauses         of the process when it was asked for: time that the process does not know of may have passed since.
     * @param catalogVersion after the command by which it came to be held, without a gap ever since.
     */
    private record Term(long deadlineNs, int pauses, long catalogVersion) {
        boolean isOver(final long nowNs, final int pausesNow) {
            return nowNs - deadlineNs >= 0 || pauses != pausesNow;
        }
    }

    private CompletableFuture<CommandReply> registering;
    private CompletableFuture<CommandReply> renewing;
    private long nextActionNs;
    private int pauses;
    private volatile int serviceId;
    private boolean isIdKept;
    private volatile long registeredCatalogVersion = -1;
    private volatile Problem rejection;
    private volatile boolean isLeaving;
    /** Null while control has not given one, or refuses the service. */
    private volatile Term term;
    private long askedNs;
    private int askedPauses;

    /**
     * A keeper that registers as soon as it is run.
     *
     * @param registration   asked for whenever it is sent: the service's ports may be bound after this is made, and before it runs.
     * @param knownServiceId from an earlier start, -1 if none.
     * @param onServiceId    called on the agent's thread with each id that control gives: to be kept for the next start. Where that
     *                       fails it is called again with each renewal.
     * @param clock          the process'.
     */
    public LeaseKeeper(
        final ControlClient control,
        final Supplier<ServiceRegistration> registration,
        final int knownServiceId,
        final IntConsumer onServiceId,
        final ErrorHandler errors,
        final ProcessClock clock) {
        this.control = control;
        this.registration = registration;
        this.serviceId = knownServiceId;
        this.onServiceId = onServiceId;
        this.errors = errors;
        this.clock = clock;
        this.pauses = clock.pauses();
    }

    /** The service's id, -1 until known. Known at once where an earlier start left it. */
    public int serviceId() {
        return serviceId;
    }

    /** Whether this incarnation has been registered, ever since its start. */
    public boolean isRegistered() {
        return registeredCatalogVersion >= 0;
    }

    /** Catalog version after this incarnation's registration: a view that has reached it shows the service; -1 until then. */
    public long registeredCatalogVersion() {
        return registeredCatalogVersion;
    }

    /** Why control refuses this service, or null. It is tried again. */
    public Problem rejection() {
        return rejection;
    }

    @Override
    public boolean isHeld(final long nowNs, final long catalogVersion) {
        final Term current = term;
        return current != null && !current.isOver(nowNs, clock.pauses()) && catalogVersion >= current.catalogVersion;
    }

    /**
     * Gives the lease up, on a clean stop; nothing is renewed afterwards. Null if there is nothing to give up. Not to be awaited on an
     * agent's thread.
     */
    public CompletableFuture<CommandReply> leave() {
        isLeaving = true;
        return isRegistered() ? control.renewLease(serviceId, registration.get().incarnation(), true) : null;
    }

    @Override
    public int doWork() {
        if (isLeaving) {
            return 0;
        }
        final long nowNs = clock.nanoTime();
        if (pauses != clock.pauses()) {
            // this process did not notice the time in which its lease may have lapsed
            pauses = clock.pauses();
            nextActionNs = nowNs;
        }
        if (registering != null) {
            return registering.isDone() ? onRegistered(nowNs) : 0;
        }
        if (renewing != null && renewing.isDone()) {
            return onRenewed(nowNs);
        }
        if (nowNs - nextActionNs < 0 && nextActionNs != 0) {
            return 0;
        }
        if (registeredCatalogVersion < 0 || rejection != null) {
            onAsked(nowNs);
            registering = control.registerService(registration.get());
        } else if (renewing == null) {
            onAsked(nowNs);
            renewing = control.renewLease(serviceId, registration.get().incarnation(), false);
        } else {
            return 0;
        }
        return 1;
    }

    @Override
    public String roleName() {
        return "lease-keeper";
    }

    private int onRegistered(final long nowNs) {
        final CommandReply reply = replyOf(registering);
        registering = null;
        if (reply == null) {
            nextActionNs = nowNs + RETRY_NS;
        } else if (reply.isAccepted()) {
            final int id = (int) reply.resultId();
            serviceId = id;
            rejection = null;
            onHeld(reply);
            isIdKept = false;
            keepId();
            if (registeredCatalogVersion < 0) {
                registeredCatalogVersion = reply.catalogVersion();
                LOGGER.info("registered {} {} incarnation {}", registration.get().kind(), id, registration.get().incarnation());
            }
            nextActionNs = nowNs + renewalNs();
        } else {
            onRejected(reply);
            nextActionNs = nowNs + renewalNs();
        }
        return 1;
    }

    private int onRenewed(final long nowNs) {
        final CommandReply reply = replyOf(renewing);
        renewing = null;
        if (reply == null || reply.isAccepted()) {
            nextActionNs = nowNs + (reply == null ? RETRY_NS : renewalNs());
            if (reply != null) {
                onHeld(reply);
            }
            keepId();
        } else {
            onRejected(reply);
            nextActionNs = nowNs;
        }
        return 1;
    }

    /** A disk that is full now must not undo the registration, nor be asked only once: it is what a start without control needs. */
    private void keepId() {
        if (!isIdKept) {
            try {
                onServiceId.accept(serviceId);
                isIdKept = true;
            } catch (final RuntimeException e) {
                errors.onError(e);
            }
        }
    }

    private void onRejected(final CommandReply reply) {
        final Problem refusal = reply.refusal();
        if (rejection == null || rejection.code() != refusal.code()) {
            LOGGER.warn("control refuses {} {}: {} ({}); it is asked again",
                registration.get().kind(), serviceId, refusal.detail(), refusal.code().text());
        }
        rejection = refusal;
        term = null;
    }

    private void onAsked(final long nowNs) {
        askedNs = nowNs;
        askedPauses = clock.pauses();
    }

    private void onHeld(final CommandReply reply) {
        final Term former = term;
        final boolean isUnbroken = former != null && !former.isOver(clock.nanoTime(), clock.pauses());
        term = new Term(askedNs + registration.get().leaseUs() * 1_000L, askedPauses,
            isUnbroken ? former.catalogVersion : reply.catalogVersion());
    }

    private long renewalNs() {
        return registration.get().leaseUs() * 1_000L / 3;
    }

    private CommandReply replyOf(final CompletableFuture<CommandReply> future) {
        if (future.isCancelled()) {
            return null;
        }
        if (future.isCompletedExceptionally()) {
            if (!(future.exceptionNow() instanceof ControlUnavailableException)) {
                errors.onError(new IllegalStateException("a lease command failed", future.exceptionNow()));
            }
            return null;
        }
        return future.resultNow();
    }
}
