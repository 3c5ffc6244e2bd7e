package io.truenow.gateway.table;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** An event that lanes drop must not be acknowledged, and one that they take must not be refused. */
class KeptFromTest {
    private final KeptFrom keptFrom = new KeptFrom();

    @Test
    void nothingIsKnownOfAShardBeforeItsLaneTells() {
        assertEquals(KeptFrom.UNKNOWN, keptFrom.timeUs(0));
        assertEquals(KeptFrom.UNKNOWN, keptFrom.timeUs(63));
        assertEquals(KeptFrom.UNKNOWN, keptFrom.timeUs(64));
        assertEquals(KeptFrom.UNKNOWN, keptFrom.timeUs(1_000_000));
        assertEquals(KeptFrom.UNKNOWN, keptFrom.timeUs(-1));
        keptFrom.onTold(-1, 1, 5);
        assertEquals(KeptFrom.UNKNOWN, keptFrom.timeUs(-1));
    }

    @Test
    void whatWasToldStaysAsShardsGrow() {
        final int[] shards = {0, 7, 63, 64, 65, 127, 128, 1_000, 5_000};
        for (final int shard : shards) {
            keptFrom.onTold(shard, 0, 100L + shard);
        }
        for (int shard = 0, at = 0; shard <= 6_000; shard++) {
            final boolean isTold = at < shards.length && shards[at] == shard;
            assertEquals(isTold ? 100L + shard : KeptFrom.UNKNOWN, keptFrom.timeUs(shard), "shard " + shard);
            at += isTold ? 1 : 0;
        }
        final KeptFrom other = new KeptFrom();
        other.onTold(5_000, 0, 1);
        assertEquals(1, other.timeUs(5_000));
        assertEquals(KeptFrom.UNKNOWN, other.timeUs(4_999));
    }

    @Test
    void aLaneMayTellAnewAndAFormerOwnerMayNot() {
        keptFrom.onTold(3, 7, 100);
        keptFrom.onTold(3, 7, 90);
        assertEquals(90, keptFrom.timeUs(3), "its own lane says what holds now, be it earlier");
        keptFrom.onTold(3, 6, 500);
        assertEquals(90, keptFrom.timeUs(3));
        keptFrom.onTold(3, 8, Long.MIN_VALUE);
        assertEquals(Long.MIN_VALUE, keptFrom.timeUs(3));
        keptFrom.onTold(3, 7, 100);
        assertEquals(Long.MIN_VALUE, keptFrom.timeUs(3));
    }
}
