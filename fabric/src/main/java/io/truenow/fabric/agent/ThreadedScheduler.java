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
    private final Map<AgentDuty, DutyDoorbell> doorbells = new EnumMap<>(AgentDuty.class);
    private final Map<AgentDuty, AgentThread> sharedThreads = new EnumMap<>(AgentDuty.class);
    private final List<AgentThread> threads = new ArrayList<>();
    private final Deque<Running> running = new ArrayDeque<>();
    private boolean isClosed;

    private ThreadedScheduler(final Context context) {
        this.context = context;
        for (final AgentDuty duty : AgentDuty.values()) {
            doorbells.put(duty, new DutyDoorbell());
        }
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
            boolean isUrgent = false;
            for (final AgentDuty duty : group) {
                names.add(duty.name().toLowerCase(Locale.ROOT).replace('_', '-'));
                isUrgent |= duty.isUrgent();
            }
            final AgentThread thread = scheduler.startThread(String.join("+", names), isUrgent);
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
        final AgentThread thread = shared == null ? startThread(agent.roleName(), duty.isUrgent()) : shared;
        final Running started = new Running(agent, thread, shared == null);
        doorbells.get(duty).add(thread);
        running.push(started);
        thread.add(agent);
        return started;
    }

    @Override
    public Doorbell doorbell(final AgentDuty duty) {
        return doorbells.get(duty);
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

    private AgentThread startThread(final String name, final boolean isUrgent) {
        final Supplier<IdleStrategy> idleStrategy = isUrgent ? context.urgent : context.unhurried;
        final AgentThread thread = new AgentThread(name, idleStrategy.get(), context.errors, context.onFatal,
            isUrgent ? context.prompt : PromptThreads.AS_OTHERS);
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
                    scheduler.doorbells.values().forEach(doorbell -> doorbell.remove(thread));
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
     * @param urgent    makes an idle strategy for each thread with urgent duties; see {@link IdleStrategies}.
     * @param unhurried makes one for each other thread.
     * @param errors    gets what agents throw.
     * @param onFatal   called on the agent's thread after an {@link Error}, and has the process end; must not wait for agents.
     * @param prompt    of threads with urgent duties.
     */
    public record Context(
        Supplier<IdleStrategy> urgent,
        Supplier<IdleStrategy> unhurried,
        ErrorHandler errors,
        Consumer<Throwable> onFatal,
        PromptThreads prompt) {
        /** Of threads that all idle alike, in slices as the machine gives them. */
        public Context(final Supplier<IdleStrategy> idleStrategy, final ErrorHandler errors, final Consumer<Throwable> onFatal) {
            this(idleStrategy, idleStrategy, errors, onFatal, PromptThreads.AS_OTHERS);
        }
    }
}
