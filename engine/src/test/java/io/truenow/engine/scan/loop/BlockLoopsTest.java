package io.truenow.engine.scan.loop;

import io.truenow.engine.store.segment.Block;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.EnumMap;
import java.util.Map;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
    void nothingIsPractisedAgainstTheWill() {
        final boolean before = Loops.areVectorsUsed();
        try {
            Loops.useVectors(false);
            assertFalse(LoopPractice.run(() -> false));
            assertFalse(Loops.areVectorsUsed());
        } finally {
            Loops.useVectors(before);
        }
    }

    /** How long that takes, if it ever comes, is the machine's: what is tested is who decides. */
    @Test
    void vectorsAreUsedWhenEachLoopWasFasterTwiceInTurn() {
        final boolean before = Loops.areVectorsUsed();
        final LoopTrial.Loop[] loops = LoopTrial.Loop.values();
        final Map<LoopTrial.Loop, Integer> asked = new EnumMap<>(LoopTrial.Loop.class);
        final LoopTrial.Loop slow = loops[random.nextInt(loops.length)];
        try {
            Loops.useVectors(false);
            assertTrue(LoopPractice.run(() -> {
                assertFalse(Loops.areVectorsUsed());
                return true;
            }, loop -> {
                final int times = asked.merge(loop, 1, Integer::sum);
                return loop != slow || times % 2 == 1 && times < 10 || times >= 12;
            }));
            assertTrue(Loops.areVectorsUsed());
            for (final LoopTrial.Loop loop : loops) {
                assertEquals(loop == slow ? 13 : 2, asked.get(loop), loop::name);
            }
            assertTrue(LoopPractice.run(() -> true, loop -> {
                throw new AssertionError("it is decided");
            }));
        } finally {
            Loops.useVectors(before);
        }
    }
}
