package io.truenow.fabric.agent;

import io.truenow.fabric.time.ProcessClock;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A thread and the agents it invokes in turn. Agents come and go by a queue; the list belongs to the thread.
 */
final class AgentThread implements Runnable {
    private static final int MAX_WAITING_CHANGES = 256;
    private static final long STOP_TIMEOUT_SECONDS = 10;

    private final ManyToOneConcurrentArrayQueue<Runnable> changes = new ManyToOneConcurrentArrayQueue<>(MAX_WAITING_CHANGES);
    private final AgentTurns turns;
    private final IdleStrategy idleStrategy;
    /** The same, or null if it is of another kind, which hears no rings. */
    private final RestingIdleStrategy resting;
    private final ErrorHandler errors;
    private final Consumer<Throwable> onFatal;
    private final Thread thread;
    private volatile boolean isRunning = true;
    private volatile boolean isDead;

    AgentThread(final String name, final IdleStrategy idleStrategy, final ErrorHandler errors, final Consumer<Throwable> onFatal,
        final PromptThreads prompt) {
        this.idleStrategy = idleStrategy;
        this.resting = idleStrategy instanceof RestingIdleStrategy strategy ? strategy : null;
        this.errors = errors;
        this.turns = new AgentTurns(errors);
        this.onFatal = onFatal;
        this.thread = Thread.ofPlatform().name(name).daemon(true).unstarted(prompt.prompt(this));
    }

    /** Ends a rest, if the thread has one. Any thread. */
    void ring() {
        if (resting != null) {
            resting.ring();
        }
    }

    void start() {
        thread.start();
    }

    /** Waits until the agent's {@code onStart} has returned. */
    void add(final Agent agent) {
        change(() -> turns.add(agent));
    }

    /** Waits until the agent's {@code onClose} has returned. */
    void remove(final Agent agent) {
        if (!change(() -> turns.remove(agent)) && !isDead) {
            errors.onError(new IllegalStateException("agent does not stop: " + agent.roleName()));
        }
    }

    /** Ends the thread; its agents have been removed before. */
    void stop() {
        isRunning = false;
        ring();
        try {
            if (thread != Thread.currentThread() && !thread.join(Duration.ofSeconds(STOP_TIMEOUT_SECONDS))) {
                thread.interrupt();
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void run() {
        try {
            while (isRunning) {
                idleStrategy.idle(applyChanges() + turns.invoke());
            }
        } catch (final Throwable t) {
            // an Error: the state of what the agents hold is unknown, so nothing of it is touched here any more
            isDead = true;
            errors.onError(t);
            onFatal.accept(t);
        }
        isDead = true;
    }

    private boolean change(final Runnable change) {
        if (thread == Thread.currentThread()) {
            change.run();
            return true;
        }
        final CountDownLatch done = new CountDownLatch(1);
        while (!isDead && !changes.offer(() -> {
            try {
                change.run();
            } finally {
                done.countDown();
            }
        })) {
            Thread.onSpinWait();
        }
        ring();
        try {
            final long deadlineNs = ProcessClock.INSTANCE.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_TIMEOUT_SECONDS);
            while (!isDead && ProcessClock.INSTANCE.nanoTime() - deadlineNs < 0) {
                if (done.await(10, TimeUnit.MILLISECONDS)) {
                    return true;
                }
            }
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return done.getCount() == 0;
    }

    private int applyChanges() {
        int applied = 0;
        for (Runnable change = changes.poll(); change != null; change = changes.poll()) {
            change.run();
            applied++;
        }
        return applied;
    }
}
