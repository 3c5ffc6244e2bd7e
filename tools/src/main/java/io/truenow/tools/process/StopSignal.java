package io.truenow.tools.process;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * SIGTERM, Ctrl-C, or the process' own wish to end. The Java machine is kept alive until the launching thread has closed everything and
 * then this. Any thread may signal.
 */
final class StopSignal implements AutoCloseable {
    private static final long CLOSE_TIMEOUT_SECONDS = 25;

    private final CountDownLatch signalled = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile String failure;

    StopSignal() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::onShutdown, "stop-signal"));
    }

    /** The process has to end because something failed. */
    void fail(final String reason) {
        if (failure == null) {
            failure = reason;
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
        try {
            if (!closed.await(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                System.err.println("truenow: not everything could be closed within " + CLOSE_TIMEOUT_SECONDS + " s");
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
