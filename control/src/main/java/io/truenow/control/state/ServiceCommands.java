package io.truenow.control.state;

import io.truenow.codecs.StreamIds;
import io.truenow.codecs.control.RegisterServiceDecoder;
import io.truenow.codecs.control.RenewLeaseDecoder;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.ServiceLease;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.problem.ProblemCode;

/** Registration, leases and what they do to placement. */
final class ServiceCommands {
    static final int MAX_SERVICES = 10_000;
    static final long MIN_LEASE_US = 100_000L;
    static final long MAX_LEASE_US = 600_000_000L;

    private final CatalogState state;

    ServiceCommands(final CatalogState state) {
        this.state = state;
    }

    Verdict register(final RegisterServiceDecoder command, final long nowUs) {
        final ServiceLease lease = new ServiceLease(
            command.instanceKeyHigh(), command.instanceKeyLow(), command.leaseUs(), nowUs + command.leaseUs());
        final ServiceInstance wanted = new ServiceInstance(
            -1,
            command.kind(),
            command.incarnation(),
            command.driverId(),
            command.host(),
            command.aeronPort(),
            command.httpPort(),
            command.kind() == ServiceKind.HOT_TIER ? command.lanes() : 0,
            ServiceState.ACTIVE,
            0,
            0,
            lease);
        final Verdict malformed = check(wanted, command.lanes(), lease.lengthUs());
        if (malformed != null) {
            return malformed;
        }
        final ServiceInstance known = state.service(lease);
        return known == null ? create(wanted) : reregister(known, wanted);
    }

    Verdict renew(final RenewLeaseDecoder command, final long nowUs) {
        final ServiceInstance service = state.services().get(command.serviceId());
        if (service == null) {
            return Verdict.reject(ProblemCode.UNKNOWN_SERVICE, "no service has this id: register");
        }
        if (service.incarnation() != command.incarnation()) {
            return Verdict.reject(ProblemCode.SUPERSEDED, "another incarnation of this service has registered");
        }
        if (command.leave() != 0) {
            if (service.state() != ServiceState.LEFT) {
                state.put(service.with(ServiceState.LEFT).with(service.lease().until(nowUs)));
            }
            return Verdict.ok(service.id());
        }
        if (service.state() == ServiceState.LEFT) {
            return Verdict.reject(ProblemCode.SERVICE_LEFT, "this service has given its lease up: register");
        }
        final long deadlineUs = nowUs + service.lease().lengthUs();
        if (service.state() == ServiceState.LAPSED) {
            state.put(service.with(ServiceState.ACTIVE).with(service.lease().until(deadlineUs)));
            placeOwnerless(service.kind());
        } else {
            state.extendLease(service, deadlineUs);
        }
        return Verdict.ok(service.id());
    }

    /** Marks services whose lease has run out. */
    void lapse(final long nowUs) {
        for (final ServiceInstance service : state.services().values()) {
            if (service.state() == ServiceState.ACTIVE && service.lease().deadlineUs() <= nowUs) {
                state.put(service.with(ServiceState.LAPSED));
            }
        }
    }

    /**
     * While there was no leader nobody could renew: every held lease begins anew. By the new leader's clock alone: the former's may have
     * been hours ahead, and a service that is gone must not be held for alive until then.
     */
    void restartLeases(final long nowUs) {
        for (final ServiceInstance service : state.services().values()) {
            if (service.state() == ServiceState.ACTIVE) {
                state.extendLease(service, nowUs + service.lease().lengthUs());
            }
        }
    }

    /** When the next lease runs out, {@link Long#MAX_VALUE} if none is held. */
    long nextLapseUs() {
        long nextUs = Long.MAX_VALUE;
        for (final ServiceInstance service : state.services().values()) {
            if (service.state() == ServiceState.ACTIVE) {
                nextUs = Math.min(nextUs, service.lease().deadlineUs());
            }
        }
        return nextUs;
    }

