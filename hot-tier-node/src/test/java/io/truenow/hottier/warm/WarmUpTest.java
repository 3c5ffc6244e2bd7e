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

    @Test
    void endsByItselfAndLeavesNothing() {
        final MemoryTag tag = accountant.tag("query", ENOUGH_BYTES);
        try (WarmUp warmUp = WarmUp.start(Duration.ofMillis(50), tag)) {
            Await.until("it has begun", LIMIT, () -> tag.usedBytes() > 0 || warmUp.isOver());
            Await.until("it has ended", LIMIT, warmUp::isOver);
            assertTrue(warmUp.isReady());
        }
        assertEquals(0, accountant.usedBytes());
        assertEquals(1, accountant.tags().size());
    }

    @Test
    void isWaitedForNoLongerThanItsBudget() {
        final MemoryTag tag = accountant.tag("query", ENOUGH_BYTES);
        try (WarmUp warmUp = WarmUp.start(Duration.ofSeconds(1), tag)) {
            final long askedNs = System.nanoTime();
            assertFalse(warmUp.isReady());
            Await.until("nobody need wait", LIMIT, warmUp::isReady);
            assertTrue(System.nanoTime() - askedNs < 30_000_000_000L);
        }
        assertEquals(0, accountant.usedBytes());
    }

    @Test
    void isStoppedAtOnce() {
        final WarmUp warmUp = WarmUp.start(Duration.ofMinutes(1), accountant.tag("query", ENOUGH_BYTES));
        warmUp.close();
        assertTrue(warmUp.isOver());
        assertEquals(0, accountant.usedBytes());
    }

    @Test
    void whatGoesWrongInItHarmsNobody() {
        // the tag would grant it, the node as a whole has nothing left
        try (WarmUp warmUp = WarmUp.start(Duration.ofMinutes(1), new MemoryAccountant(0).tag("query", ENOUGH_BYTES))) {
            Await.until("it has given up", LIMIT, warmUp::isReady);
            assertTrue(warmUp.isOver());
        }
    }

    @Test
    void thereIsNoneIfNotWantedOrMemoryIsShort() {
        try (WarmUp unwanted = WarmUp.start(Duration.ZERO, accountant.tag("query", ENOUGH_BYTES));
            WarmUp small = WarmUp.start(Duration.ofMinutes(1), accountant.tag("small", ENOUGH_BYTES - 1))) {
            assertTrue(unwanted.isReady());
            assertTrue(small.isReady());
            Await.until("vectors have been practised", LIMIT, () -> unwanted.isOver() && small.isOver());
        }
    }
}
