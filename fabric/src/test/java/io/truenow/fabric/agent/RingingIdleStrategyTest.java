package io.truenow.fabric.agent;

import org.agrona.concurrent.NoOpIdleStrategy;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

class RingingIdleStrategyTest {
    private int rings;
    private long nowNs = 7;
    private final RingingIdleStrategy strategy = new RingingIdleStrategy(NoOpIdleStrategy.INSTANCE, () -> rings++, () -> nowNs);

    @Test
    void ringsForTheFirstWorkAfterATimeWithout() {
        strategy.idle(1);
        assertEquals(0, rings, "it was never idle");
        strategy.idle(0);
        assertEquals(0, rings);
        strategy.idle(3);
        assertEquals(1, rings);
        strategy.idle(3);
        assertEquals(1, rings, "whoever rests now has looked since");
    }

    @Test
    void doesNotRingForEachMessageOfAStream() {
        for (int i = 0; i < 1_000; i++) {
            strategy.idle(0);
            strategy.idle(1);
            nowNs += RingingIdleStrategy.INTERVAL_NS / 100;
        }
        assertEquals(10, rings);
    }
}
