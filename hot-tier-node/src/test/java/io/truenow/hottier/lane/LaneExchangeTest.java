package io.truenow.hottier.lane;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class LaneExchangeTest {
    private int rings;
    private final LaneExchange exchange = new LaneExchange(() -> rings++);

    @Test
    void ringsTheQueryAgentOnlyWhileItWaitsForRows() {
        exchange.onProgress();
        assertEquals(0, rings);
        assertTrue(exchange.awaitRows(true), "news: look again, for rows may have come before it was said");
        assertFalse(exchange.awaitRows(true));
        exchange.onProgress();
        exchange.onProgress();
        assertEquals(2, rings);
        assertFalse(exchange.awaitRows(false));
        exchange.onProgress();
        assertEquals(2, rings);
        assertTrue(exchange.awaitRows(true));
    }
}
