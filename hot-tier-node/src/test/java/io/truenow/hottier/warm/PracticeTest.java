package io.truenow.hottier.warm;

import io.truenow.fabric.memory.MemoryAccountant;
import org.junit.jupiter.api.Test;

import java.io.IOException;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The work of the warm-up, stopped anywhere, and without memory. */
final class PracticeTest {
    private final MemoryAccountant accountant = new MemoryAccountant(Long.MAX_VALUE);
    private int piecesLeft;
    private long mostBytes;

    @Test
    void givesAllMemoryBackWhereverItIsStopped() throws IOException {
        int pieces = 0;
        String summary = "";
        while (!summary.startsWith("2 rounds")) {
            piecesLeft = pieces;
            try (Practice practice = new Practice(accountant.tag("query", Long.MAX_VALUE), this::mayGoOn)) {
                practice.begin();
                practice.rounds(Integer.MAX_VALUE);
                summary = practice.summary();
            }
            assertEquals(0, accountant.usedBytes(), "after " + pieces + " pieces");
            pieces += 1 + pieces / 4;
        }
        assertTrue(summary.contains(" 4 spans sealed"), summary);
        assertTrue(mostBytes > 0 && mostBytes < 16 << 20, mostBytes + " bytes");
    }

    @Test
    void tellsWhenThereIsNoMemoryForABatch() {
        piecesLeft = 200;
        try (Practice practice = new Practice(new MemoryAccountant(0).tag("query", 0), this::mayGoOn)) {
            assertThrows(IllegalStateException.class, practice::begin);
        }
    }

    private boolean mayGoOn() {
        mostBytes = Math.max(mostBytes, accountant.usedBytes());
        return piecesLeft-- > 0;
    }
}
