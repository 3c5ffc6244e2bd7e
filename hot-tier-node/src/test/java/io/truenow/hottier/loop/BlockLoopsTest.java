package io.truenow.hottier.loop;

import io.truenow.hottier.segment.Block;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Plain loops and those by vectors give the same bits; what they ought to give is tested with the kernels, by either. */
final class BlockLoopsTest {
    private static final int[] MAX_ROWS = {64, 256, 1_024, Block.MAX_ROWS};

    private final RandomGenerator random = Seeds.random("BlockLoopsTest");

    @ParameterizedTest
    @EnumSource(LoopTrial.Loop.class)
    void vectorsAndPlainLoopsGiveTheSame(final LoopTrial.Loop loop) {
        final PlainLoops plain = new PlainLoops();
        final LoopTrial.Outcome byVectors = new LoopTrial.Outcome();
        final LoopTrial.Outcome plainly = new LoopTrial.Outcome();
        for (final int maxRows : MAX_ROWS) {
            try (LoopTrial trial = new LoopTrial(random, maxRows)) {
                for (int i = 0; i < 200; i++) {
                    if (i % 10 == 0) {
                        trial.fill(loop);
                    }
                    trial.vary();
                    trial.call(loop, VectorLoops.INSTANCE, byVectors);
                    trial.call(loop, plain, plainly);
                    assertTrue(byVectors.isSame(plainly), loop::name);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(LoopTrial.Loop.class)
    void trialsTellOutcomesApart(final LoopTrial.Loop loop) {
        final PlainLoops plain = new PlainLoops();
        final LoopTrial.Outcome some = new LoopTrial.Outcome();
        final LoopTrial.Outcome others = new LoopTrial.Outcome();
        int different = 0;
        try (LoopTrial trial = new LoopTrial(random, Block.MAX_ROWS)) {
            for (int i = 0; i < 20; i++) {
                trial.fill(loop);
                trial.vary();
                trial.call(loop, plain, some);
                trial.vary();
                trial.call(loop, plain, others);
                different += some.isSame(others) ? 0 : 1;
            }
        }
        assertTrue(different > 10);
    }

    @Test
    void vectorsAreUsedOncePractised() {
        final boolean before = Loops.areVectorsUsed();
        try {
            Loops.useVectors(false);
            assertFalse(LoopPractice.run(() -> false));
            assertTrue(LoopPractice.run(() -> true));
            assertTrue(Loops.areVectorsUsed());
        } finally {
            Loops.useVectors(before);
        }
    }
}
