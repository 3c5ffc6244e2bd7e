package io.truenow.hottier;

import io.truenow.fabric.memory.os.ThreadPinning;
import org.agrona.concurrent.Agent;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Binds the threads of agents to processors as these agents start; agents that share a thread share their processors. Where the machine
 * refuses it they run as before. Thread safe.
 */
final class ProcessorPinning {
    private final Map<Thread, BitSet> processorsByThread = new IdentityHashMap<>();
    private final Map<String, String> outcomeByAgent = new TreeMap<>();

    /**
     * An agent whose thread is bound as it starts.
     *
     * @param number     of the agent among its like, which take the processors in turn.
     * @param processors empty for any.
     */
    Agent pinned(final Agent agent, final int number, final List<Integer> processors) {
        return processors.isEmpty() ? agent : new Pinned(agent, processors.get(number % processors.size()));
    }

    /** What became of each agent that was to be bound, by its name. */
    Map<String, String> outcomes() {
        synchronized (outcomeByAgent) {
            return new TreeMap<>(outcomeByAgent);
        }
    }

    /** One line for the log. */
    String summary() {
        final List<String> words = new ArrayList<>();
        outcomes().forEach((agent, outcome) -> words.add(agent + ' ' + outcome));
        return words.isEmpty() ? "not asked for" : String.join(", ", words);
    }

    private void pin(final String agent, final int processor) {
        synchronized (outcomeByAgent) {
            final BitSet processors = processorsByThread.computeIfAbsent(Thread.currentThread(), thread -> new BitSet());
            final boolean isNew = !processors.get(processor);
            processors.set(processor);
            final String refusal = ThreadPinning.pin(processors);
            if (refusal != null && isNew) {
                processors.clear(processor);
            }
            outcomeByAgent.put(agent, refusal == null ? "on processor " + processor : "refused processor " + processor + ": " + refusal);
        }
    }

    private void forget() {
        synchronized (outcomeByAgent) {
            processorsByThread.remove(Thread.currentThread());
        }
    }

    private final class Pinned implements Agent {
        private final Agent agent;
        private final int processor;

        Pinned(final Agent agent, final int processor) {
            this.agent = agent;
            this.processor = processor;
        }

        @Override
        public void onStart() {
            pin(agent.roleName(), processor);
            agent.onStart();
        }

        @Override
        public int doWork() throws Exception {
            return agent.doWork();
        }

        @Override
        public void onClose() {
            forget();
            agent.onClose();
        }

        @Override
        public String roleName() {
            return agent.roleName();
        }
    }
}
