package io.truenow.fabric.agent;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * Work is handed over and rung for while a thread gets ready to rest: it finds the work when it looks once more, or its pause is ended.
 */
@JCStressTest
@Outcome(id = {"true, false", "false, true", "true, true"}, expect = Expect.ACCEPTABLE, desc = "Found, or woken.")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "Neither: the thread rests beside its work.")
@State
public class RingStress {
    private final Bed pauses = new Bed();
    private final RestingIdleStrategy strategy = new RestingIdleStrategy(1, 1, pauses);
    private boolean isHandedOver;
    private boolean isFound;

    /** Spins and yields are over: the next idle turn says that the thread is about to rest. */
    public RingStress() {
        for (int i = 0; i < RestingIdleStrategy.SPINS + RestingIdleStrategy.YIELDS; i++) {
            strategy.idle();
        }
    }

    /** Remembers that a thread was woken, and lets none stop. */
    private static final class Bed implements Pauses {
        private boolean isWoken;

        @Override
        public void begin() {
            // nothing to prepare
        }

        @Override
        public void pause(final long nanoseconds) {
            // the test asks whether the pause would have been ended
        }

        @Override
        public void wake(final Thread thread) {
            isWoken = true;
        }

        @Override
        public long nanoTime() {
            return 0;
        }
    }

    /** Hands work over, in a plain store. */
    @Actor
    public void sender() {
        isHandedOver = true;
        strategy.ring();
    }

    /** Says that it rests from now on, and looks once more. */
    @Actor
    public void resting() {
        strategy.idle();
        isFound = isHandedOver;
    }

    /** After both. */
    @Arbiter
    public void end(final ZZ_Result result) {
        result.r1 = isFound;
        result.r2 = pauses.isWoken;
    }
}
