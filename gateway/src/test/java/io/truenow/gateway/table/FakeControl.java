package io.truenow.gateway.table;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.fabric.catalog.Namespace;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.catalog.TableProperties;
import io.truenow.fabric.control.CatalogCommand;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.ControlClient;
import io.truenow.fabric.control.ControlUnavailableException;
import io.truenow.fabric.control.ServiceRegistration;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A control plane and a view of it in one: creates what it is asked for, at once or when told to, and shows it at once or when told to. */
public final class FakeControl implements ControlClient, CatalogView {
    /** A namespace whose name begins so is refused with the code that follows. */
    public static final String REFUSED = "refused.";
    /** Asking for this namespace fails for a reason that is nobody's. */
    public static final String BROKEN = "broken";

    private static final long RETENTION_US = 86_400_000_000L;
    private static final int MAX_COLUMNS = 128;

    private final List<Runnable> held = new ArrayList<>();
    private final int shardCount;
    private boolean isHolding;
    private boolean isHidden;
    private boolean isAway;
    private long version;
    private int calls;
    private volatile boolean isFailing;
    private Catalog committed = Catalog.EMPTY;
    private volatile Catalog shown = Catalog.EMPTY;

    public FakeControl(final int shardCount) {
        this.shardCount = shardCount;
    }

    /** Whether commands stay unanswered until this is called with false. */
    public synchronized void hold(final boolean newIsHolding) {
        isHolding = newIsHolding;
        if (!newIsHolding) {
            held.forEach(Runnable::run);
            held.clear();
        }
    }

    /** Whether the view stays where it is until this is called with false. */
    public synchronized void hide(final boolean newIsHidden) {
        isHidden = newIsHidden;
        if (!newIsHidden) {
            shown = committed;
        }
    }

    /** Whether commands fail. */
    public synchronized void away(final boolean newIsAway) {
        isAway = newIsAway;
    }

    /** Whether the view throws, as nothing of ours should. */
    public void fail(final boolean newIsFailing) {
        isFailing = newIsFailing;
    }

    /** Lets events add no more columns to a table. */
    public synchronized void close(final String namespace, final String table) {
        committed = committed.change()
            .put(committed.table(namespace, table).with(new TableProperties(RETENTION_US, true, ""))).build(++version);
        shown = committed;
    }

    /** Commands so far. */
    public synchronized int calls() {
        return calls;
    }

    @Override
    public Catalog catalog() {
        if (isFailing) {
            throw new IllegalStateException("asked for by the test");
        }
        return shown;
    }

    @Override
    public synchronized CompletableFuture<CommandReply> ensureTable(
        final String namespace, final String table, final List<String> dimensions, final List<String> metrics) {
        calls++;
        if (BROKEN.equals(namespace)) {
            throw new IllegalStateException("broken as told");
        }
        if (isAway) {
            return CompletableFuture.failedFuture(new ControlUnavailableException("away"));
        }
        final CompletableFuture<CommandReply> reply = new CompletableFuture<>();
        final Runnable command = () -> reply.complete(ensure(namespace, table, dimensions, metrics));
        if (isHolding) {
            held.add(command);
        } else {
            command.run();
        }
        return reply;
    }

    private CommandReply ensure(final String namespace, final String name, final List<String> dimensions, final List<String> metrics) {
        if (namespace.startsWith(REFUSED)) {
            return CommandReply.refused(namespace.substring(REFUSED.length()), "refused as told", version, -1);
        }
        if ("closed".equals(namespace)) {
            return CommandReply.refused("table_creation_forbidden", "namespace \"closed\" forbids new tables", version, 0);
        }
        final Table old = committed.table(namespace, name);
        final Set<String> newDimensions = new LinkedHashSet<>(old == null ? List.of() : old.dimensions());
        final Set<String> newMetrics = new LinkedHashSet<>(old == null ? List.of() : old.metrics());
        newDimensions.addAll(dimensions);
        newMetrics.addAll(metrics);
        if (newDimensions.size() > MAX_COLUMNS || newMetrics.size() > MAX_COLUMNS) {
            return CommandReply.refused("schema_limit", "a table has at most 128 dimensions and 128 metrics", version, -1);
        }
        final int id = old == null ? committed.tables().size() + 1 : old.id();
        final List<Integer> shardIds = new ArrayList<>();
        for (int i = 0; i < shardCount; i++) {
            shardIds.add(id * 100 + i);
        }
        final CatalogBuilder next = committed.change();
        if (committed.namespace(namespace) == null) {
            next.put(new Namespace(committed.namespaces().size() + 1, namespace, 0, true));
        }
        committed = next.put(new Table(
            id, 1, namespace, name, 0, TableProperties.open(RETENTION_US), id * 31L, id * 37L, old == null ? 1 : old.schemaVersion() + 1, 1,
            EventIdentity.ID, List.copyOf(newDimensions), List.copyOf(newMetrics), shardIds)).build(++version);
        if (!isHidden) {
            shown = committed;
        }
        return CommandReply.accepted(version, id);
    }

    @Override
    public CompletableFuture<CommandReply> change(final CatalogCommand command, final long expectedVersion) {
        throw new AssertionError();
    }

    @Override
    public CompletableFuture<CommandReply> registerService(final ServiceRegistration registration) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletableFuture<CommandReply> renewLease(final int serviceId, final long incarnation, final boolean leave) {
        throw new UnsupportedOperationException();
    }
}
