package io.truenow.fabric.agent;

import io.truenow.codecs.StreamKind;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentTerminationException;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SteppedSchedulerTest {
    private static final Duty DUTY = Duty.urgent("work");

    private final List<String> events = new ArrayList<>();
    private final List<Throwable> errors = new ArrayList<>();
    private final SteppedScheduler scheduler = new SteppedScheduler(errors::add, () -> events.add("before"));

    @Test
    void eachAgentHasATurnInTheOrderInWhichItCame() {
        scheduler.schedule(DUTY, new Worker("b", 2));
        scheduler.schedule(Duty.COORDINATION, new Worker("a", 1));
        assertEquals(List.of("start b", "start a"), events);
        events.clear();
        assertEquals(3, scheduler.step());
        assertEquals(List.of("before", "b", "a"), events);
    }

    @Test
    void oneThatComesWhileAnotherWorksHasItsTurnToo() {
        scheduler.schedule(DUTY, new Worker("first", 1) {
            @Override
            public int doWork() {
                if (events.size() == 2) {
                    scheduler.schedule(DUTY, new Worker("second", 1));
                }
                return super.doWork();
            }
        });
        assertEquals(2, scheduler.step());
        assertEquals(List.of("start first", "before", "start second", "first", "second"), events);
    }

    @Test
    void closesTheLastFirstAndEachOnce() {
        scheduler.schedule(DUTY, new Worker("a", 0));
        final AgentScheduler.RunningAgent running = scheduler.schedule(DUTY, new Worker("b", 0));
        scheduler.schedule(DUTY, new Worker("c", 0));
        events.clear();
        running.close();
        running.close();
        scheduler.close();
        scheduler.close();
        assertEquals(List.of("close b", "close c", "close a"), events);
        assertThrows(IllegalStateException.class, () -> scheduler.schedule(DUTY, new Worker("late", 0)));
    }

    @Test
    void whatAnAgentThrowsIsReportedAndOthersGoOn() {
        final Worker failing = new Worker("failing", 0);
        failing.toThrow = new IllegalStateException("each time");
        scheduler.schedule(DUTY, failing);
        scheduler.schedule(DUTY, new Worker("other", 1));
        assertEquals(1, scheduler.step());
        assertEquals(1, scheduler.step());
        assertEquals(List.of(failing.toThrow, failing.toThrow), errors);
        failing.toThrow = new AgentTerminationException("enough");
        assertEquals(1, scheduler.step());
        assertTrue(events.contains("close failing"));
        failing.toThrow = null;
        events.clear();
        scheduler.step();
        assertEquals(List.of("before", "other"), events);
    }

    @Test
    void waitsByStepping() {
        final CompletableFuture<String> third = new CompletableFuture<>();
        scheduler.schedule(DUTY, new Worker("a", 1) {
            @Override
            public int doWork() {
                if (events.size() > 4) {
                    third.complete("done");
                }
                return super.doWork();
            }
        });
        assertTrue(scheduler.awaitDone(third, Duration.ofSeconds(20)));
        assertEquals(List.of("start a", "before", "a", "before", "a", "before", "a"), events);
        assertFalse(scheduler.awaitDone(new CompletableFuture<>(), Duration.ofMillis(1)));
        assertTrue(scheduler.awaitDone(CompletableFuture.failedFuture(new IllegalStateException()), Duration.ZERO));
    }

    @Test
    void ringsNobody() {
        assertSame(Doorbell.NONE, scheduler.doorbell(DUTY));
        assertSame(Doorbell.NONE, scheduler.doorbell(StreamKind.INGEST));
    }

    private class Worker implements Agent {
        RuntimeException toThrow;
        private final String name;
        private final int work;

        Worker(final String name, final int work) {
            this.name = name;
            this.work = work;
        }

        @Override
        public void onStart() {
            events.add("start " + name);
        }

        @Override
        public int doWork() {
            if (toThrow != null) {
                throw toThrow;
            }
            events.add(name);
            return work;
        }

        @Override
        public void onClose() {
            events.add("close " + name);
        }

        @Override
        public String roleName() {
            return name;
        }
    }
}
