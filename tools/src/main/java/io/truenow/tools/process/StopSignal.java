package io.truenow.tools.process;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * SIGTERM, Ctrl-C, a closed terminal, or the process' own wish to end. The signals are handled here rather than by a shutdown hook: a
 * process that is still starting goes on loading libraries, which fail with stacks once the Java machine shuts down. The launching thread
 * closes everything, then this, and exits with {@link #exitCode}. Any thread may signal.
 */
final class StopSignal implements AutoCloseable {
    private static final List<String> SIGNALS = List.of("HUP", "INT", "TERM");
    private static final int EXIT_SIGNAL = 128;
    private static final long CLOSE_TIMEOUT_SECONDS = 25;
    private static final long FORCED_END_SECONDS = 5;

    private final CountDownLatch signalled = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile String failure;
    /** Guarded by this. */
    private int exitCode;

    StopSignal() {
        // one that the Java machine keeps for itself ends this process as it does any other
        SIGNALS.forEach(name -> Signals.handle(name, this::onSignal));
    }

    /** The process has to end because something failed. */
    synchronized void fail(final String reason) {
        if (failure == null) {
            failure = reason;
            // closing may wait for what has failed: the process then ends as if killed, which everything it keeps can take
            endAfter(FORCED_END_SECONDS, reason, 1);
        }
        signalled.countDown();
    }

    boolean isSignalled() {
        return signalled.getCount() == 0;
    }

    /** Why the process has to end, or null if a person or a supervisor asked for it. */
    String failure() {
        return failure;
    }

    /** 128 and the signal's number, as of a process that the signal ends; 0 without one. */
    synchronized int exitCode() {
        return exitCode;
    }

    /** Waits for the signal. */
    void await() throws InterruptedException {
        signalled.await();
    }

    /** Waits for the signal; true if it has come. */
    boolean await(final long timeoutMs) throws InterruptedException {
        return signalled.await(timeoutMs, TimeUnit.MILLISECONDS);
    }

    /** Everything is closed. */
    @Override
    public void close() {
        closed.countDown();
    }

    private synchronized void onSignal(final int number) {
        if (exitCode == 0) {
            exitCode = EXIT_SIGNAL + number;
            endAfter(CLOSE_TIMEOUT_SECONDS, "not everything could be closed within " + CLOSE_TIMEOUT_SECONDS + " s", exitCode);
        }
        signalled.countDown();
    }

    private void endAfter(final long seconds, final String reason, final int code) {
        Thread.ofPlatform().daemon().name("forced-end").start(() -> {
            if (!isClosedWithin(seconds)) {
                System.err.println("truenow: " + reason);
                Runtime.getRuntime().halt(code);
            }
        });
    }

    private boolean isClosedWithin(final long seconds) {
        try {
            return closed.await(seconds, TimeUnit.SECONDS);
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
