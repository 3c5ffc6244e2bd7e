package io.truenow.fabric.agent;

import io.truenow.codecs.StreamKind;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.IdleStrategy;

import java.time.Duration;
import java.util.concurrent.Future;

/**
 * Runs agents. A service says only what runs; whoever composes the process decides how: one thread an agent, or several agents invoked in
 * turn by one thread ({@link ThreadedScheduler}), or all of them stepped by the caller ({@link SteppedScheduler}). Used by launching
 * threads only. What an agent throws is reported and the agent goes on, except that {@link
 * org.agrona.concurrent.AgentTerminationException} ends it, and an {@link Error} ends its thread and, by a callback, the process.
 */
public interface AgentScheduler extends AutoCloseable {
    /**
     * Starts an agent. Its {@code onStart} has been called, on its own thread, when this returns or soon after.
     *
     * @param duty  what kind of work it is, which decides the thread it shares.
     * @param agent to run until it or this scheduler is closed; {@code onClose} is called on its thread then.
     * @return the running agent. A service closes its own before it closes what they use.
     */
    RunningAgent schedule(Duty duty, Agent agent);

    /** The doorbell of all agents of a duty that this scheduler runs, now or later: for a service that rings its own. */
    Doorbell doorbell(Duty duty);

    /**
     * The doorbell of all agents here, now or later, that poll streams of a kind; none may mean that they run in another process.
     *
     * @param kind of the stream that was published to.
     */
    Doorbell doorbell(StreamKind kind);

    /**
     * Waits for what the agents are to bring about; where they are stepped, they are meanwhile.
     *
     * @return whether it is done.
     */
    boolean awaitDone(Future<?> future, Duration timeout);

    /** How a thread idles that somebody else runs in this process, as Aeron Cluster does; one for each thread. */
    IdleStrategy idleStrategy();

    /** Stops all agents that are still running, last started first, and waits for them. */
    @Override
    void close();

    /** One agent that runs. */
    interface RunningAgent extends AutoCloseable {
        /** Stops the agent and waits until its {@code onClose} has returned; does nothing if it has been stopped. */
        @Override
        void close();
    }
}
