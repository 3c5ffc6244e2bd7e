package io.truenow.fabric.agent;

import org.agrona.concurrent.Agent;

/**
 * Gives agents their threads. A service says only what runs; whoever composes the process decides how: one thread an agent, or several
 * agents invoked in turn by one thread. Used by the launching thread only.
 */
public interface AgentScheduler extends AutoCloseable {
    /**
     * Starts an agent. Its {@code onStart} has been called, on its own thread, when this returns or soon after.
     *
     * @param duty  what kind of work it is, which decides the thread it shares.
     * @param agent to run until this scheduler is closed; {@code onClose} is called on its thread then.
     */
    void schedule(AgentDuty duty, Agent agent);

    /** Stops all agents, last started first, and waits for them. */
    @Override
    void close();
}
