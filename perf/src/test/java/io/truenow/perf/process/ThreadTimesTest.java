package io.truenow.perf.process;

import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ThreadTimesTest {
    private static final long WORK_NS = TimeUnit.MILLISECONDS.toNanos(200);

    @Test
    void tellsWhatEachThreadHasRun() throws InterruptedException {
        final ThreadTimes before = ThreadTimes.of(ProcessHandle.current().pid());
        final ThreadMXBean beans = ManagementFactory.getThreadMXBean();
        final CountDownLatch worked = new CountDownLatch(1);
        final CountDownLatch mayEnd = new CountDownLatch(1);
        final AtomicLong ownNs = new AtomicLong();
        final Thread busy = Thread.ofPlatform().name("busy-as-told").start(() -> {
            while (beans.getCurrentThreadCpuTime() < WORK_NS) {
                Thread.onSpinWait();
            }
            ownNs.set(beans.getCurrentThreadCpuTime());
            worked.countDown();
            await(mayEnd);
        });
        final Thread resting = Thread.ofPlatform().name("at-rest").start(() -> await(mayEnd));
        worked.await();
        final ThreadTimes after = ThreadTimes.of(ProcessHandle.current().pid());
        final long busyNs = after.since(before).get("busy-as-told");
        assertTrue(busyNs >= ownNs.get() && busyNs < ownNs.get() + WORK_NS / 2, "by itself " + ownNs + ", from outside " + busyNs);
        assertTrue(after.since(before).get("at-rest") < WORK_NS / 4);
        assertEquals(0, after.since(after).get("busy-as-told"));
        mayEnd.countDown();
        busy.join();
        resting.join();
    }

    @Test
    void aProcessThatIsNotThereHasNone() {
        assertThrows(RuntimeException.class, () -> ThreadTimes.of(1L << 40));
    }

    private static void await(final CountDownLatch latch) {
        try {
            latch.await();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
