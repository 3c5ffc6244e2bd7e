package io.truenow.fabric.agent;

import io.truenow.codecs.StreamKind;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.IdleStrategy;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Runs agents on daemon threads: each on its own, or on the threads that their duties share. Its methods may be called by any launching
 * thread, one after the other.
 */
public final class ThreadedScheduler implements AgentScheduler {
    private final Context context;
    private final boolean isShared;
    private final Map<Duty, DutyDoorbell> ofDuties = new ConcurrentHashMap<>();
    private final Map<StreamKind, DutyDoorbell> ofStreams = new EnumMap<>(StreamKind.class);
    private final Map<String, AgentThread> sharedThreads = new HashMap<>();
    private final Map<String, Boolean> urgencies = new HashMap<>();
    private final List<AgentThread> threads = new ArrayList<>();
    private final Deque<Running> running = new ArrayDeque<>();
    private boolean isClosed;

    private ThreadedScheduler(final Context context, final boolean isShared) {
        this.context = context;
        this.isShared = isShared;
        for (final StreamKind kind : StreamKind.values()) {
            ofStreams.put(kind, new DutyDoorbell());
        }
    }

    /** One thread an agent. */
    public static ThreadedScheduler threadPerAgent(final Context context) {
        return new ThreadedScheduler(context, false);
    }

    /** Agents share the threads that their duties name; such a thread starts with its first agent. */
    public static ThreadedScheduler sharedThreads(final Context context) {
        return new ThreadedScheduler(context, true);
    }

    @Override
    public synchronized RunningAgent schedule(final Duty duty, final Agent agent) {
        if (isClosed) {
            throw new IllegalStateException("the scheduler is closed");
        }
        final boolean isThreadOwn = !isShared || duty.thread() == null;
        final AgentThread thread = isThreadOwn ? startThread(agent.roleName(), duty.isUrgent()) : sharedThread(duty);
        final Running started = new Running(agent, thread, isThreadOwn);
        bell(duty).add(thread);
        duty.hears().forEach(kind -> ofStreams.get(kind).add(thread));
        running.push(started);
        thread.add(agent);
        return started;
    }

    @Override
    public Doorbell doorbell(final Duty duty) {
        return bell(duty);
    }

    @Override
    public Doorbell doorbell(final StreamKind kind) {
        return ofStreams.get(kind);
    }

    @Override
    public IdleStrategy idleStrategy() {
        return context.unhurried.get();
    }

    @Override
    public boolean awaitDone(final Future<?> future, final Duration timeout) {
        try {
            future.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (final ExecutionException | CancellationException e) {
            return true;
        } catch (final TimeoutException e) {
            return false;
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
        return true;
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

    private DutyDoorbell bell(final Duty duty) {
        return ofDuties.computeIfAbsent(duty, ignored -> new DutyDoorbell());
    }

    private AgentThread sharedThread(final Duty duty) {
        final Boolean urgency = urgencies.putIfAbsent(duty.thread(), duty.isUrgent());
        if (urgency != null && urgency != duty.isUrgent()) {
            throw new IllegalArgumentException(duty.name() + " is not as urgent as what runs on the thread " + duty.thread());
        }
        return sharedThreads.computeIfAbsent(duty.thread(), name -> startThread(name, duty.isUrgent()));
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
                    scheduler.ofDuties.values().forEach(doorbell -> doorbell.remove(thread));
                    scheduler.ofStreams.values().forEach(doorbell -> doorbell.remove(thread));
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
