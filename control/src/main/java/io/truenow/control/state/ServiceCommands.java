package io.truenow.control.state;

import io.truenow.codecs.StreamIds;
import io.truenow.codecs.control.RegisterServiceDecoder;
import io.truenow.codecs.control.RenewLeaseDecoder;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.control.state.CatalogState.InstanceKey;
import io.truenow.control.state.CatalogState.ServiceEntry;
import io.truenow.control.state.CatalogState.ShardEntry;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.problem.ProblemCode;

import java.util.ArrayList;
import java.util.List;

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
        final InstanceKey key = new InstanceKey(command.instanceKeyHigh(), command.instanceKeyLow());
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
            0);
        final long leaseUs = command.leaseUs();
        final Verdict malformed = check(wanted, command.lanes(), leaseUs);
        if (malformed != null) {
            return malformed;
        }
        final ServiceEntry known = state.service(key);
        return known == null ? create(wanted, key, leaseUs, nowUs) : reregister(known, wanted, leaseUs, nowUs);
    }

    Verdict renew(final RenewLeaseDecoder command, final long nowUs) {
        final ServiceEntry entry = state.services().get(command.serviceId());
        if (entry == null) {
            return Verdict.reject(ProblemCode.UNKNOWN_SERVICE, "no service has this id: register");
        }
        final ServiceInstance service = entry.service();
        if (service.incarnation() != command.incarnation()) {
            return Verdict.reject(ProblemCode.SUPERSEDED, "another incarnation of this service has registered");
        }
        if (command.leave() != 0) {
            if (service.state() != ServiceState.LEFT) {
                state.put(withState(service, ServiceState.LEFT), entry.key(), entry.leaseUs(), nowUs);
            }
            return Verdict.ok(service.id());
        }
        if (service.state() == ServiceState.LEFT) {
            return Verdict.reject(ProblemCode.SERVICE_LEFT, "this service has given its lease up: register");
        }
        final long deadlineUs = nowUs + entry.leaseUs();
        if (service.state() == ServiceState.LAPSED) {
            state.put(withState(service, ServiceState.ACTIVE), entry.key(), entry.leaseUs(), deadlineUs);
            placeOwnerless(service.kind());
        } else {
            state.extendLease(entry, deadlineUs);
        }
        return Verdict.ok(service.id());
    }

    /** Marks services whose lease has run out. */
    void lapse(final long nowUs) {
        for (final ServiceEntry entry : List.copyOf(state.services().values())) {
            if (entry.service().state() == ServiceState.ACTIVE && entry.leaseDeadlineUs() <= nowUs) {
                state.put(withState(entry.service(), ServiceState.LAPSED), entry.key(), entry.leaseUs(), entry.leaseDeadlineUs());
            }
        }
    }

    /**
     * While there was no leader nobody could renew: every held lease begins anew. By the new leader's clock alone: the former's may have
     * been hours ahead, and a service that is gone must not be held for alive until then.
     */
    void restartLeases(final long nowUs) {
        for (final ServiceEntry entry : List.copyOf(state.services().values())) {
            if (entry.service().state() == ServiceState.ACTIVE) {
                state.extendLease(entry, nowUs + entry.leaseUs());
            }
        }
    }

    /** When the next lease runs out, {@link Long#MAX_VALUE} if none is held. */
    long nextLapseUs() {
        long nextUs = Long.MAX_VALUE;
        for (final ServiceEntry entry : state.services().values()) {
            if (entry.service().state() == ServiceState.ACTIVE) {
                nextUs = Math.min(nextUs, entry.leaseDeadlineUs());
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

    private Verdict create(final ServiceInstance wanted, final InstanceKey key, final long leaseUs, final long nowUs) {
        if (state.services().size() >= MAX_SERVICES) {
            return Verdict.reject(ProblemCode.SERVICE_LIMIT, "the catalog holds " + MAX_SERVICES + " services");
        }
        final int id = state.nextServiceId++;
        final long version = state.nextVersion();
        state.put(with(wanted, id, version, version), key, leaseUs, nowUs + leaseUs);
        placeOwnerless(wanted.kind());
        return Verdict.ok(id);
    }

    private Verdict reregister(final ServiceEntry known, final ServiceInstance wanted, final long leaseUs, final long nowUs) {
        final ServiceInstance former = known.service();
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
        final ServiceInstance next = with(wanted, former.id(), former.createdVersion(), registeredVersion);
        if (next.equals(former) && leaseUs == known.leaseUs()) {
            state.extendLease(known, nowUs + leaseUs);
            return Verdict.ok(former.id());
        }
        state.put(next, known.key(), leaseUs, nowUs + leaseUs);
        if (isNewIncarnation && next.kind() == ServiceKind.HOT_TIER) {
            raiseEpochs(next.id());
        }
        placeOwnerless(next.kind());
        return Verdict.ok(next.id());
    }

    private int lanesInUse(final int nodeId) {
        int lanes = 0;
        for (final ShardEntry entry : state.shards().values()) {
            final Owner owner = entry.shard().ownerOn(nodeId);
            if (owner != null) {
                lanes = Math.max(lanes, owner.lane() + 1);
            }
        }
        return lanes;
    }

    /** A new process knows nothing of what was sent to the former. */
    private void raiseEpochs(final int nodeId) {
        for (final ShardEntry entry : List.copyOf(state.shards().values())) {
            final Shard shard = entry.shard();
            if (shard.ownerOn(nodeId) != null) {
                state.put(new Shard(shard.id(), shard.tableId(), shard.index(), shard.epoch() + 1, shard.owners()));
            }
        }
    }

    private void placeOwnerless(final ServiceKind kind) {
        if (kind != ServiceKind.HOT_TIER) {
            return;
        }
        for (final ShardEntry entry : new ArrayList<>(state.shards().values())) {
            final Shard shard = entry.shard();
            if (shard.owners().isEmpty()) {
                final List<Owner> owners = Placement.propose(state, shard.id());
                state.put(new Shard(shard.id(), shard.tableId(), shard.index(), shard.epoch() + 1, owners));
            }
        }
    }

    private static ServiceInstance withState(final ServiceInstance service, final ServiceState serviceState) {
        return new ServiceInstance(service.id(), service.kind(), service.incarnation(), service.driverId(), service.host(),
            service.aeronPort(), service.httpPort(), service.lanes(), serviceState, service.createdVersion(), service.registeredVersion());
    }

    private static ServiceInstance with(
        final ServiceInstance service, final int id, final long createdVersion, final long registeredVersion) {
        return new ServiceInstance(id, service.kind(), service.incarnation(), service.driverId(), service.host(),
            service.aeronPort(), service.httpPort(), service.lanes(), ServiceState.ACTIVE, createdVersion, registeredVersion);
    }
}
