package io.truenow.tools.stepped;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.control.OwnerState;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.fabric.catalog.Namespace;
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

/**
 * A control plane that does at once what it is asked for: whoever registers is in the catalog, and the first table that is needed has one
 * shard on the hot-tier node. Any thread.
 */
final class PlainControl implements ControlClient, CatalogView {
    private static final int NAMESPACE = 1;
    private static final int TABLE = 3;
    private static final int SHARD = 7;
    private static final long DAY_US = 86_400_000_000L;

    private final long createdUs;
    private long version;
    private int renewals;
    private volatile Catalog catalog = Catalog.EMPTY;

    PlainControl(final long createdUs) {
        this.createdUs = createdUs;
    }

    synchronized int renewals() {
        return renewals;
    }

    @Override
    public Catalog catalog() {
        return catalog;
    }

    @Override
    public synchronized CompletableFuture<CommandReply> registerService(final ServiceRegistration it) {
        final int id = it.kind() == ServiceKind.HOT_TIER ? 1 : it.kind() == ServiceKind.GATEWAY ? 2 : 3;
        final ServiceInstance service = new ServiceInstance(
            id, it.kind(), it.incarnation(), it.driverId(), it.host(), it.aeronPort(), it.httpPort(),
            it.lanes(), ServiceState.ACTIVE, id, version + 1, ServiceLease.NONE);
        return changed(catalog.change().put(service), id);
    }

    @Override
    public synchronized CompletableFuture<CommandReply> ensureTable(
        final String namespace, final String table, final List<String> dimensions, final List<String> metrics) {
        return changed(catalog.change()
            .put(new Namespace(NAMESPACE, namespace, createdUs, true))
            .put(new Table(TABLE, NAMESPACE, namespace, table, createdUs, TableProperties.open(DAY_US), 1, 2, 1, 1, EventIdentity.ID,
                dimensions, metrics, List.of(SHARD)))
            .put(new Shard(SHARD, TABLE, 0, 1, List.of(new Owner(1, 0, OwnerState.ACTIVE)))), TABLE);
    }

    @Override
    public synchronized CompletableFuture<CommandReply> renewLease(final int serviceId, final long incarnation, final boolean leave) {
        renewals++;
        return CompletableFuture.completedFuture(CommandReply.accepted(version, serviceId));
    }

    @Override
    public CompletableFuture<CommandReply> change(final CatalogCommand command, final long expectedVersion) {
        throw new AssertionError("no service's business");
    }

    private CompletableFuture<CommandReply> changed(final CatalogBuilder next, final int resultId) {
        version++;
        catalog = next.build(1, 1, version);
        return CompletableFuture.completedFuture(CommandReply.accepted(version, resultId));
    }
}
