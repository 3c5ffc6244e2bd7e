package io.truenow.engine.scan.loop;

/** For tests of kernels: which loops they run on. */
public final class EitherLoops {
    private EitherLoops() {
    }

    /** Has vectors used from now on in this process, or plain loops. */
    public static void useVectors(final boolean areUsed) {
        Loops.useVectors(areUsed);
    }
}
