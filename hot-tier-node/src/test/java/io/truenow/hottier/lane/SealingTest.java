package io.truenow.hottier.lane;

import io.truenow.engine.store.seal.SealDone;
import io.truenow.engine.store.seal.SealExchange;
import io.truenow.engine.store.seal.SealTask;
import io.truenow.engine.store.shard.MissingRanges;
import io.truenow.engine.store.shard.ShardState;
import io.truenow.engine.store.shard.ShardVector;
import io.truenow.fabric.metrics.ProcessMetrics;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A file whose values are taken up slowly is not one that memory is lacking for. */
final class SealingTest {
    private static final long STEP_NS = 50_000_000L;

    private final SealExchange seals = new SealExchange();
    private final Sealing sealing = new Sealing(
        new LifeContext(seals, null, null, LifeCounters.register(ProcessMetrics.local(), 0)), null, null, null);

    @Test
    void isStuckOnlyWhereNoValueIsTaken() {
        final ManyValues file = new ManyValues();
        seals.answer(new SealDone(new SealTask.Write(
            new ShardState(1, 1, 1, 1, Long.MIN_VALUE, MissingRanges.NONE, Map.of()), 0, List.of(), 7, ShardVector.EMPTY, 1), file, null));
        long nowNs = 1;
        for (; nowNs < 100 * STEP_NS; nowNs += STEP_NS) {
            assertTrue(sealing.doWork(nowNs) > 0, "the lane is not to rest now");
            assertFalse(sealing.isStuck(nowNs));
        }
        file.hasRoom = false;
        final long refusedNs = nowNs;
        for (; nowNs < refusedNs + 30 * STEP_NS; nowNs += STEP_NS) {
            sealing.doWork(nowNs);
        }
        assertTrue(sealing.isStuck(nowNs));
    }

    /** More than are ever taken up. */
    private static final class ManyValues extends FakeFile {
        private boolean hasRoom = true;
        private long retained;

        ManyValues() {
            super(7, 0, 1);
        }

        @Override
        public boolean retainValues(final int limit) {
            retained += hasRoom ? limit : 0;
            return false;
        }

        @Override
        public long retainedValues() {
            return retained;
        }
    }
}
