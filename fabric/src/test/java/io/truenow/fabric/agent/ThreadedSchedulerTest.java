package io.truenow.fabric.agent;

import io.truenow.testing.Await;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

class ThreadedSchedulerTest {
    private final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private final List<String> closed = new CopyOnWriteArrayList<>();
    private final AtomicReference<Throwable> fatal = new AtomicReference<>();
    private final ThreadedScheduler.Context context = new ThreadedScheduler.Context(
        IdleStrategies.BACKOFF.parkingAtMost(Duration.ofNanos(100_000)), errors::add, fatal::set);
    private ThreadedScheduler scheduler = ThreadedScheduler.threadPerAgent(context);

    @AfterEach
    void close() {
        scheduler.close();
    }

    private void share(final AgentDuty... duties) {
        scheduler.close();
        scheduler = ThreadedScheduler.sharedThreads(context, List.of(EnumSet.copyOf(List.of(duties))));
    }

    @Test
    void givesEachAgentAThread() {
        final Worker a = new Worker("a");
        final Worker b = new Worker("b");
        scheduler.schedule(AgentDuty.LANE, a);
        scheduler.schedule(AgentDuty.LANE, b);
        a.awaitTurns();
        b.awaitTurns();
        assertNotSame(a.thread, b.thread);
        scheduler.close();
        assertEquals(List.of("b", "a"), closed);
        assertEquals(List.of(), errors);
        assertThrows(IllegalStateException.class, () -> scheduler.schedule(AgentDuty.LANE, a));
    }

    @Test
    void composesAgentsOfSharingDuties() {
        share(AgentDuty.LANE, AgentDuty.QUERY_AGENT);
        final Worker lane = new Worker("lane");
        final Worker query = new Worker("query");
        final Worker journal = new Worker("journal");
        scheduler.schedule(AgentDuty.LANE, lane);
        lane.awaitTurns();
        final AgentScheduler.RunningAgent running = scheduler.schedule(AgentDuty.QUERY_AGENT, query);
        scheduler.schedule(AgentDuty.JOURNAL, journal);
        query.awaitTurns();
        journal.awaitTurns();
        assertSame(lane.thread, query.thread);
        assertNotSame(lane.thread, journal.thread);
        running.close();
        running.close();
        assertEquals(List.of("query"), closed);
        lane.awaitTurns();
        scheduler.close();
        assertEquals(List.of("query", "journal", "lane"), closed);
        assertEquals(List.of(), errors);
    }

    @Test
    void goesOnAfterAnException() {
        share(AgentDuty.LANE);
        final Worker failing = new Worker("failing");
        final Worker other = new Worker("other");
        failing.toThrow = new IllegalStateException("each time");
        scheduler.schedule(AgentDuty.LANE, failing);
        scheduler.schedule(AgentDuty.LANE, other);
        other.awaitTurns();
        failing.awaitTurns();
        assertEquals("each time", errors.getFirst().getMessage());
        failing.toThrow = new AgentTerminationException("enough");
        Await.until("agent ended", () -> closed.contains("failing"));
        other.awaitTurns();
        assertEquals(List.of("failing"), closed);
    }

    @Test
    void dropsAnAgentThatCannotStart() {
        share(AgentDuty.LANE);
        final Worker broken = new Worker("broken") {
            @Override
            public void onStart() {
                throw new IllegalStateException("cannot start");
            }
        };
        scheduler.schedule(AgentDuty.LANE, broken).close();
        assertEquals(List.of("broken"), closed);
        assertEquals("cannot start", errors.getFirst().getMessage());
    }

    @Test
    void tellsOfAnErrorAndStillCloses() {
        share(AgentDuty.LANE);
        final Worker dying = new Worker("dying");
        dying.toThrow = new StackOverflowError("deep");
        scheduler.schedule(AgentDuty.LANE, dying);
        Await.until("callback", () -> fatal.get() != null);
        assertSame(dying.toThrow, fatal.get());
        assertSame(dying.toThrow, errors.getFirst());
        scheduler.schedule(AgentDuty.LANE, new Worker("late"));
        scheduler.close();
        assertFalse(closed.contains("dying"));
    }

    @Test
    void ringsTheRestingThreadsOfADuty() {
        scheduler.close();
        scheduler = ThreadedScheduler.sharedThreads(
            new ThreadedScheduler.Context(() -> new RestingIdleStrategy(1, 1, new UntilWoken()), errors::add, fatal::set),
            List.of(EnumSet.of(AgentDuty.LANE, AgentDuty.JOURNAL)));
        final Doorbell lanes = scheduler.doorbell(AgentDuty.LANE);
        lanes.ring();
        final Worker lane = new Worker("lane");
        final Worker query = new Worker("query");
        scheduler.schedule(AgentDuty.LANE, lane);
        final AgentScheduler.RunningAgent running = scheduler.schedule(AgentDuty.QUERY_AGENT, query);
        lane.awaitRest();
        query.awaitRest();
        final long turnsOfQuery = query.turns;
        final long turnsOfLane = lane.turns;
        lanes.ring();
        Await.until("a turn of the lane", () -> lane.turns > turnsOfLane);
        assertEquals(turnsOfQuery, query.turns);
        scheduler.doorbell(AgentDuty.QUERY_AGENT).ring();
        Await.until("a turn of the query agent", () -> query.turns > turnsOfQuery);
        query.awaitRest();
        running.close();
        assertEquals(List.of("query"), closed, "whoever is told to end is woken for it");
    }

    /** Pauses that never end by themselves. */
    private static final class UntilWoken implements Pauses {
        @Override
        public void begin() {
            // nothing to prepare
        }

        @Override
        public void pause(final long nanoseconds) {
            LockSupport.park(this);
        }

        @Override
        public void wake(final Thread thread) {
            LockSupport.unpark(thread);
        }

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }
    }

    private class Worker implements Agent {
        volatile Thread thread;
        volatile Throwable toThrow;
        private final String name;
        private volatile long turns;

        Worker(final String name) {
            this.name = name;
        }

        void awaitRest() {
            Await.until(name + " rests", () -> thread != null && thread.getState() == Thread.State.WAITING);
        }

        void awaitTurns() {
            final long before = turns;
            Await.until("turns of " + name, () -> turns >= before + 3);
        }

        @Override
        @SuppressWarnings("NonAtomicOperationOnVolatileField")
        public int doWork() throws Exception {
            thread = Thread.currentThread();
            turns = turns + 1;
            switch (toThrow) {
                case null -> {
                    return 0;
                }
                case Error error -> throw error;
                case Throwable other -> throw (Exception) other;
            }
        }

        @Override
        public void onClose() {
            closed.add(name);
        }

        @Override
        public String roleName() {
            return name;
        }
    }
}
