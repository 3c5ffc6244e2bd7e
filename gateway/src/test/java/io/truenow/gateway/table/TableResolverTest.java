package io.truenow.gateway.table;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.catalog.TableProperties;
import io.truenow.fabric.control.CommandReply;
import io.truenow.fabric.control.ControlUnavailableException;
import io.truenow.format.batch.BatchBuilder;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TableResolverTest {
    private final FakeControl control = new FakeControl(2);
    private final TableResolver resolver = new TableResolver(control, control);

    @Test
    void asksOnceForTheSameNeed() {
        control.hold(true);
        final TableNeed need = new TableNeed("shop", "orders", List.of("a", "b"), List.of("m"));
        final CompletableFuture<CommandReply> first = resolver.ensure(need);
        final CompletableFuture<CommandReply> second = resolver.ensure(new TableNeed("shop", "orders", List.of("b"), List.of()));
        final CompletableFuture<CommandReply> other = resolver.ensure(new TableNeed("shop", "orders", List.of("c"), List.of()));
        assertSame(first, second);
        assertEquals(2, control.calls());
        assertFalse(first.isDone() || other.isDone());
        control.hold(false);
        assertTrue(first.join().isAccepted() && other.join().isAccepted());
        assertEquals(List.of("a", "b", "c"), resolver.catalog().table("shop", "orders").dimensions());
        final CommandReply shown = resolver.ensure(need).join();
        assertTrue(shown.isAccepted());
        assertEquals(first.join().resultId(), shown.resultId());
        assertEquals(2, control.calls(), "the catalog shows it");
    }

    @Test
    void failsWhileControlIsAwayAndRecovers() {
        control.away(true);
        final TableNeed need = new TableNeed("shop", "orders", List.of(), List.of());
        assertTrue(resolver.ensure(need).isCompletedExceptionally());
        control.away(false);
        assertTrue(resolver.ensure(need).join().isAccepted());
    }

    @Test
    void doesNotFlyWithoutBound() {
        control.hold(true);
        for (int i = 0; i < TableResolver.MAX_FLIGHTS; i++) {
            assertFalse(resolver.ensure(new TableNeed("shop", "t" + i, List.of(), List.of())).isDone());
        }
        assertTrue(resolver.ensure(new TableNeed("shop", "one-more", List.of(), List.of())).isCompletedExceptionally());
        control.hold(false);
        assertTrue(resolver.ensure(new TableNeed("shop", "one-more", List.of(), List.of())).join().isAccepted());
    }

    @Test
    void remembersTablesAndSeesThemChange() {
        final TableCache cache = new TableCache();
        final NameSlice namespace = new NameSlice();
        final NameSlice table = new NameSlice();
        namespace.set("shop");
        table.set("orders");
        assertNull(cache.find(namespace, table));
        resolver.ensure(new TableNeed("shop", "orders", List.of("a"), List.of()));
        assertNull(cache.find(namespace, table));
        cache.catalog(resolver.catalog());
        final BoundTable bound = cache.find(namespace, table);
        assertNotNull(bound);
        resolver.ensure(new TableNeed("shop", "other", List.of(), List.of()));
        cache.catalog(resolver.catalog());
        assertSame(bound, cache.find(namespace, table));
        resolver.ensure(new TableNeed("shop", "orders", List.of("b"), List.of()));
        cache.catalog(resolver.catalog());
        assertEquals(2, cache.find(namespace, table).dimensions().size());
        for (int i = 0; i < TableCache.MAX_TABLES + 10; i++) {
            table.set("t" + i);
            resolver.ensure(new TableNeed("shop", "t" + i, List.of(), List.of()));
            cache.catalog(resolver.catalog());
            assertEquals("t" + i, cache.find(namespace, table).table().name());
        }
        table.set("orders");
        assertEquals("orders", cache.find(namespace, table).table().name());
    }

    /** Between the answer and the view there is nothing new to ask, however many come. */
    @Test
    void joinsAnAnswerThatIsNotShownYet() {
        control.hide(true);
        final TableNeed need = new TableNeed("shop", "orders", List.of("a"), List.of("m"));
        final CompletableFuture<CommandReply> first = resolver.ensure(need);
        assertTrue(first.join().isAccepted());
        assertSame(first, resolver.ensure(need));
        assertSame(first, resolver.ensure(new TableNeed("shop", "orders", List.of(), List.of("m"))));
        assertEquals(1, control.calls());
        control.hide(false);
        assertEquals(first.join().resultId(), resolver.ensure(need).join().resultId());
        assertEquals(1, control.calls());
    }

    @Test
    void aNeedThatIsNotCoveredIsAskedForByItself() {
        control.hold(true);
        resolver.ensure(new TableNeed("shop", "orders", List.of("a"), List.of("m")));
        resolver.ensure(new TableNeed("shop", "orders", List.of("a"), List.of("n")));
        resolver.ensure(new TableNeed("shop", "others", List.of("a"), List.of("n")));
        resolver.ensure(new TableNeed("shed", "others", List.of("a"), List.of("n")));
        assertEquals(4, control.calls());
        control.hold(false);
        assertEquals(List.of("m", "n"), resolver.catalog().table("shop", "orders").metrics());
    }

    @Test
    void aRefusalIsNotRemembered() {
        final TableNeed need = new TableNeed("closed", "orders", List.of(), List.of());
        assertFalse(resolver.ensure(need).join().isAccepted());
        assertFalse(resolver.ensure(need).join().isAccepted());
        assertEquals(2, control.calls());
    }

    @Test
    void aFaultOfTheClientFailsTheFutureAndLeavesNoFlight() {
        final TableNeed need = new TableNeed(FakeControl.BROKEN, "orders", List.of(), List.of());
        assertEquals("broken as told", resolver.ensure(need).exceptionNow().getMessage());
        assertEquals("broken as told", resolver.ensure(need).exceptionNow().getMessage());
        assertEquals(2, control.calls());
    }

    @Test
    void whoNeedsTheSameJoinsThoughAllFlightsAreTaken() {
        control.hold(true);
        final List<CompletableFuture<CommandReply>> flights = new ArrayList<>();
        for (int i = 0; i < TableResolver.MAX_FLIGHTS; i++) {
            flights.add(resolver.ensure(new TableNeed("shop", "t" + i, List.of("a"), List.of())));
        }
        assertSame(flights.get(5), resolver.ensure(new TableNeed("shop", "t5", List.of("a"), List.of())));
        assertFalse(resolver.ensure(new TableNeed("shop", "t6", List.of("b"), List.of())).isDone());
        assertTrue(resolver.ensure(new TableNeed("shop", "t", List.of(), List.of())).exceptionNow() instanceof ControlUnavailableException);
    }

    @Test
    void anOlderViewIsAnsweredFromTheNewest() {
        final TableNeed need = new TableNeed("shop", "orders", List.of("a"), List.of("m"));
        control.ensureTable("shop", "orders", List.of("b", "a"), List.of("m"));
        final CommandReply reply = resolver.ensure(need).join();
        assertTrue(reply.isAccepted());
        assertEquals(1, reply.resultId());
        assertEquals(resolver.catalog().version(), reply.catalogVersion());
        assertEquals(1, control.calls());
    }

    @Test
    void aTableThatIsGoneOrAnotherIsNotRemembered() {
        final FakeControl other = new FakeControl(4);
        final TableCache cache = new TableCache();
        final NameSlice namespace = new NameSlice();
        final NameSlice table = new NameSlice();
        namespace.set("shop");
        table.set("orders");
        control.ensureTable("shop", "orders", List.of("a"), List.of());
        cache.catalog(control.catalog());
        assertSame(control.catalog(), cache.catalog());
        final BoundTable first = cache.find(namespace, table);
        // another catalog, as after the loss of the control plane's data
        cache.catalog(other.catalog());
        assertNull(cache.find(namespace, table));
        assertNull(cache.find(namespace, table));
        other.ensureTable("shop", "orders", List.of("x"), List.of());
        cache.catalog(other.catalog());
        final BoundTable second = cache.find(namespace, table);
        assertEquals(List.of("x"), second.table().dimensions());
        assertEquals(4, second.binding().shardCount());
        assertEquals(2, first.binding().shardCount());
    }

    /** Where somebody makes up names, or has many tables: it starts over before it is full, in which nothing is found any more. */
    @Test
    void moreTablesThanItHasRoomForAreFoundAllTheSame() {
        final CatalogBuilder builder = new CatalogBuilder();
        for (int id = 1; id <= 6 * TableCache.MAX_TABLES; id++) {
            builder.put(new Table(id, 1, "shop", "t" + id, 0, TableProperties.open(1), 2, 3, 1, 1, EventIdentity.ID,
                List.of(), List.of(), List.of(id)));
        }
        final TableCache cache = new TableCache();
        final Catalog catalog = builder.build(1);
        cache.catalog(catalog);
        final NameSlice namespace = new NameSlice();
        final NameSlice table = new NameSlice();
        namespace.set("shop");
        for (final Table each : catalog.tables().values()) {
            table.set(each.name());
            assertSame(each, cache.find(namespace, table).table());
        }
        table.set("none");
        assertNull(cache.find(namespace, table));
        table.set("t1");
        assertSame(catalog.table(1), cache.find(namespace, table).table());
    }

    @Test
    void namesAreToldApartByNamespaceAndTable() {
        final TableCache cache = new TableCache();
        final NameSlice namespace = new NameSlice();
        final NameSlice table = new NameSlice();
        for (final String name : List.of("a.b", "b.a", "ab.", "AaAa.BBBB", "BBBB.AaAa", "BBAa.AaBB")) {
            final int dot = name.indexOf('.');
            control.ensureTable(name.substring(0, dot), name.substring(dot + 1) + '_', List.of(), List.of());
        }
        cache.catalog(control.catalog());
        for (int round = 0; round < 2; round++) {
            for (final Table each : control.catalog().tables().values()) {
                namespace.set(each.namespace());
                table.set(each.name());
                assertSame(each, cache.find(namespace, table).table());
                namespace.set(each.name());
                assertNull(cache.find(namespace, table));
            }
        }
    }

    @Test
    void rowsGoToTheBuilderOfTheirShard() {
        control.ensureTable("shop", "orders", List.of("a", "b"), List.of("m"));
        final BoundTable bound = new BoundTable(control.catalog().table("shop", "orders"));
        final BatchBuilder even = bound.builder(4);
        final BatchBuilder odd = bound.builder(5);
        assertEquals(bound.table().shardIds(), List.of(even.shardId(), odd.shardId()));
        assertSame(even, bound.builder(6));
        assertSame(odd, bound.builder(7));
        assertEquals(2, bound.dimensions().size());
        assertEquals(1, bound.metrics().size());
        assertNotNull(bound.hash());
    }
}
