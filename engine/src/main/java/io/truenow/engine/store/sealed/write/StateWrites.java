package io.truenow.engine.store.sealed.write;

import io.truenow.engine.store.shard.ShardState;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.NanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.Collection;

/**
 * Writes what lanes keep of their shards, and says so loudly, again and again, while that cannot be done: rows that leave the memory leave
 * their files on the disk then, and shards that let something go get no new ones. Sealer agent; the count belongs to any thread.
 */
final class StateWrites {
    private static final Logger LOGGER = LoggerFactory.getLogger(StateWrites.class);
    private static final long TELL_INTERVAL_NS = 60_000_000_000L;

    private final SealerCounters counters;
    private final NanoClock clock;
    /** By lane: when the failure was told last. */
    private final Int2ObjectHashMap<Long> toldNs = new Int2ObjectHashMap<>();
    private volatile int unwritten;

    StateWrites(final SealerCounters counters, final NanoClock clock) {
        this.counters = counters;
        this.clock = clock;
    }

    private interface Write {
        /** Whether there was anything to write. */
        boolean run() throws IOException;
    }

    /** Lanes whose state could not be written when that was tried last. */
    int unwritten() {
        return unwritten;
    }

    /** Keeps states of a lane's shards. */
    void keep(final SealerContext.Lane lane, final long uid, final Collection<ShardState> shards) throws IOException {
        write(lane, () -> lane.state().keep(uid, shards));
    }

    /** Makes durable what was forgotten of a lane. */
    void flush(final SealerContext.Lane lane) throws IOException {
        write(lane, lane.state()::flush);
    }

    private void write(final SealerContext.Lane lane, final Write write) throws IOException {
        final boolean isWritten;
        try {
            isWritten = write.run();
        } catch (final IOException e) {
            counters.stateFailures().incrementRelease();
            tell(lane, e);
            throw new IOException(lane.state() + " cannot be written: " + reason(e), e);
        }
        if (isWritten && toldNs.remove(lane.lane()) != null) {
            unwritten = toldNs.size();
            LOGGER.info("{} can be written again", lane.state());
        }
    }

    private void tell(final SealerContext.Lane lane, final IOException failure) {
        final long nowNs = clock.nanoTime();
        final Long before = toldNs.get(lane.lane());
        if (before == null || nowNs - before >= TELL_INTERVAL_NS) {
            toldNs.put(lane.lane(), Long.valueOf(nowNs));
            unwritten = toldNs.size();
            LOGGER.error("{} cannot be written: {}. Until it can, shards that have let rows go get no new files: their rows stay in "
                + "memory, the oldest go when that is full, and files stay on the disk. It is tried again", lane.state(), reason(failure));
        }
    }

    /** Some exceptions of the file system have nothing but the file's name for a message. */
    private static String reason(final IOException failure) {
        return failure.getClass() == IOException.class ? failure.getMessage() : failure.toString();
    }
}
