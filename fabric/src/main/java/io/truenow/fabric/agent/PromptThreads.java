package io.truenow.fabric.agent;

import io.truenow.fabric.memory.os.ThreadSlice;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Threads on which an event or a query waits run in short slices, so that they come soon where threads that compute for long (compilers,
 * the sealer) want the same processors: those are stopped for them, instead of running on for up to a tick of the kernel. Any thread.
 */
public final class PromptThreads {
    /** Threads as the machine runs all others. */
    public static final PromptThreads AS_OTHERS = new PromptThreads(0);

    private static final Logger LOGGER = LoggerFactory.getLogger(PromptThreads.class);
    private final long sliceNs;
    private final AtomicBoolean isTold = new AtomicBoolean();

    /**
     * For the threads of a process.
     *
     * @param sliceNs 0 for what the machine gives others.
     */
    public PromptThreads(final long sliceNs) {
        this.sliceNs = sliceNs;
    }

    /** What a thread is to run, so that it begins by shortening its slices; where that is refused it runs the same. */
    public Runnable prompt(final Runnable task) {
        return sliceNs == 0 ? task : () -> {
            begin();
            task.run();
        };
    }

    /** A factory of such threads. */
    public ThreadFactory madeBy(final ThreadFactory threads) {
        return task -> threads.newThread(prompt(task));
    }

    private void begin() {
        final String whyNot = ThreadSlice.set(sliceNs);
        if (isTold.compareAndSet(false, true)) {
            if (whyNot == null) {
                LOGGER.info("threads of events and queries run in slices of {} us", sliceNs / 1_000);
            } else {
                LOGGER.info("threads of events and queries run in slices as others do, so they may wait some ms for these: {}", whyNot);
            }
        }
    }
}
