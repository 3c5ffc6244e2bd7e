package io.truenow.system.e2e;

import io.truenow.system.process.Deployment;

import java.util.concurrent.locks.LockSupport;

/** Looks at a hot tier's memory again and again, on a thread of its own, until {@link #end}. */
final class PeakMemory {
    private static final long INTERVAL_NS = 10_000_000L;

    private final Deployment deployment;
    private final Thread thread;
    private volatile boolean isOver;
    private volatile long bytes;

    PeakMemory(final Deployment deployment) {
        this.deployment = deployment;
        this.thread = Thread.ofPlatform().name("peak-memory").start(this::watch);
    }

    /** The most that was in use. */
    long end() {
        isOver = true;
        try {
            thread.join();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return bytes;
    }

    private void watch() {
        while (!isOver) {
            bytes = Math.max(bytes, deployment.get("hot-tier", "/status").json().path("memory").path("used_bytes").asLong());
            LockSupport.parkNanos(INTERVAL_NS);
        }
    }
}