    private static Verdict check(final ServiceInstance wanted, final int lanes, final long leaseUs) {
        if (wanted.kind() == ServiceKind.NULL_VAL) {
            return Verdict.reject(ProblemCode.INVALID_KIND, "a service is a gateway, a hot tier or a query node");
        }
        if (wanted.incarnation() < 1) {
            return Verdict.reject(ProblemCode.INVALID_INCARNATION, "an incarnation is 1 or greater");
        }
        if (wanted.host().isEmpty() || wanted.host().length() > 255) {
            return Verdict.reject(ProblemCode.INVALID_HOST, "a host has 1 to 255 characters");
        }
        if (wanted.aeronPort() < 0 || wanted.aeronPort() > 65_535 || wanted.httpPort() < 0 || wanted.httpPort() > 65_535) {
            return Verdict.reject(ProblemCode.INVALID_PORT, "a port is 0 to 65535");
        }
        if (wanted.kind() == ServiceKind.HOT_TIER && (lanes < 1 || lanes > StreamIds.MAX_LANES)) {
            return Verdict.reject(ProblemCode.INVALID_LANES, "a hot tier has 1 to " + StreamIds.MAX_LANES + " lanes");
        }
        if (leaseUs < MIN_LEASE_US || leaseUs > MAX_LEASE_US) {
            return Verdict.reject(ProblemCode.INVALID_LEASE, "a lease is 0.1 s to 600 s");
        }
        return null;
    }

    private Verdict create(final ServiceInstance wanted) {
        if (state.services().size() >= MAX_SERVICES) {
            return Verdict.reject(ProblemCode.SERVICE_LIMIT, "the catalog holds " + MAX_SERVICES + " services");
        }
        final int id = state.nextServiceId++;
        final long version = state.nextVersion();
        state.put(wanted.as(id, version, version));
        placeOwnerless(wanted.kind());
        return Verdict.ok(id);
    }

    private Verdict reregister(final ServiceInstance former, final ServiceInstance wanted) {
        if (former.kind() != wanted.kind()) {
            return Verdict.reject(ProblemCode.KIND_CHANGED, "this instance key belongs to a service of another kind");
        }
        if (wanted.incarnation() < former.incarnation()) {
            return Verdict.reject(ProblemCode.SUPERSEDED, "a later incarnation of this service has registered");
        }
        if (wanted.kind() == ServiceKind.HOT_TIER && wanted.lanes() < lanesInUse(former.id())) {
            return Verdict.reject(ProblemCode.LANES_CHANGED, "shards are placed on lanes that this node does not have any more");
        }
        final boolean isNewIncarnation = wanted.incarnation() > former.incarnation();
        final long registeredVersion = isNewIncarnation ? state.nextVersion() : former.registeredVersion();
        final ServiceInstance next = wanted.as(former.id(), former.createdVersion(), registeredVersion);
        final long deadlineUs = wanted.lease().deadlineUs();
        if (next.equals(former.with(former.lease().until(deadlineUs)))) {
            state.extendLease(former, deadlineUs);
            return Verdict.ok(former.id());
        }
        state.put(next);
        if (isNewIncarnation && next.kind() == ServiceKind.HOT_TIER) {
            raiseEpochs(next.id());
        }
        placeOwnerless(next.kind());
        return Verdict.ok(next.id());
    }

    private int lanesInUse(final int nodeId) {
        int lanes = 0;
        for (final Shard shard : state.shards().values()) {
            final Owner owner = shard.ownerOn(nodeId);
            if (owner != null) {
                lanes = Math.max(lanes, owner.lane() + 1);
            }
        }
        return lanes;
    }

    /** A new process knows nothing of what was sent to the former. */
    private void raiseEpochs(final int nodeId) {
        for (final Shard shard : state.shards().values()) {
            if (shard.ownerOn(nodeId) != null) {
                state.put(shard.nextEpoch(shard.owners()));
            }
        }
    }

    private void placeOwnerless(final ServiceKind kind) {
        if (kind != ServiceKind.HOT_TIER) {
            return;
        }
        for (final Shard shard : state.shards().values()) {
            if (shard.owners().isEmpty()) {
                state.put(shard.nextEpoch(Placement.propose(state, shard.id(), TableCommands.REPLICAS)));
            }
        }
    }
}
