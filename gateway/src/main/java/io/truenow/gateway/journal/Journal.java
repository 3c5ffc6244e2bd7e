package io.truenow.gateway.journal;

import io.truenow.fabric.memory.os.ReadAhead;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.queue.ExcerptAppender;
import net.openhft.chronicle.queue.ExcerptTailer;
import net.openhft.chronicle.queue.RollCycles;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueue;
import net.openhft.chronicle.queue.impl.single.SingleChronicleQueueBuilder;
import net.openhft.chronicle.wire.DocumentContext;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;
import org.agrona.IoUtil;
import org.agrona.collections.IntHashSet;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.function.LongUnaryOperator;

/**
 * The gateway's truth: a Chronicle Queue of accepted requests, one document each, from which hot tiers are fed again. Opened, which scans
 * it once, by the launching thread; from then on used by the journal agent's thread only, and closed after that has ended.
 *
 * <p>What is appended lies in mapped files: it survives {@code kill -9} of any process as soon as {@link #append} returns.
 */
public final class Journal implements JournalSource, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
    private static final RollCycles ROLL_CYCLE = RollCycles.TEN_MINUTELY;
    private static final String ROLL_FILE_SUFFIX = ".cq4";
    private static final long LOCK_TIMEOUT_MS = 1_000;
    private static final int DOCUMENT_OVERHEAD_BYTES = 16;

    static {
        // before the queue's classes are loaded: no usage reports, no greeting, no thread that watches the disk (DiskSpace does)
        setIfAbsent("chronicle.analytics.disable", "true");
        setIfAbsent("chronicle.announcer.disable", "true");
        setIfAbsent("chronicle.disk.monitor.disable", "true");
    }

    /**
     * How to open it.
     *
     * @param directory    owned by this process alone: the caller holds its lock.
     * @param incarnation  of the gateway.
     * @param blockBytes   unit of mapping; a power of two, at least four times a document.
     * @param reserveBytes room that must stay free on the disk.
     * @param clock        names roll files, which never get an earlier name than those that are there.
     * @param errors       told of failed appends.
     */
    public record Settings(
        Path directory, long incarnation, long blockBytes, long reserveBytes, EpochClock clock, ErrorHandler errors) {
        public Settings {
            if (blockBytes < 4L * IngestRequest.MAX_BYTES * 5 / 4) {
                throw new IllegalArgumentException("the journal's block must be at least " + 5L * IngestRequest.MAX_BYTES + " bytes");
            }
        }
    }

    private final Settings settings;
    private final RollTime rollTime;
    private final DiskSpace diskSpace;
    private final JournalIndex index = new JournalIndex();
    private final ShardSequences sequences;
    private final UnsafeBuffer target = new UnsafeBuffer();
    private SingleChronicleQueue queue;
    private ExcerptAppender appender;
    private long lastIndex = -1;
    /** Of the mapped block that was written last. */
    private long writtenBlockAddress;
    private int gatewayId = -1;
    private long damagedDocuments;
    private boolean isBroken;

    private Journal(final Settings settings) throws IOException {
        this.settings = settings;
        this.rollTime = new RollTime(settings.clock(), SystemNanoClock.INSTANCE);
        this.diskSpace = new DiskSpace(settings.directory(), settings.reserveBytes());
        this.sequences = new ShardSequences(settings.incarnation());
    }

    /**
     * Loads the queue's classes and native parts by writing to a queue that is thrown away. They take most of a second, which
     * {@link #open} need not spend if a thread has done this while the process was waiting for something else. Any thread; failure is left
     * to open to tell.
     *
     * @param scratch directory that nothing else uses; deleted before and afterwards, so that a kill leaves no more than one.
     */
    public static void preload(final Path scratch) {
        try {
            IoUtil.delete(scratch.toFile(), true);
            Files.createDirectories(scratch);
            try (SingleChronicleQueue queue = queueBuilder(scratch).timeProvider(() -> 0).build();
                ExcerptAppender appender = queue.createAppender();
                DocumentContext context = appender.writingDocument()) {
                context.wire().bytes().writeLong(0);
            } finally {
                IoUtil.delete(scratch.toFile(), true);
            }
        } catch (final IOException | RuntimeException e) {
            LOG.debug("nothing preloaded", e);
        }
    }

    /**
     * Opens and scans the journal, which may have been left by {@code kill -9}.
     *
     * @throws IOException           if the directory cannot be used.
     * @throws IllegalStateException if the journal is ahead of the incarnation: the identity beside it is not its own.
     */
    public static Journal open(final Settings settings) throws IOException {
        Files.createDirectories(settings.directory());
        final Journal journal = new Journal(settings);
        try {
            final long startNs = System.nanoTime();
            journal.openQueue();
            final long documents = journal.scan();
            LOG.info("journal open: {} documents, {} bytes, {} ms", documents, journal.bytes(), (System.nanoTime() - startNs) / 1_000_000);
            return journal;
        } catch (final Throwable e) {
            journal.close();
            throw e;
        }
    }

    /**
     * Appends a request and gives its batches their positions. Nothing is changed if it fails.
     *
     * @return index of the document, or -1 if the journal cannot be written now.
     */
    public long append(final IngestRequest request, final int byGatewayId, final long nowNs) {
        final int length = JournalDocument.length(request);
        if (isBroken || !diskSpace.admits(length, nowNs)) {
            return -1;
        }
        sequences.stage(request, byGatewayId);
        try {
            write(request, length);
            lastIndex = appender.lastIndexAppended();
        } catch (final Throwable e) { // also InternalError: a fault in the mapping
            sequences.rollback(request);
            isBroken = true;
            settings.errors().onError(new IllegalStateException("journal: append failed", e));
            return -1;
        }
        sequences.commit(request);
        request.journaled(byGatewayId, sequences.incarnation());
        index.onDocument(ROLL_CYCLE.toCycle(lastIndex), lastIndex, length + DOCUMENT_OVERHEAD_BYTES);
        for (int i = 0, count = request.batchCount(); i < count; i++) {
            onBatch(request.batch(i), request.batchOffset(i));
        }
        return lastIndex;
    }

    /** Whether an append has failed and {@link #reopen} has not succeeded since. */
    public boolean isBroken() {
        return isBroken;
    }

    /** Whether a small request would be appended now. */
    public boolean isWritable(final long nowNs) {
        return !isBroken && diskSpace.admits(0, nowNs);
    }

    /**
     * After a failed append: opens the files anew and takes in a document that got there although its append failed. All cursors are
     * invalid.
     *
     * @return whether the journal can be written again.
     */
    public boolean reopen(final long nowNs) {
        if (!diskSpace.admits(0, nowNs)) {
            return false;
        }
        try {
            closeQueue();
            openQueue();
            scan();
            isBroken = false;
            LOG.info("journal open again after a failed append");
        } catch (final Throwable e) {
            settings.errors().onError(new IllegalStateException("journal: cannot be opened again", e));
        }
        return !isBroken;
    }

    /** Bytes of its documents: what the byte budget is about. */
    public long bytes() {
        return index.bytes();
    }

    /** The gateway whose batches the journal held when it was opened, -1 for none. */
    public int gatewayId() {
        return gatewayId;
    }

    /** Documents that could not be read in full, as after a power cut; they are passed over. */
    public long damagedDocuments() {
        return damagedDocuments;
    }

    /**
     * Deletes the oldest roll files if nothing in them is needed any more.
     *
     * @param neededForUs by table id: how long after its event time an event is needed.
     * @return whether there were any.
     */
    public boolean deleteExpired(final long nowUs, final LongUnaryOperator neededForUs) {
        final List<Integer> expired = isBroken ? List.of() : index.expiredCycles(nowUs, neededForUs);
        for (final int cycle : expired) {
            final IntHashSet.IntIterator emptied = index.remove(cycle).iterator();
            while (emptied.hasNext()) {
                sequences.emptied(emptied.nextValue());
            }
            try {
                Files.deleteIfExists(rollFile(cycle));
            } catch (final IOException e) {
                settings.errors().onError(new IllegalStateException("journal: cannot delete a roll file", e));
            }
        }
        if (!expired.isEmpty()) {
            queue.refreshDirectoryListing();
        }
        return !expired.isEmpty();
    }

    @Override
    public JournalCursor newCursor() {
        return newReader();
    }

    @Override
    public long lastIndex() {
        return lastIndex;
    }

    @Override
    public long firstIndex() {
        return index.firstIndex();
    }

    @Override
    public long startAfter(final int shardId, final long incarnation, final long sequence) {
        return index.startAfter(shardId, incarnation, sequence);
    }

    @Override
    public long lastIncarnation(final int shardId) {
        return sequences.lastIncarnation(shardId);
    }

    @Override
    public long lastSequence(final int shardId) {
        return sequences.lastSequence(shardId);
    }

    @Override
    public void close() {
        closeQueue();
    }

    private void write(final IngestRequest request, final int length) {
        final DocumentContext context = appender.writingDocument();
        boolean isWritten = false;
        try {
            final Bytes<?> bytes = context.wire().bytes();
            final long position = bytes.writePosition();
            if (position + length > bytes.bytesStore().start() + bytes.bytesStore().capacity()) {
                throw new IllegalStateException("document beyond the mapping");
            }
            final long blockAddress = bytes.bytesStore().addressForRead(bytes.bytesStore().start());
            if (blockAddress != writtenBlockAddress) {
                writtenBlockAddress = blockAddress;
                ReadAhead.none(blockAddress, bytes.bytesStore().capacity());
            }
            target.wrap(bytes.addressForWrite(position), length);
            JournalDocument.write(target, request);
            bytes.writePosition(position + length);
            isWritten = true;
        } finally {
            if (!isWritten) {
                context.rollbackOnClose();
            }
            context.close();
        }
    }

    private long scan() {
        long documents = 0;
        try (JournalReader reader = newReader()) {
            reader.moveTo(lastIndex);
            while (reader.next()) {
                if (reader.index() > lastIndex) {
                    onFound(reader);
                    documents++;
                }
            }
        }
        return documents;
    }

    private void onFound(final JournalReader reader) {
        lastIndex = reader.index();
        index.onDocument(reader.cycle(), reader.index(), reader.documentLength() + DOCUMENT_OVERHEAD_BYTES);
        while (reader.nextBatch()) {
            final int shardId = BatchFields.shardId(reader.buffer(), reader.offset());
            final long incarnation = BatchFields.incarnation(reader.buffer(), reader.offset());
            if (incarnation > sequences.incarnation()) {
                throw new IllegalStateException(
                    "the journal holds a later incarnation than this gateway's identity: they do not belong together");
            }
            gatewayId = BatchFields.gatewayId(reader.buffer(), reader.offset());
            sequences.restore(shardId, incarnation, BatchFields.sequence(reader.buffer(), reader.offset()));
            onBatch(reader.buffer(), reader.offset());
        }
        if (!reader.isWhole()) {
            damagedDocuments++;
        }
    }

    private void onBatch(final DirectBuffer buffer, final int offset) {
        index.onBatch(
            BatchFields.shardId(buffer, offset),
            BatchFields.incarnation(buffer, offset),
            BatchFields.sequence(buffer, offset),
            BatchFields.tableId(buffer, offset),
            BatchFields.maxEventTimeUs(buffer, offset));
    }

    private JournalReader newReader() {
        final ExcerptTailer tailer = queue.createTailer();
        tailer.singleThreadedCheckDisabled(true);
        return new JournalReader(tailer);
    }

    private void openQueue() throws IOException {
        // Holds the write lock by process id. The directory is ours alone, so a lock in it is a dead process', whose id may even be ours
        // today; all else in it is derived from the roll files.
        Files.deleteIfExists(settings.directory().resolve(SingleChronicleQueue.QUEUE_METADATA_FILE));
        queue = queueBuilder(settings.directory()).blockSize(settings.blockBytes()).timeProvider(rollTime).build();
        if (queue.lastCycle() >= 0) {
            rollTime.atLeast((long) queue.lastCycle() * ROLL_CYCLE.lengthInMillis());
        }
        queue.singleThreadedCheckDisabled(true);
        writtenBlockAddress = 0;
        appender = queue.createAppender();
        appender.singleThreadedCheckDisabled(true);
    }

    private static SingleChronicleQueueBuilder queueBuilder(final Path directory) {
        return SingleChronicleQueueBuilder.binary(directory).rollCycle(ROLL_CYCLE).timeoutMS(LOCK_TIMEOUT_MS);
    }

    private void closeQueue() {
        CloseHelper.quietCloseAll(appender, queue);
        appender = null;
        queue = null;
    }

    private Path rollFile(final int cycle) {
        final ZonedDateTime start =
            Instant.ofEpochMilli((long)cycle * ROLL_CYCLE.lengthInMillis()).atZone(ZoneOffset.UTC);
        final String name = DateTimeFormatter.ofPattern(ROLL_CYCLE.format(), Locale.ROOT).format(start);
        return settings.directory().resolve(name + ROLL_FILE_SUFFIX);
    }

    private static void setIfAbsent(final String property, final String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
