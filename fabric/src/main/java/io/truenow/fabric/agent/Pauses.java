package io.truenow.fabric.agent;

import io.truenow.fabric.memory.os.TimerSlack;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** How a thread stops for a while and is made to go on: the machine's way, or one that a test plays. */
interface Pauses {
    /** Those of this machine. */
    Pauses SYSTEM = new OfMachine();

    /** Called by a thread once, before its first pause. */
    void begin();

    /** Stops the calling thread until it is woken or, at the latest, so long. */
    void pause(long nanoseconds);

    /** Ends a thread's pause, or its next one. */
    void wake(Thread thread);

    long nanoTime();

    /** Parks, without the 50 µs by which Linux may otherwise let each pause last longer. */
    final class OfMachine implements Pauses {
        private static final Logger LOGGER = LoggerFactory.getLogger(Pauses.class);
        private final AtomicBoolean isTold = new AtomicBoolean();

        @Override
        public void begin() {
            final String whyNot = TimerSlack.least();
            if (whyNot != null && isTold.compareAndSet(false, true)) {
                LOGGER.info("pauses of idle threads are some 50 us longer than asked for: {}", whyNot);
            }
        }

        @Override
        public void pause(final long nanoseconds) {
            LockSupport.parkNanos(this, nanoseconds);
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
}
