package io.truenow.fabric.agent;

import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;

import java.util.ArrayList;
import java.util.List;

/**
 * Agents that one thread invokes in turn, in the order in which they came. What one throws is reported and does not keep the others from
 * their turn. Belongs to that thread.
 */
final class AgentTurns {
    private final List<Agent> agents = new ArrayList<>();
    private final ErrorHandler errors;

    AgentTurns(final ErrorHandler errors) {
        this.errors = errors;
    }

    /** One turn of each; those that come meanwhile have theirs too. Returns what they did together. */
    int invoke() {
        int work = 0;
        for (int i = 0; i < agents.size(); i++) {
            final Agent agent = agents.get(i);
            try {
                work += agent.doWork();
            } catch (final AgentTerminationException e) {
                errors.onError(e);
                remove(agent);
                i--;
            } catch (final Exception e) {
                errors.onError(e);
            }
        }
        return work;
    }

    void add(final Agent agent) {
        try {
            agent.onStart();
            agents.add(agent);
        } catch (final Exception e) {
            errors.onError(e);
            close(agent);
        }
    }

    void remove(final Agent agent) {
        if (agents.remove(agent)) {
            close(agent);
        }
    }

    private void close(final Agent agent) {
        try {
            agent.onClose();
        } catch (final Exception e) {
            errors.onError(e);
        }
    }
}
