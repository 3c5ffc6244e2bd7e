package io.truenow.fabric.agent;

import io.truenow.codecs.StreamKind;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.SleepingMillisIdleStrategy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Future;

/**
 * Runs agents on the thread that steps it, in the order in which they were scheduled: a service whose agents are stepped, and whose clocks
 * the caller moves, does the same each time. Doorbells ring nobody, as nobody rests. Belongs to one thread.
 */
public final class SteppedScheduler implements AgentScheduler {
    private final AgentTurns turns;
    private final Runnable beforeStep;
    private final Deque<Running> running = new ArrayDeque<>();
    private boolean isClosed;

    /** Steps agents and nothing else. */
    public SteppedScheduler(final ErrorHandler errors) {
        this(errors, () -> { });
    }

    /**
     * Steps agents, and what they live on.
     *
     * @param errors     gets what agents throw, but for an {@link Error}, which comes out of {@link #step}.
     * @param beforeStep called at the beginning of each step: invokes a media driver and Aeron's conductor, say, and moves the clocks.
     */
    public SteppedScheduler(final ErrorHandler errors, final Runnable beforeStep) {
        this.turns = new AgentTurns(errors);
        this.beforeStep = beforeStep;
    }

    /** One duty cycle of each agent; returns what they did together. */
    public int step() {
        beforeStep.run();
        return turns.invoke();
    }

    @Override
    public RunningAgent schedule(final Duty duty, final Agent agent) {
        if (isClosed) {
            throw new IllegalStateException("the scheduler is closed");
        }
        final Running started = new Running(agent);
        running.push(started);
        turns.add(agent);
        return started;
    }

    @Override
    public Doorbell doorbell(final Duty duty) {
        return Doorbell.NONE;
    }

    @Override
    public Doorbell doorbell(final StreamKind kind) {
        return Doorbell.NONE;
    }

    @Override
    public IdleStrategy idleStrategy() {
        return new SleepingMillisIdleStrategy(1);
    }

    /** The time-out is of the machine's clock: the caller's may stand still. */
    @Override
    public boolean awaitDone(final Future<?> future, final Duration timeout) {
        final long startNs = System.nanoTime();
        while (!future.isDone() && System.nanoTime() - startNs < timeout.toNanos()) {
            if (step() == 0) {
                Thread.onSpinWait();
            }
        }
        return future.isDone();
    }

    @Override
    public void close() {
        isClosed = true;
        while (!running.isEmpty()) {
            running.peek().close();
        }
    }

    private final class Running implements RunningAgent {
        private final Agent agent;

        Running(final Agent agent) {
            this.agent = agent;
        }

        @Override
        public void close() {
            if (running.remove(this)) {
                turns.remove(agent);
            }
        }
    }
}
