package io.truenow.tools.process;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * SIGTERM, Ctrl-C, or the process' own wish to end. The Java machine is kept alive until the launching thread has closed everything and
 * then this. Any thread may signal.
 */
final class StopSignal implements AutoCloseable {
    private static final long CLOSE_TIMEOUT_SECONDS = 25;
    private static final long FORCED_END_SECONDS = 5;

    private final CountDownLatch signalled = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile String failure;

    StopSignal() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::onShutdown, "stop-signal"));
    }

    /** The process has to end because something failed. */
    synchronized void fail(final String reason) {
        if (failure == null) {
            failure = reason;
            // closing may wait for what has failed: the process then ends as if killed, which everything it keeps can take
            Thread.ofPlatform().daemon().name("forced-end").start(() -> {
                if (!isClosedWithin(FORCED_END_SECONDS)) {
                    System.err.println("truenow: " + reason);
                    Runtime.getRuntime().halt(1);
                }
            });
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

    /** Waits for the signal. */
    void await() throws InterruptedException {
        signalled.await();
    }

    /** Waits for the signal; true if it has come. */
    boolean await(final long timeoutMs) throws InterruptedException {
        return signalled.await(timeoutMs, TimeUnit.MILLISECONDS);
    }

    /** Everything is closed: the Java machine may end. */
    @Override
    public void close() {
        closed.countDown();
    }

    private void onShutdown() {
        signalled.countDown();
        if (!isClosedWithin(CLOSE_TIMEOUT_SECONDS)) {
            System.err.println("truenow: not everything could be closed within " + CLOSE_TIMEOUT_SECONDS + " s");
        }
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
