package io.truenow.hottier;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.control.OwnerState;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.ServiceLease;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.catalog.TableProperties;
import io.truenow.fabric.control.CatalogCommand;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.ControlClient;
import io.truenow.fabric.control.ServiceRegistration;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A catalog of one table with one shard, a gateway and a query node; the hot-tier node joins when it registers. */
final class FakeControl implements ControlClient, CatalogView {
    static final int GATEWAY_ID = 1;
    static final int NODE_ID = 2;
    static final int QUERY_ID = 4;
    static final int SHARD_ID = 7;
    static final int TABLE_ID = 3;

    private final ServiceInstance gateway;
    private final ServiceInstance queryNode;
    private final long createdUs;
    private volatile Catalog catalog = Catalog.EMPTY;
    private long catalogId = 1;
    private long version = 10;
    /** As if the shard had been made before the node's first registration here. */
    private long epoch = 1;

    FakeControl(final ServiceInstance gateway, final ServiceInstance queryNode, final long createdUs) {
        this.gateway = gateway;
        this.queryNode = queryNode;
        this.createdUs = createdUs;
    }

    static ServiceInstance service(final int id, final ServiceKind kind, final long driverId, final int port) {
        return new ServiceInstance(id, kind, 1, driverId, "127.0.0.1", port, 0, 0, ServiceState.ACTIVE, id, id, ServiceLease.NONE);
    }

    /** It has lost its data: with the next registration the same ids mean other things. */
    void beginOtherCatalog() {
        catalogId++;
    }

    long epoch() {
        return epoch;
    }

    ServiceInstance node() {
        return catalog.service(NODE_ID);
    }

    @Override
    public Catalog catalog() {
        return catalog;
    }

    @Override
    public CompletableFuture<CommandReply> registerService(final ServiceRegistration it) {
        version++;
        epoch++;
        final CatalogBuilder builder = new CatalogBuilder();
        builder.put(new Table(TABLE_ID, 1, "n", "t", createdUs, TableProperties.open(86_400_000_000L), 1, 2, 1, 1,
            EventIdentity.ID, List.of("d0"), List.of("m0"), List.of(SHARD_ID)));
        builder.put(new Shard(SHARD_ID, TABLE_ID, 0, epoch, List.of(new Owner(NODE_ID, 0, OwnerState.ACTIVE))));
        builder.put(gateway);
        builder.put(queryNode);
        builder.put(new ServiceInstance(NODE_ID, ServiceKind.HOT_TIER, it.incarnation(), it.driverId(), it.host(), it.aeronPort(),
            it.httpPort(), it.lanes(), ServiceState.ACTIVE, 3, version, ServiceLease.NONE));
        catalog = builder.build(1, catalogId, version);
        return reply();
    }

    @Override
    public CompletableFuture<CommandReply> renewLease(final int serviceId, final long incarnation, final boolean leave) {
        return reply();
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

    private CompletableFuture<CommandReply> reply() {
        return CompletableFuture.completedFuture(CommandReply.accepted(version, NODE_ID));
    }
}
