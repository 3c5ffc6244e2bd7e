package io.truenow.fabric.agent;

import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.IdleStrategy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Runs agents on daemon threads: each on its own, or those of some duties on one thread together. Its methods may be called by any
 * launching thread, one after the other.
 */
public final class ThreadedScheduler implements AgentScheduler {
    private final Context context;
    private final Map<AgentDuty, AgentThread> sharedThreads = new EnumMap<>(AgentDuty.class);
    private final List<AgentThread> threads = new ArrayList<>();
    private final Deque<Running> running = new ArrayDeque<>();
    private boolean isClosed;

    private ThreadedScheduler(final Context context) {
        this.context = context;
    }

    /** One thread an agent. */
    public static ThreadedScheduler threadPerAgent(final Context context) {
        return new ThreadedScheduler(context);
    }

    /**
     * The agents of each group of duties share a thread; an agent of a duty in no group gets a thread of its own.
     *
     * @param groups of duties; no duty is in two.
     */
    public static ThreadedScheduler sharedThreads(final Context context, final List<? extends Iterable<AgentDuty>> groups) {
        final ThreadedScheduler scheduler = new ThreadedScheduler(context);
        for (final Iterable<AgentDuty> group : groups) {
            final List<String> names = new ArrayList<>();
            group.forEach(duty -> names.add(duty.name().toLowerCase(Locale.ROOT).replace('_', '-')));
            final AgentThread thread = scheduler.startThread(String.join("+", names));
            for (final AgentDuty duty : group) {
                if (scheduler.sharedThreads.put(duty, thread) != null) {
                    scheduler.close();
                    throw new IllegalArgumentException(duty + " is in two groups");
                }
            }
        }
        return scheduler;
    }

    @Override
    public synchronized RunningAgent schedule(final AgentDuty duty, final Agent agent) {
        if (isClosed) {
            throw new IllegalStateException("the scheduler is closed");
        }
        final AgentThread shared = sharedThreads.get(duty);
        final Running started = new Running(agent, shared == null ? startThread(agent.roleName()) : shared, shared == null);
        running.push(started);
        started.thread.add(agent);
        return started;
    }

    @Override
    public void close() {
        synchronized (this) {
            isClosed = true;
        }
        for (Running next = last(); next != null; next = last()) {
            next.close();
        }
        threads.forEach(AgentThread::stop);
    }

    private synchronized Running last() {
        return running.peek();
    }

    private AgentThread startThread(final String name) {
        final AgentThread thread = new AgentThread(name, context.idleStrategy.get(), context.errors, context.onFatal);
        threads.add(thread);
        thread.start();
        return thread;
    }

    private final class Running implements RunningAgent {
        private final Agent agent;
        private final AgentThread thread;
        private final boolean isThreadOwn;

        Running(final Agent agent, final AgentThread thread, final boolean isThreadOwn) {
            this.agent = agent;
            this.thread = thread;
            this.isThreadOwn = isThreadOwn;
        }

        @Override
        public void close() {
            final ThreadedScheduler scheduler = ThreadedScheduler.this;
            synchronized (scheduler) {
                if (!scheduler.running.remove(this)) {
                    return;
                }
                if (isThreadOwn) {
                    scheduler.threads.remove(thread);
                }
            }
            thread.remove(agent);
            if (isThreadOwn) {
                thread.stop();
            }
        }
    }

    /**
     * What the threads share.
     *
     * @param idleStrategy makes one for each thread, for the time when no agent has work; see {@link IdleStrategies}.
     * @param errors       gets what agents throw.
     * @param onFatal      called on the agent's thread after an {@link Error}, and has the process end; must not wait for agents.
     */
    public record Context(Supplier<IdleStrategy> idleStrategy, ErrorHandler errors, Consumer<Throwable> onFatal) {
    }
}
