package io.truenow.hottier.warm;

import io.truenow.fabric.memory.MemoryAccountant;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.testing.Await;
import org.junit.jupiter.api.Test;

import java.time.Duration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Who waits for it and for how long, and what it leaves. */
final class WarmUpTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final long ENOUGH_BYTES = 128L << 20;

    private final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
    private volatile long nowNs = 1;

    @Test
    void endsByItselfAndLeavesNothing() {
        final MemoryTag tag = accountant.tag("query", ENOUGH_BYTES);
        try (WarmUp warmUp = WarmUp.start(Duration.ofMillis(50), tag, this::nanoTime)) {
            Await.until("it works on rows of its own", LIMIT, () -> tag.usedBytes() > 0);
            Await.until("it has ended", LIMIT, warmUp::isOver);
            assertTrue(warmUp.isReady());
        }
        assertEquals(0, accountant.usedBytes());
        assertEquals(1, accountant.tags().size());
    }

    @Test
    void isWaitedForNoLongerThanItsBudget() {
        final Duration budget = Duration.ofHours(1);
        try (WarmUp warmUp = WarmUp.start(budget, accountant.tag("query", ENOUGH_BYTES), this::nanoTime)) {
            assertFalse(warmUp.isReady(), "the first rounds take longer than nothing");
            nowNs += budget.toNanos();
            assertTrue(warmUp.isReady());
            assertFalse(warmUp.isOver(), "it goes on beside");
        }
        assertEquals(0, accountant.usedBytes());
    }

    @Test
    void isReadyAfterItsFirstRoundsHoweverLittleTimePasses() {
        try (WarmUp warmUp = WarmUp.start(Duration.ofHours(1), accountant.tag("query", ENOUGH_BYTES), this::nanoTime)) {
            Await.until("the first rounds are over", LIMIT, warmUp::isReady);
            assertFalse(warmUp.isOver(), "it goes on beside");
        }
        assertEquals(0, accountant.usedBytes());
    }

    @Test
    void isStoppedAtOnce() {
        final WarmUp warmUp = WarmUp.start(Duration.ofMinutes(1), accountant.tag("query", ENOUGH_BYTES), this::nanoTime);
        warmUp.close();
        assertTrue(warmUp.isOver());
        assertEquals(0, accountant.usedBytes());
    }

    @Test
    void whatGoesWrongInItHarmsNobody() {
        // the tag would grant it, the node as a whole has nothing left
        try (WarmUp warmUp = WarmUp.start(Duration.ofHours(1), new MemoryAccountant(0).tag("query", ENOUGH_BYTES), this::nanoTime)) {
            Await.until("it has given up", LIMIT, warmUp::isOver);
            assertTrue(warmUp.isReady());
        }
    }

    @Test
    void thereIsNoneIfNotWantedOrMemoryIsShort() {
        try (WarmUp unwanted = WarmUp.start(Duration.ZERO, accountant.tag("query", ENOUGH_BYTES), this::nanoTime);
            WarmUp small = WarmUp.start(Duration.ofHours(1), accountant.tag("small", ENOUGH_BYTES - 1), this::nanoTime)) {
            assertTrue(unwanted.isReady());
            assertTrue(small.isReady());
            assertEquals(0, accountant.usedBytes());
            Await.until("vectors have been practised", LIMIT, () -> unwanted.isOver() && small.isOver());
        }
    }

    private long nanoTime() {
        return nowNs;
    }
}
