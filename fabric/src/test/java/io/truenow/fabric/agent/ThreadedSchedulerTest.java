package io.truenow.fabric.agent;

import io.truenow.codecs.StreamKind;
import io.truenow.testing.Await;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ThreadedSchedulerTest {
    private static final Duty LANE = Duty.urgent("lane").sharing("lanes").hearing(StreamKind.INGEST);
    private static final Duty QUERY_AGENT = Duty.urgent("query-agent").sharing("lanes");
    private static final Duty JOURNAL = Duty.urgent("journal").alone();

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

    private void share() {
        scheduler.close();
        scheduler = ThreadedScheduler.sharedThreads(context);
    }

    @Test
    void givesEachAgentAThread() {
        final Worker a = new Worker("a");
        final Worker b = new Worker("b");
        scheduler.schedule(LANE, a);
        scheduler.schedule(LANE, b);
        a.awaitTurns();
        b.awaitTurns();
        assertNotSame(a.thread, b.thread);
        scheduler.close();
        assertEquals(List.of("b", "a"), closed);
        assertEquals(List.of(), errors);
        assertThrows(IllegalStateException.class, () -> scheduler.schedule(LANE, a));
    }

    @Test
    void composesAgentsOfSharingDuties() {
        share();
        final Worker lane = new Worker("lane");
        final Worker query = new Worker("query");
        final Worker journal = new Worker("journal");
        scheduler.schedule(LANE, lane);
        lane.awaitTurns();
        final AgentScheduler.RunningAgent running = scheduler.schedule(QUERY_AGENT, query);
        scheduler.schedule(JOURNAL, journal);
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
        share();
        final Worker failing = new Worker("failing");
        final Worker other = new Worker("other");
        failing.toThrow = new IllegalStateException("each time");
        scheduler.schedule(LANE, failing);
        scheduler.schedule(LANE, other);
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
        share();
        final Worker broken = new Worker("broken") {
            @Override
            public void onStart() {
                throw new IllegalStateException("cannot start");
            }
        };
        scheduler.schedule(LANE, broken).close();
        assertEquals(List.of("broken"), closed);
        assertEquals("cannot start", errors.getFirst().getMessage());
    }

    @Test
    void tellsOfAnErrorAndStillCloses() {
        share();
        final Worker dying = new Worker("dying");
        dying.toThrow = new StackOverflowError("deep");
        scheduler.schedule(LANE, dying);
        Await.until("callback", () -> fatal.get() != null);
        assertSame(dying.toThrow, fatal.get());
        assertSame(dying.toThrow, errors.getFirst());
        scheduler.schedule(LANE, new Worker("late"));
        scheduler.close();
        assertFalse(closed.contains("dying"));
    }

    @Test
    void theThreadIsNamedByTheDutyAndAsUrgentAsIt() {
        share();
        final Worker lane = new Worker("lane-0");
        scheduler.schedule(LANE, lane);
        lane.awaitTurns();
        assertEquals("lanes", lane.thread.getName());
        assertThrows(IllegalArgumentException.class,
            () -> scheduler.schedule(Duty.unhurried("sealer").sharing("lanes"), new Worker("sealer")));
        final Worker journal = new Worker("journal-0");
        scheduler.schedule(JOURNAL, journal);
        journal.awaitTurns();
        assertEquals("journal-0", journal.thread.getName());
    }

    @Test
    void waitsForWhatIsToBeDone() {
        assertFalse(scheduler.awaitDone(new CompletableFuture<>(), Duration.ofMillis(1)));
        assertTrue(scheduler.awaitDone(CompletableFuture.completedFuture(1), Duration.ZERO));
        assertTrue(scheduler.awaitDone(CompletableFuture.failedFuture(new IllegalStateException()), Duration.ZERO));
    }

    @Test
    void ringsTheRestingThreadsOfADuty() {
        scheduler.close();
        final Duty apart = QUERY_AGENT.alone();
        scheduler = ThreadedScheduler.sharedThreads(
            new ThreadedScheduler.Context(() -> new RestingIdleStrategy(1, 1, new UntilWoken()), errors::add, fatal::set));
        final Doorbell lanes = scheduler.doorbell(StreamKind.INGEST);
        lanes.ring();
        final Worker lane = new Worker("lane");
        final Worker query = new Worker("query");
        scheduler.schedule(LANE, lane);
        final AgentScheduler.RunningAgent running = scheduler.schedule(apart, query);
        lane.awaitRest();
        query.awaitRest();
        final long turnsOfQuery = query.turns;
        final long turnsOfLane = lane.turns;
        lanes.ring();
        Await.until("a turn of the lane", () -> lane.turns > turnsOfLane);
        assertEquals(turnsOfQuery, query.turns);
        scheduler.doorbell(apart).ring();
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
