package io.truenow.hottier.warm;

import io.truenow.fabric.memory.MemoryTag;
import io.truenow.fabric.memory.os.ThreadNiceness;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Runs the engine's code on a thread of its own, on rows of nobody in memory of its own, so that the compiler has seen what queries and
 * events need before they come. The thread gives way to those that want its processor, so most of it happens where the start waits for
 * something. The node waits for it, once all else is ready, for its budget at most; it goes on beside then, until it gets no faster by it
 * or has had four times the budget of a processor, since the compiler needs seconds. It leaves nothing behind, and what goes wrong in it is
 * told and harms nobody. Started and closed by the launching thread.
 */
public final class WarmUp implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(WarmUp.class);
    /** More than it takes of memory, by far. */
    private static final long BYTES = 16L << 20;
    /** It takes at most one part of so many of what its tag may have, so that it moves no pressure. */
    private static final int PARTS = 8;
    /** It may have so many times the budget of a processor's time. */
    private static final int TIMES = 4;
    private static final long STOP_SECONDS = 5;
    private static final long NEVER = Long.MIN_VALUE;

    private final MemoryTag tag;
    private final long budgetNs;
    private final Thread thread;
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private volatile boolean isStopped;
    private volatile long awaitedSinceNs = NEVER;

    private WarmUp(final MemoryTag tag, final long budgetNs) {
        this.tag = tag;
        this.budgetNs = budgetNs;
        this.thread = Thread.ofPlatform().daemon().name("hot-tier-warm-up").unstarted(this::run);
    }

    /**
     * Starts it, if there is to be one.
     *
     * @param budget for which the node waits at most; no warm-up if zero.
     * @param tag    of all its memory, which it gives back; none if it has hardly more than that.
     */
    public static WarmUp start(final Duration budget, final MemoryTag tag) {
        final WarmUp warmUp = new WarmUp(tag, budget.toNanos());
        if (budget.isZero()) {
            LOGGER.info("not warmed up: hot-tier.warm-up is 0");
        } else if (tag.limitBytes() < PARTS * BYTES) {
            LOGGER.info("not warmed up: that needs a hot-tier.memory-budget of 512MiB");
        } else {
            warmUp.thread.start();
        }
        return warmUp;
    }

    /** Asked when all else is ready: whether that need not wait any longer. Any thread. */
    public boolean isReady() {
        if (isOver()) {
            return true;
        }
        final long nowNs = System.nanoTime();
        if (awaitedSinceNs == NEVER) {
            awaitedSinceNs = nowNs;
        }
        return nowNs - awaitedSinceNs >= budgetNs;
    }

    /** Whether it has ended, or there is none. Any thread. */
    public boolean isOver() {
        return !thread.isAlive();
    }

    /** Ends it and waits until its memory is back. */
    @Override
    public void close() {
        isStopped = true;
        try {
            thread.join(TimeUnit.SECONDS.toMillis(STOP_SECONDS));
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean mayGoOn() {
        return !isStopped && threads.getCurrentThreadCpuTime() < TIMES * budgetNs;
    }

    private void run() {
        ThreadNiceness.giveWay();
        final long startNs = System.nanoTime();
        final String summary;
        try (Practice practice = new Practice(tag, this::mayGoOn)) {
            practice.run();
            summary = practice.summary();
        } catch (final Exception | LinkageError e) {
            LOGGER.warn("the warm-up failed, so first queries and events are slow", e);
            return;
        }
        LOGGER.info("warmed up in {} ms, {} ms of a processor: {}", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs),
            TimeUnit.NANOSECONDS.toMillis(threads.getCurrentThreadCpuTime()), summary);
    }
}
