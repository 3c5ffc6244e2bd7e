package io.truenow.engine.scan.loop;

/**
 * Chooses between the loops, for the kernels of one thread. Vector code that is not compiled yet calls and allocates for each operation,
 * some hundred times slower than a plain loop; so plain loops run until {@link LoopPractice} has seen vectors to be faster.
 */
public final class Loops {
    /** Set once, by any thread. Whoever sees it late has only used the slower ones for longer, so it is a plain field. */
    private static boolean areVectorsFaster;

    private final PlainLoops plain = new PlainLoops();

    /** For the kernels of one thread. */
    public Loops() {
    }

    /** Those to use for the next step over a block. */
    public BlockLoops now() {
        return areVectorsFaster ? VectorLoops.INSTANCE : plain;
    }

    /** Whether vectors are used. */
    static boolean areVectorsUsed() {
        return areVectorsFaster;
    }

    static void useVectors(final boolean areUsed) {
        areVectorsFaster = areUsed;
    }
}
