package io.truenow.query.scatter;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.control.OwnerState;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.Namespace;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.catalog.Table;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

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
        final TreeMap<Integer, Namespace> namespaces = new TreeMap<>();
        namespaces.put(1, new Namespace(1, "shop", 0, true));
        final TreeMap<Integer, Shard> shards = new TreeMap<>();
        final TreeMap<Integer, ServiceInstance> services = new TreeMap<>();
        final List<Integer> shardIds = new ArrayList<>();
        for (int i = 0; i < owners.length; i++) {
            final int id = FIRST_SHARD + i;
            shardIds.add(id);
            shards.put(id, new Shard(id, TABLE, i, epoch,
                owners[i] < 0 ? List.of() : List.of(new Owner(owners[i], 0, OwnerState.ACTIVE))));
            if (owners[i] >= 0) {
                services.put(owners[i], new ServiceInstance(owners[i], ServiceKind.HOT_TIER, 1, owners[i], "127.0.0.1", port, 0, 1,
                    ServiceState.ACTIVE, 1, 1));
            }
        }
        final TreeMap<Integer, Table> tables = new TreeMap<>();
        tables.put(TABLE, new Table(TABLE, 1, "shop", "orders", 0, 86_400_000_000L, 1, 2, 1, 1, EventIdentity.ID,
            List.of("region", "product"), List.of("price", "amount"), shardIds));
        return new Catalog(version, namespaces, tables, shards, services);
    }
}
