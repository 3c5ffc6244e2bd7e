package io.truenow.tools.process;

import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.service.ServiceModule;
import io.truenow.tools.config.ServiceModules;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class FileNeedsTest {
    private static final HttpLimits WANTED = HttpLimits.DEFAULTS;

    @Test
    void whereThereAreEnoughAllIsAsWanted() {
        for (final Role role : Role.values()) {
            final FileNeeds needs = new FileNeeds(role, true, 1);
            final FileNeeds.Fit fit = needs.fit(WANTED, needs.needed(WANTED));
            assertSame(WANTED, fit.limits());
            assertNull(fit.warning());
        }
    }

    @Test
    void withFewerEachPortTakesAsManyConnectionsAsFit() {
        final FileNeeds needs = new FileNeeds(Role.STANDALONE, true, 1);
        int former = 0;
        for (long limit = 420; limit < needs.needed(WANTED); limit += 97) {
            final FileNeeds.Fit fit = needs.fit(WANTED, limit);
            final int connections = fit.limits().maxConnections();
            assertTrue(needs.needed(fit.limits()) <= limit, limit + " files, " + connections + " connections");
            assertTrue(needs.needed(fit.limits().withConnections(connections + 1, fit.limits().reservedConnections())) > limit);
            assertTrue(connections >= former && connections >= 16);
            assertTrue(fit.warning().contains(limit + " files") && fit.warning().contains("LimitNOFILE=" + needs.needed(WANTED)));
            former = connections;
        }
        assertTrue(former > 4_000);
    }

    @Test
    void withTooFewItDoesNotStart() {
        final FileNeeds needs = new FileNeeds(Role.STANDALONE, true, 1);
        final IllegalStateException e = assertThrows(IllegalStateException.class, () -> needs.fit(WANTED, 120));
        assertTrue(e.getMessage().startsWith("this process may have 120 files open and needs "), e.getMessage());
        assertTrue(e.getMessage().contains("ulimit -n " + needs.needed(WANTED)), e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
    }

    @Test
    void whatDoesNotRunNeedsNothing() {
        final long all = new FileNeeds(Role.STANDALONE, true, 1).needed(WANTED);
        long sum = 0;
        for (final ServiceModule<?> service : ServiceModules.ALL) {
            final long needed = new FileNeeds(Role.of(service), false, 1).needed(WANTED);
            assertTrue(needed < all);
            sum += needed;
        }
        assertTrue(sum > all);
    }

    /** What is needed too little of ends a process later, and too much of refuses to start it. */
    @Test
    void eachRoleNeedsItsParts() {
        final long connections = WANTED.maxConnections() + WANTED.reservedConnections();
        final HttpLimits few = WANTED.forMonitoring();
        final long monitoring = few.maxConnections() + few.reservedConnections();
        final long machine = 96 + 8 + 3 * 4;
        assertEquals(machine + 24 + 24 + connections + monitoring, needed(Role.parse("control"), false));
        assertEquals(machine + 24 + 24 + 2 * monitoring, needed(Role.parse("hot-tier"), false));
        assertEquals(machine + 24 + 24 + connections + monitoring, needed(Role.parse("gateway"), false));
        assertEquals(machine + 24 + connections + monitoring, needed(Role.parse("query"), false));
        assertEquals(machine + 64 + monitoring, needed(Role.MEDIA_DRIVER, true));
        assertEquals(machine + 64 + 3 * 24 + 3 * connections + 2 * monitoring, needed(Role.STANDALONE, true));
    }

    @Test
    void itStartsWithJustTheFilesForTheFewestConnections() {
        final FileNeeds needs = new FileNeeds(Role.STANDALONE, true, 1);
        final long least = needs.needed(WANTED.withConnections(16, 4));
        assertEquals(16, needs.fit(WANTED, least).limits().maxConnections());
        assertEquals(4, needs.fit(WANTED, least).limits().reservedConnections());
        final String message = assertThrows(IllegalStateException.class, () -> needs.fit(WANTED, least - 1)).getMessage();
        assertTrue(message.contains("needs " + least + " at the least"), message);
        assertTrue(message.contains("Java machine 96, HTTP 11, Aeron 64, control 24, segment files 24, journal 24"), message);
        final HttpLimits fewer = WANTED.withConnections(3, 2);
        assertSame(fewer, needs.fit(fewer, needs.needed(fewer)).limits());
        assertThrows(IllegalStateException.class, () -> needs.fit(fewer, needs.needed(fewer) - 1));
    }

    private static long needed(final Role role, final boolean hasDriver) {
        return new FileNeeds(role, hasDriver, 4).needed(WANTED);
    }
}
