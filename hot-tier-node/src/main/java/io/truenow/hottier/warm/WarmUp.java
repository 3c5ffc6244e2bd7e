package io.truenow.hottier.warm;

import io.truenow.engine.scan.loop.LoopPractice;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.fabric.memory.os.ThreadNiceness;
import org.agrona.concurrent.NanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Runs the engine's code on a thread of its own, on rows of nobody in memory of its own, so that the compilers have seen what queries and
 * events need before they come. First some rounds of all of it with plain loops, which the first compiler makes fast: for these the node
 * waits, once all else is ready, for its budget at most. Then the loops by vectors alone, until they are compiled and used
 * ({@link LoopPractice}); these are practised even where no warm-up is wanted. Then all of it again, until it gets no faster by it or has
 * had its part of a processor. The thread gives way to those that want its processor. It leaves nothing behind, and what goes wrong in it
 * is told and harms nobody. Started and closed by the launching thread.
 */
public final class WarmUp implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(WarmUp.class);
    /** More than it takes of memory, by far. */
    private static final long BYTES = 16L << 20;
    /** It takes at most one part of so many of what its tag may have, so that it moves no pressure. */
    private static final int PARTS = 8;
    /** By then the first compiler has seen what calls most. */
    private static final int FIRST_ROUNDS = 3;
    /** It may have so many times the budget of a processor's time. */
    private static final int TIMES = 4;
    /** So much more of a processor's time it may have for vectors; some two seconds were needed. */
    private static final long MAX_VECTORS_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long STOP_SECONDS = 5;
    private static final long NEVER = Long.MIN_VALUE;

    private final MemoryTag tag;
    private final long budgetNs;
    private final NanoClock clock;
    private final Thread thread;
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private volatile boolean isStopped;
    private volatile boolean isReady;
    private volatile long awaitedSinceNs = NEVER;
    /** Of the thread alone. */
    private long cpuLimitNs;

    private WarmUp(final MemoryTag tag, final long budgetNs, final NanoClock clock) {
        this.tag = tag;
        this.budgetNs = budgetNs;
        this.clock = clock;
        this.thread = Thread.ofPlatform().daemon().name("hot-tier-warm-up").unstarted(this::run);
    }

    /**
     * Starts it.
     *
     * @param budget for which the node waits at most; vectors only if zero.
     * @param tag    of all its memory, which it gives back; vectors only if it has hardly more than that.
     * @param clock  by which the node waits.
     */
    public static WarmUp start(final Duration budget, final MemoryTag tag, final NanoClock clock) {
        final WarmUp warmUp = new WarmUp(tag, budget.toNanos(), clock);
        if (budget.isZero()) {
            LOGGER.info("not warmed up: hot-tier.warm-up is 0");
            warmUp.isReady = true;
        } else if (tag.limitBytes() < PARTS * BYTES) {
            LOGGER.info("not warmed up: that needs a hot-tier.memory-budget of 512MiB");
            warmUp.isReady = true;
        }
        warmUp.thread.start();
        return warmUp;
    }

    /** Asked when all else is ready: whether that need not wait any longer. Any thread. */
    public boolean isReady() {
        if (isReady || isOver()) {
            return true;
        }
        final long nowNs = clock.nanoTime();
        if (awaitedSinceNs == NEVER) {
            awaitedSinceNs = nowNs;
        }
        return nowNs - awaitedSinceNs >= budgetNs;
    }

    /** Whether it has ended. Any thread. */
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

    private void run() {
        ThreadNiceness.giveWay();
        try {
            if (isReady) {
                practiseVectors();
            } else {
                practise();
            }
        } catch (final Exception | LinkageError e) {
            LOGGER.warn("the warm-up failed, so first queries and events are slow", e);
        }
    }

    private void practise() throws IOException {
        final long startNs = System.nanoTime();
        cpuLimitNs = TIMES * budgetNs;
        try (Practice practice = new Practice(tag, this::mayGoOn)) {
            practice.begin();
            practice.rounds(FIRST_ROUNDS);
            isReady = true;
            practiseVectors();
            practice.rounds(Integer.MAX_VALUE);
            LOGGER.info("warmed up in {} ms, {} ms of a processor: {}", TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs),
                TimeUnit.NANOSECONDS.toMillis(threads.getCurrentThreadCpuTime()), practice.summary());
        }
    }

    /** Its time does not count for the rest. */
    private void practiseVectors() {
        final long limitNs = cpuLimitNs;
        final long startNs = System.nanoTime();
        final long startCpuNs = threads.getCurrentThreadCpuTime();
        cpuLimitNs = startCpuNs + MAX_VECTORS_NS;
        final boolean areUsed = LoopPractice.run(this::mayGoOn);
        final long cpuNs = threads.getCurrentThreadCpuTime() - startCpuNs;
        cpuLimitNs = limitNs + cpuNs;
        LOGGER.info("vectors are {} after {} ms, {} ms of a processor", areUsed ? "used" : "not used",
            TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs), TimeUnit.NANOSECONDS.toMillis(cpuNs));
    }

    private boolean mayGoOn() {
        return !isStopped && threads.getCurrentThreadCpuTime() < cpuLimitNs;
    }
}
