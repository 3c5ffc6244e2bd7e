package io.truenow.query.scatter;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.control.OwnerState;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.fabric.catalog.Namespace;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.ServiceLease;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.catalog.TableProperties;

import java.util.ArrayList;
import java.util.List;

/** Catalogs for tests: table {@code shop.orders} with shards 100, 101, .. whose owners the test names. */
final class Catalogs {
    static final int TABLE = 7;
    static final int FIRST_SHARD = 100;

    private Catalogs() {
    }

    /**
     * A catalog.
     *
     * @param port   of every node.
     * @param owners node of each shard, always lane 0; -1 for none.
     */
    static Catalog of(final long version, final long epoch, final int port, final int... owners) {
        final CatalogBuilder builder = new CatalogBuilder();
        builder.put(new Namespace(1, "shop", 0, true));
        final List<Integer> shardIds = new ArrayList<>();
        for (int i = 0; i < owners.length; i++) {
            final int id = FIRST_SHARD + i;
            shardIds.add(id);
            builder.put(new Shard(id, TABLE, i, epoch,
                owners[i] < 0 ? List.of() : List.of(new Owner(owners[i], 0, OwnerState.ACTIVE))));
            if (owners[i] >= 0) {
                builder.put(new ServiceInstance(owners[i], ServiceKind.HOT_TIER, 1, owners[i], "127.0.0.1", port, 0, 1,
                    ServiceState.ACTIVE, 1, 1, ServiceLease.NONE));
            }
        }
        builder.put(new Table(TABLE, 1, "shop", "orders", 0, TableProperties.open(86_400_000_000L), 1, 2, 1, 1, EventIdentity.ID,
            List.of("region", "product"), List.of("price", "amount"), shardIds));
        return builder.build(version);
    }
}
