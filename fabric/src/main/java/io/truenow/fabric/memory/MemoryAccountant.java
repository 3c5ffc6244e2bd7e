package io.truenow.fabric.memory;

import io.truenow.fabric.metrics.Metrics;

import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps a process' or node's off-heap budget. Every off-heap byte is reserved under a tag before it is taken from the operating system.
 * Thread safe.
 */
public final class MemoryAccountant {
    private final long limitBytes;
    private final AtomicLong usedBytes = new AtomicLong();
    private final TreeMap<String, MemoryTag> tagByName = new TreeMap<>();

    /** An accountant that grants up to {@code limitBytes} over all tags. */
    public MemoryAccountant(final long limitBytes) {
        this.limitBytes = limitBytes;
    }

    /** The tag of that name, made at the first call with this limit. */
    public MemoryTag tag(final String name, final long tagLimitBytes) {
        synchronized (tagByName) {
            return tagByName.computeIfAbsent(name, key -> new MemoryTag(this, key, tagLimitBytes));
        }
    }

    /** All tags, by name. */
    public Collection<MemoryTag> tags() {
        synchronized (tagByName) {
            return List.copyOf(tagByName.values());
        }
    }

    /** Most that is granted over all tags. */
    public long limitBytes() {
        return limitBytes;
    }

    /** Reserved now over all tags. */
    public long usedBytes() {
        return usedBytes.get();
    }

    /** Exposes the limit and what each tag known by now holds, as {@code <prefix>_memory_bytes}. */
    public void register(final Metrics metrics, final String prefix, final String... labels) {
        metrics.gauge(prefix + "_memory_limit_bytes", "Off-heap memory granted at most", () -> limitBytes, labels);
        for (final MemoryTag tag : tags()) {
            final String[] tagged = new String[labels.length + 2];
            System.arraycopy(labels, 0, tagged, 0, labels.length);
            tagged[labels.length] = "tag";
            tagged[labels.length + 1] = tag.name();
            metrics.gauge(prefix + "_memory_bytes", "Off-heap memory reserved", tag::usedBytes, tagged);
        }
    }

    boolean tryReserve(final long bytes) {
        return MemoryTag.add(usedBytes, bytes, limitBytes);
    }

    void reserve(final long bytes) {
        usedBytes.addAndGet(bytes);
    }

    void release(final long bytes) {
        usedBytes.addAndGet(-bytes);
    }
}
