package io.truenow.engine.store.recovery;

import io.truenow.engine.store.memory.NodeMemory;
import io.truenow.engine.store.memory.RegionReserve;
import io.truenow.engine.store.meta.LaneIdentity;
import io.truenow.engine.store.meta.LaneMeta;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.fabric.memory.RegionFiles;
import io.truenow.fabric.process.ServiceIdentity;
import io.truenow.fabric.time.ProcessClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;

/**
 * Gives a lane its memory: what an earlier process has left where that can be used, else none yet. Regions
 * are made later, by {@link NodeMemory#start}. Launching thread.
 */
public final class LaneStart {
    private static final Logger LOGGER = LoggerFactory.getLogger(LaneStart.class);

    private final NodeMemory nodeMemory;
    private final RegionFiles files;
    private final MemoryTag tag;
    private final long lastUid;

    private LaneStart(final NodeMemory nodeMemory, final RegionFiles files, final MemoryTag tag, final long lastUid) {
        this.nodeMemory = nodeMemory;
        this.files = files;
        this.tag = tag;
        this.lastUid = lastUid;
    }

    /**
     * Opens the memory of a lane.
     *
     * @param sealed what the lane has on disk.
     * @throws IllegalStateException that says why it cannot be had.
     */
    public static LaneMemory open(
        final NodeMemory nodeMemory, final int lane, final ServiceIdentity identity, final LaneFiles sealed) {
        final RegionReserve reserve = nodeMemory.addLane(lane);
        final MemoryTag tag = nodeMemory.accountant().tag("meta", nodeMemory.accountant().limitBytes());
        final LaneStart start = new LaneStart(nodeMemory, reserve.files(), tag, identity.incarnation() << Integer.SIZE);
        try {
            final LaneIdentity wanted =
                LaneIdentity.current(identity.instanceKeyHigh(), identity.instanceKeyLow(), nodeMemory.regionBytes());
            LaneMemory memory = start.takeOver(reserve, wanted, sealed);
            if (memory == null) {
                start.discard(reserve);
                memory = start.empty(reserve, wanted);
                start.find(memory, sealed);
            }
            start.attach(reserve, memory, sealed);
            return memory;
        } catch (final IOException e) {
            throw new IllegalStateException("cannot use " + reserve.files().directory() + ": " + e.getMessage(), e);
        }
    }

    /** Null, and told in the log, if what is there cannot be used; also if nothing is. */
    private LaneMemory takeOver(final RegionReserve reserve, final LaneIdentity wanted, final LaneFiles sealed) throws IOException {
        if (!LaneMeta.exists(files.directory()) && files.indexes().length == 0) {
            return null;
        }
        final LaneMeta meta;
        try {
            if (!LaneMeta.exists(files.directory())) {
                throw new IOException("there is no lane.meta");
            }
            meta = LaneMeta.open(files.directory(), wanted, tag);
        } catch (final IOException e) {
            tellUnusable(e);
            return null;
        }
        final LaneMemory memory = new LaneMemory(nodeMemory.addPool(reserve), nodeMemory.newFilePool(), meta, lastUid);
        final LongPredicate isInFile = find(memory, sealed);
        final long startNs = System.nanoTime();
        try {
            final LaneRecovery.Outcome outcome = LaneRecovery.recover(memory, files, isInFile, () -> moreRoom(reserve));
            LOGGER.info("{}: took over {} rows in {} segments of {} shards, {} values, {} bytes, in {} ms; {} segments did not count",
                files.directory(), outcome.rows(), outcome.segments(), outcome.shards(), outcome.values(), outcome.heldBytes(),
                TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs), outcome.segmentsDropped());
            return memory;
        } catch (final IOException | RuntimeException e) {
            tellUnusable(e);
            sealed.letGo();
            close(memory);
            return null;
        }
    }

    private void tellUnusable(final Exception e) {
        LOGGER.warn("{}: the memory of an earlier process cannot be used, its rows come back from journals: {}",
            files.directory(), e.getMessage());
    }

    private LongPredicate find(final LaneMemory memory, final LaneFiles sealed) throws IOException {
        try {
            return sealed.find(memory);
        } catch (final IOException | RuntimeException e) {
            close(memory);
            throw e;
        }
    }

    private void attach(final RegionReserve reserve, final LaneMemory memory, final LaneFiles sealed) throws IOException {
        try {
            sealed.attach(memory, () -> moreRoom(reserve));
        } catch (final IOException | RuntimeException e) {
            sealed.letGo();
            memory.recovered().values().forEach(ShardStore::closeFiles);
            close(memory);
            throw e;
        }
    }

    private void close(final LaneMemory memory) {
        nodeMemory.removePool(memory.pool());
        memory.close();
    }

    /** What an earlier process has left may pass the budget for a while: nothing can leave before it is there. */
    private static boolean moreRoom(final RegionReserve reserve) {
        return reserve.refill(ProcessClock.INSTANCE.nanoTime()) > 0 || reserve.makeBeyondLimit();
    }

    /** First the file without which no region counts. */
    private void discard(final RegionReserve reserve) throws IOException {
        LaneMeta.delete(files.directory());
        reserve.discard();
    }

    private LaneMemory empty(final RegionReserve reserve, final LaneIdentity wanted) throws IOException {
        final LaneMeta meta = LaneMeta.create(files.directory(), wanted, new SecureRandom().nextLong(), tag);
        return new LaneMemory(nodeMemory.addPool(reserve), nodeMemory.newFilePool(), meta, lastUid);
    }
}
