package io.truenow.engine.scan.loop;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.ThreadMXBean;

import java.lang.management.ManagementFactory;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/**
 * Runs each loop by vectors and plainly on the same random rows until that by vectors takes less of a processor and allocates nothing:
 * until it is compiled. When all are, kernels use them ({@link Loops}). Rows, ranges and bits vary, or code would be compiled for some of
 * them and be thrown away at others. Any thread, one after the other.
 */
public final class LoopPractice {
    private static final long SEED = 20_261_123L;
    /** Some vectors a call: the compiler counts calls, too. */
    private static final int MAX_ROWS = 256;
    /** Calls of a loop by which it is judged. */
    private static final int CALLS = 16;
    /** Being faster so often in turn is no accident. */
    private static final int SURE = 2;
    private static final String COMPILERS = "TieredStopAtLevel";
    private static final int ALL_COMPILERS = 4;

    private LoopPractice() {
    }

    /**
     * Practises, and has vectors used when all loops are faster by them.
     *
     * @param mayGoOn asked before each small piece of work.
     * @return whether vectors are used; never where this Java machine has the first compiler only, which makes them no faster.
     * @throws IllegalStateException if a loop by vectors gives something else than the plain one.
     */
    public static boolean run(final BooleanSupplier mayGoOn) {
        if (!areVectorsCompiled()) {
            return false;
        }
        try (LoopTrial trial = new LoopTrial(new SplittableRandom(SEED), MAX_ROWS)) {
            return run(mayGoOn, new Stopwatch(trial));
        }
    }

    static boolean run(final BooleanSupplier mayGoOn, final Judge judge) {
        final LoopTrial.Loop[] loops = LoopTrial.Loop.values();
        final int[] timesFaster = new int[loops.length];
        int left = Loops.areVectorsUsed() ? 0 : loops.length;
        while (left > 0) {
            for (int i = 0; i < loops.length; i++) {
                if (!mayGoOn.getAsBoolean()) {
                    return false;
                }
                if (timesFaster[i] < SURE) {
                    timesFaster[i] = judge.isFasterByVectors(loops[i]) ? timesFaster[i] + 1 : 0;
                    left -= timesFaster[i] == SURE ? 1 : 0;
                }
            }
        }
        Loops.useVectors(true);
        return true;
    }

    private static boolean areVectorsCompiled() {
        final HotSpotDiagnosticMXBean options = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        return options == null || Integer.parseInt(options.getVMOption(COMPILERS).getValue()) >= ALL_COMPILERS;
    }

    /** Runs a loop both ways. */
    interface Judge {
        /** Whether vectors took less this time. */
        boolean isFasterByVectors(LoopTrial.Loop loop);
    }

    /** Compares the times of both. */
    private static final class Stopwatch implements Judge {
        private final LoopTrial trial;
        private final BlockLoops plain = new PlainLoops();
        private final LoopTrial.Outcome byVectors = new LoopTrial.Outcome();
        private final LoopTrial.Outcome plainly = new LoopTrial.Outcome();
        private final ThreadMXBean threads = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

        Stopwatch(final LoopTrial trial) {
            this.trial = trial;
        }

        @Override
        public boolean isFasterByVectors(final LoopTrial.Loop loop) {
            long vectorsNs = 0;
            long plainNs = 0;
            long allocatedBytes = 0;
            trial.fill(loop);
            for (int i = 0; i < CALLS; i++) {
                trial.vary();
                final long startBytes = threads.getCurrentThreadAllocatedBytes();
                final long startNs = threads.getCurrentThreadCpuTime();
                trial.call(loop, VectorLoops.INSTANCE, byVectors);
                final long betweenNs = threads.getCurrentThreadCpuTime();
                allocatedBytes += threads.getCurrentThreadAllocatedBytes() - startBytes;
                trial.call(loop, plain, plainly);
                vectorsNs += betweenNs - startNs;
                plainNs += threads.getCurrentThreadCpuTime() - betweenNs;
                if (!byVectors.isSame(plainly)) {
                    throw new IllegalStateException("vectors give something else than a plain loop: " + loop);
                }
            }
            // what the first compiler made allocates for each vector, and may still be faster than a plain loop that is cold itself
            return allocatedBytes == 0 && vectorsNs <= plainNs;
        }
    }
}
