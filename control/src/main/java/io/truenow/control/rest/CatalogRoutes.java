package io.truenow.control.rest;

import io.truenow.fabric.access.Access;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.fabric.catalog.RecordKinds;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.control.ControlClient;
import io.truenow.fabric.http.route.Router;

import java.util.LinkedHashMap;
import java.util.Map;

/** Namespaces, tables, shards, services, epochs. Handlers run on event loops and do not block; stateless beside what it is given. */
public final class CatalogRoutes {
    private final CatalogReplies replies;

    /**
     * Routes over a view.
     *
     * @param view    of this member's own catalog.
     * @param control the way to the leader.
     */
    public CatalogRoutes(final CatalogView view, final ControlClient control) {
        replies = new CatalogReplies(view, control);
    }

    /** Adds the routes. */
    public void addTo(final Router router) {
        new NamespaceRoutes(replies).addTo(router);
        new TableRoutes(replies).addTo(router);
        router.route("GET", "/v1/registry/shards", Access.READ, replies.listing(RecordKinds.SHARD))
            .route("GET", "/v1/registry/services", Access.READ, replies.listing(RecordKinds.SERVICE))
            .route("GET", "/v1/epochs/current", Access.READ,
                replies.listing("epochs", RecordKinds.SHARD, (shard, catalog) -> CatalogRoutes.epoch(shard)));
    }

    private static Map<String, Object> epoch(final Shard shard) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("shard_id", shard.id());
        json.put("epoch", shard.epoch());
        return json;
    }
}
