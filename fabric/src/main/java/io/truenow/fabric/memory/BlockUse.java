package io.truenow.fabric.memory;

/** Bytes of a pool's blocks that serve one purpose. Written by the pool's thread, read by any. */
public final class BlockUse {
    private final String name;
    private volatile long usedBytes;

    BlockUse(final String name) {
        this.name = name;
    }

    /** The purpose. */
    public String name() {
        return name;
    }

    /** Bytes of blocks held, as rounded by the pool. */
    public long usedBytes() {
        return usedBytes;
    }

    @SuppressWarnings("NonAtomicOperationOnVolatileField")
    void add(final long bytes) {
        usedBytes = usedBytes + bytes;
    }
}
