package io.truenow.gateway.table;

import io.truenow.fabric.control.CommandReply;
import org.junit.jupiter.api.Test;

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
        assertTrue(first.join().accepted() && other.join().accepted());
        assertEquals(List.of("a", "b", "c"), resolver.catalog().table("shop", "orders").dimensions());
        final CommandReply shown = resolver.ensure(need).join();
        assertTrue(shown.accepted());
        assertEquals(first.join().resultId(), shown.resultId());
        assertEquals(2, control.calls(), "the catalog shows it");
    }

    @Test
    void failsWhileControlIsAwayAndRecovers() {
        control.away(true);
        final TableNeed need = new TableNeed("shop", "orders", List.of(), List.of());
        assertTrue(resolver.ensure(need).isCompletedExceptionally());
        control.away(false);
        assertTrue(resolver.ensure(need).join().accepted());
    }

    @Test
    void doesNotFlyWithoutBound() {
        control.hold(true);
        for (int i = 0; i < TableResolver.MAX_FLIGHTS; i++) {
            assertFalse(resolver.ensure(new TableNeed("shop", "t" + i, List.of(), List.of())).isDone());
        }
        assertTrue(resolver.ensure(new TableNeed("shop", "one-more", List.of(), List.of())).isCompletedExceptionally());
        control.hold(false);
        assertTrue(resolver.ensure(new TableNeed("shop", "one-more", List.of(), List.of())).join().accepted());
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
}
