package io.truenow.engine.store.hash;

import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;

import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Ids with their times differ wherever ids or times do, in each half and in each bit. */
final class TimedIdsTest {
    private static final int COUNT = 100_000;
    private static final long T = 1_795_000_200_000_000L;
    private final RandomGenerator random = Seeds.random("TimedIdsTest");

    @Test
    void eachHalfTellsTheTimesOfOneId() {
        final long high = random.nextLong();
        final long low = random.nextLong();
        final Set<Long> highs = new HashSet<>();
        final Set<Long> lows = new HashSet<>();
        for (int i = 0; i < COUNT; i++) {
            // by the microsecond, the second, and far away
            final long timeUs = T + (i % 3 == 0 ? i : i % 3 == 1 ? -i * 1_000_000L : (long) i << 40);
            highs.add(TimedIds.high(high, timeUs));
            lows.add(TimedIds.low(low, timeUs));
        }
        assertEquals(COUNT, highs.size());
        assertEquals(COUNT, lows.size());
    }

    @Test
    void eachHalfTellsTheIdsOfOneTime() {
        final Set<Long> halves = new HashSet<>();
        for (int i = 0; i < COUNT; i++) {
            halves.add(TimedIds.high(i, T));
            halves.add(TimedIds.low(i, T));
        }
        assertEquals(2 * COUNT, halves.size(), "the two halves are not mixed with the same");
    }

    @Test
    void countersWithCountedTimesDiffer() {
        final Set<String> ids = new HashSet<>();
        for (int id = 0; id < 400; id++) {
            for (int time = 0; time < 400; time++) {
                ids.add(TimedIds.high(0, T + time) + "." + TimedIds.low(id, T + time));
            }
        }
        assertEquals(400 * 400, ids.size());
    }

    @Test
    void anyBitOfATimeChangesHalfOfTheBits() {
        for (int bit = 0; bit < Long.SIZE; bit++) {
            int changed = 0;
            for (int i = 0; i < 200; i++) {
                final long timeUs = random.nextLong();
                final long other = timeUs ^ 1L << bit;
                changed += Long.bitCount(TimedIds.high(0, timeUs) ^ TimedIds.high(0, other))
                    + Long.bitCount(TimedIds.low(0, timeUs) ^ TimedIds.low(0, other));
            }
            final double share = changed / (200.0 * 128);
            assertTrue(share > 0.45 && share < 0.55, "bit " + bit + " changes " + share);
        }
    }

    /** What is in files would not be found again. */
    @Test
    void theMixNeverChanges() {
        assertEquals(0x84EA_720B_3B1E_3882L, TimedIds.high(1, T));
        assertEquals(0x3CF8_B273_0720_AB17L, TimedIds.low(2, T));
    }
}
