package io.truenow.tools.process;

import io.truenow.fabric.memory.os.ProgramStart;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * SIGTERM, Ctrl-C, or the process' own wish to end or to begin anew. The Java machine is kept alive until the launching thread has closed
 * everything and then this. Any thread may signal.
 */
final class StopSignal implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(StopSignal.class);
    private static final long CLOSE_TIMEOUT_SECONDS = 25;
    private static final long FORCED_END_SECONDS = 5;
    /** Requests are refused in milliseconds; what takes longer waits for what is lost. */
    private static final long FORCED_AGAIN_SECONDS = 3;

    private final CountDownLatch signalled = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile String failure;
    private volatile String whyAnew;
    private volatile boolean isAsked;

    StopSignal() {
        Runtime.getRuntime().addShutdownHook(new Thread(this::onShutdown, "stop-signal"));
    }

    /** The process has to end because something failed. */
    synchronized void fail(final String reason) {
        if (failure == null) {
            failure = reason;
            force(FORCED_END_SECONDS, () -> { });
        }
        signalled.countDown();
    }

    /**
     * The process cannot go on with what it has and has to begin anew: its services are closed, as far as that goes, and launched again.
     *
     * @param reason in a few words.
     */
    synchronized void beginAnew(final String reason) {
        if (isAsked) {
            // all processes of a host are often stopped at once, and the driver is the first that is gone
            fail(reason);
        } else if (failure == null && whyAnew == null) {
            whyAnew = reason;
            LOGGER.warn("{}: closing the services and launching them again", reason);
            force(FORCED_AGAIN_SECONDS, this::startAgain);
        }
        signalled.countDown();
    }

    /** Why the process has to begin anew, or null. */
    String whyAnew() {
        return isAsked ? null : whyAnew;
    }

    /**
     * Begins anew when everything is closed. Does not return, unless that does not work here or the process is to end.
     *
     * @throws IllegalStateException with the reason, where there is a supervisor's work to be done.
     */
    void startAgain() {
        if (!isAsked) {
            System.out.flush();
            final String whyNot = ProgramStart.again(StartCommand.AGAIN);
            throw new IllegalStateException(whyAnew + " (the process cannot begin anew by itself: " + whyNot + ')');
        }
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

    /** Closing may wait for what has failed: the process then ends as if killed, which everything it keeps can take. */
    private void force(final long seconds, final Runnable end) {
        Thread.ofPlatform().daemon().name("forced-end").start(() -> {
            if (!isClosedWithin(seconds)) {
                String reason = failure == null ? whyAnew : failure;
                try {
                    end.run();
                } catch (final IllegalStateException e) {
                    reason = e.getMessage();
                }
                System.err.println("truenow: " + reason);
                Runtime.getRuntime().halt(1);
            }
        });
    }

    private void onShutdown() {
        isAsked = true;
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
