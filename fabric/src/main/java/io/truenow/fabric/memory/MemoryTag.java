package io.truenow.fabric.memory;

import java.util.concurrent.atomic.AtomicLong;

/** What a piece of off-heap memory is for. Thread safe. */
public final class MemoryTag {
    private final MemoryAccountant accountant;
    private final String name;
    private final long limitBytes;
    private final AtomicLong usedBytes = new AtomicLong();

    MemoryTag(final MemoryAccountant accountant, final String name, final long limitBytes) {
        this.accountant = accountant;
        this.name = name;
        this.limitBytes = limitBytes;
    }

    /** Unique at the accountant. */
    public String name() {
        return name;
    }

    /** Most that may be reserved under this tag. */
    public long limitBytes() {
        return limitBytes;
    }

    /** Reserved now. */
    public long usedBytes() {
        return usedBytes.get();
    }

    /** Reserves bytes, or nothing and answers false if the tag's or the accountant's limit would be passed. */
    public boolean tryReserve(final long bytes) {
        if (!add(usedBytes, bytes, limitBytes)) {
            return false;
        }
        if (!accountant.tryReserve(bytes)) {
            usedBytes.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    /**
     * Reserves bytes even beyond the limits: for what must be had to give more back, and for a short while only. Meanwhile nothing else is
     * granted.
     */
    public void reserve(final long bytes) {
        usedBytes.addAndGet(bytes);
        accountant.reserve(bytes);
    }

    /** Gives back what was reserved. */
    public void release(final long bytes) {
        if (usedBytes.addAndGet(-bytes) < 0) {
            throw new IllegalStateException("released more than was reserved under " + name);
        }
        accountant.release(bytes);
    }

    /** Whether more is reserved than the tag's or the accountant's limit, which {@link #reserve} alone can bring about. */
    public boolean isExceeded() {
        return usedBytes.get() > limitBytes || accountant.usedBytes() > accountant.limitBytes();
    }

    static boolean add(final AtomicLong used, final long bytes, final long limit) {
        long current = used.get();
        while (current + bytes <= limit) {
            if (used.compareAndSet(current, current + bytes)) {
                return true;
            }
            current = used.get();
        }
        return false;
    }
}
