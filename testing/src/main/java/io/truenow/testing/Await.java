package io.truenow.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for conditions that other threads or processes bring about. Any thread. */
public final class Await {
    /** Long enough for a busy machine; a test that needs it all has failed. */
    public static final Duration DEFAULT_LIMIT = Duration.ofSeconds(20);

    private static final long PAUSE_NS = 200_000L;

    private Await() {
    }

    /** Waits until the condition holds, {@link #DEFAULT_LIMIT} at most. */
    public static void until(final String what, final BooleanSupplier condition) {
        until(what, DEFAULT_LIMIT, condition);
    }

    /**
     * Waits until the condition holds.
     *
     * @param what the condition in words, for the failure.
     * @throws AssertionError if it does not within the limit.
     */
    public static void until(final String what, final Duration limit, final BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new AssertionError("not within " + limit + ": " + what);
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new AssertionError("interrupted while waiting: " + what);
            }
            LockSupport.parkNanos(PAUSE_NS);
        }
    }

    /** Waits until there is a value other than null and returns it. */
    public static <T> T value(final String what, final Supplier<T> value) {
        final Object[] found = new Object[1];
        until(what, () -> {
            found[0] = value.get();
            return found[0] != null;
        });
        @SuppressWarnings("unchecked")
        final T result = (T) found[0];
        return result;
    }

    /** Drives work, such as an agent's duty cycle, on the calling thread until the condition holds. */
    public static void doing(final String what, final Runnable work, final BooleanSupplier condition) {
        until(what, () -> {
            work.run();
            return condition.getAsBoolean();
        });
    }
}
