package io.truenow.hottier.loop;

import io.truenow.hottier.segment.Block;
import io.truenow.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Plain loops and those by vectors give the same bits; what they ought to give is tested with the kernels, by either. */
final class BlockLoopsTest {
    private static final int LIMIT_SECONDS = 120;
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

    /** In a process of its own, as a node's is: what other tests have made of the loops' types can keep vectors slow for ever. */
    @Test
    void vectorsAreUsedOncePractised() throws IOException, InterruptedException {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream().filter(argument -> argument.startsWith("--"))
            .forEach(command::add);
        command.addAll(List.of("-Xmx256m", "-cp", System.getProperty("java.class.path"), Practised.class.getName()));
        final Process process = new ProcessBuilder(command).inheritIO().start();
        try {
            assertTrue(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "vectors are never faster");
            assertEquals(0, process.exitValue());
        } finally {
            process.destroyForcibly();
        }
    }

    /** The process. */
    static final class Practised {
        private Practised() {
        }

        public static void main(final String[] ignored) {
            if (Loops.areVectorsUsed() || !LoopPractice.run(() -> true) || !Loops.areVectorsUsed()) {
                throw new IllegalStateException("vectors are not used");
            }
        }
    }
}
