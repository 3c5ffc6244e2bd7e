package io.truenow.tools.process;

import io.truenow.fabric.memory.os.ProgramStart;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * SIGTERM, Ctrl-C, a closed terminal, or the process' own wish to end or to begin anew. The signals are handled here rather than by a
 * shutdown hook: a process that is still starting goes on loading libraries, which fail with stacks once the Java machine shuts down. The
 * launching thread closes everything, then this, and exits with {@link #exitCode} or begins anew. Any thread may signal.
 */
final class StopSignal implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(StopSignal.class);
    private static final List<String> SIGNALS = List.of("HUP", "INT", "TERM");
    private static final int EXIT_SIGNAL = 128;
    private static final long CLOSE_TIMEOUT_SECONDS = 25;
    private static final long FORCED_END_SECONDS = 5;
    /** Requests are refused in milliseconds; what takes longer waits for what is lost. */
    private static final long FORCED_AGAIN_SECONDS = 3;

    private final CountDownLatch signalled = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile String failure;
    private volatile String whyAnew;
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
            endAfter(FORCED_END_SECONDS, reason, 1);
        }
        signalled.countDown();
    }

    /**
     * The process cannot go on with what it has and has to begin anew: its services are closed, as far as that goes, and launched again.
     *
     * @param reason in a few words.
     */
    synchronized void beginAnew(final String reason) {
        if (exitCode != 0) {
            // all processes of a host are often stopped at once, and the driver is the first that is gone: what closes may wait for it
            endAfter(FORCED_END_SECONDS, reason, exitCode);
        } else if (failure == null && whyAnew == null) {
            whyAnew = reason;
            LOGGER.warn("{}: closing the services and launching them again", reason);
            forceAgain();
        }
        signalled.countDown();
    }

    /** Why the process has to begin anew, or null; null too if it has been asked to end meanwhile. What fails after it is a consequence. */
    synchronized String whyAnew() {
        return exitCode == 0 ? whyAnew : null;
    }

    /**
     * Begins anew when everything is closed. Does not return, unless that does not work here or the process is to end.
     *
     * @throws IllegalStateException with the reason, where there is a supervisor's work to be done.
     */
    void startAgain() {
        final String why = whyAnew();
        if (why != null) {
            System.out.flush();
            final String whyNot = ProgramStart.again(StartCommand.AGAIN);
            throw new IllegalStateException(why + " (the process cannot begin anew by itself: " + whyNot + ')');
        }
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

    /** Closing may wait for what has failed: the process then ends as if killed, which everything it keeps can take. */
    private void endAfter(final long seconds, final String reason, final int code) {
        unlessClosedWithin(seconds, () -> {
            System.err.println("truenow: " + reason);
            Runtime.getRuntime().halt(code);
        });
    }

    /** The same where the process begins anew; who asks for its end meanwhile gives it more time. */
    private void forceAgain() {
        unlessClosedWithin(FORCED_AGAIN_SECONDS, () -> {
            try {
                startAgain();
            } catch (final IllegalStateException e) {
                System.err.println("truenow: " + e.getMessage());
                Runtime.getRuntime().halt(1);
            }
        });
    }

    private void unlessClosedWithin(final long seconds, final Runnable end) {
        Thread.ofPlatform().daemon().name("forced-end").start(() -> {
            if (!isClosedWithin(seconds)) {
                end.run();
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
