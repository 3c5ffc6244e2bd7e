package io.truenow.control.cluster;

import io.aeron.archive.client.AeronArchive;
import io.aeron.archive.client.ArchiveException;
import io.aeron.cluster.ClusterControl;
import io.aeron.cluster.ConsensusModule;
import io.aeron.cluster.RecordingLog;
import io.truenow.fabric.time.ProcessClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.file.Path;
import java.util.List;

/**
 * Asks for snapshots and, after each, lets go of what no restart needs: recordings of all but the last two snapshots and, where there is
 * no other member that may lag behind, the log before them. The {@code control} thread only.
 */
final class Snapshots {
    private static final Logger LOGGER = LoggerFactory.getLogger(Snapshots.class);
    private static final int KEPT = 2;
    private static final long FIRST_PURGE_DELAY_NS = 5_000_000_000L;
    private static final int CONSENSUS_MODULE = ConsensusModule.Configuration.SERVICE_ID;

    private final ConsensusModule.Context context;
    private final Path clusterDirectory;
    private final boolean isAlone;
    private final int archiveResponseStreamId;
    private final long firstPurgeNs = ProcessClock.INSTANCE.nanoTime() + FIRST_PURGE_DELAY_NS;
    private boolean hasPurged;
    private long snapshotCount;

    Snapshots(final ConsensusModule consensusModule, final Path directory, final boolean isAlone, final int archiveResponseStreamId) {
        this.context = consensusModule.context();
        this.clusterDirectory = directory.resolve("cluster");
        this.isAlone = isAlone;
        this.archiveResponseStreamId = archiveResponseStreamId;
        this.snapshotCount = context.snapshotCounter().get();
    }

    int poll(final boolean isWanted) {
        final long count = context.snapshotCounter().get();
        // the last stop's snapshot left something too, but nothing is to be in the way of a start
        if (count != snapshotCount || !hasPurged && ProcessClock.INSTANCE.nanoTime() - firstPurgeNs > 0) {
            snapshotCount = count;
            hasPurged = true;
            purge();
            return 1;
        }
        return isWanted && ClusterControl.ToggleState.SNAPSHOT.toggle(context.controlToggleCounter()) ? 1 : 0;
    }

    /** Whether no snapshot is under way. */
    boolean isIdle() {
        return ClusterControl.ToggleState.get(context.controlToggleCounter()) == ClusterControl.ToggleState.NEUTRAL;
    }

    private void purge() {
        try (AeronArchive archive = AeronArchive.connect(
            context.archiveContext().clone().controlResponseStreamId(archiveResponseStreamId));
            RecordingLog recordingLog = new RecordingLog(clusterDirectory.toFile(), false)) {
            final List<RecordingLog.Entry> entries = recordingLog.entries();
            final List<RecordingLog.Entry> snapshots = entries.stream()
                .filter(entry -> entry.isValid && entry.type == RecordingLog.ENTRY_TYPE_SNAPSHOT && entry.serviceId == CONSENSUS_MODULE)
                .toList();
            if (snapshots.size() < KEPT) {
                return;
            }
            final long oldestKeptPosition = snapshots.get(snapshots.size() - KEPT).logPosition;
            for (final RecordingLog.Entry entry : entries) {
                if (entry.type == RecordingLog.ENTRY_TYPE_SNAPSHOT && entry.logPosition < oldestKeptPosition) {
                    purgeRecording(archive, entry.recordingId);
                }
            }
            if (isAlone) {
                purgeLog(archive, recordingLog.findLastTermRecordingId(), oldestKeptPosition);
            }
        } catch (final ArchiveException e) {
            LOGGER.info("recordings that are not needed any more stay for now: {}", e.getMessage());
        }
    }

    private static void purgeRecording(final AeronArchive archive, final long recordingId) {
        final int found = archive.listRecording(recordingId,
            (controlSessionId, correlationId, id, startTimestamp, stopTimestamp, startPosition, stopPosition, initialTermId,
                segmentFileLength, termBufferLength, mtuLength, sessionId, streamId, strippedChannel, originalChannel, sourceIdentity) -> {
            });
        if (found > 0) {
            archive.purgeRecording(recordingId);
        }
    }

    private static void purgeLog(final AeronArchive archive, final long recordingId, final long oldestKeptPosition) {
        final long[] segmentBase = new long[1];
        archive.listRecording(recordingId,
            (controlSessionId, correlationId, id, startTimestamp, stopTimestamp, startPosition, stopPosition, initialTermId,
                segmentFileLength, termBufferLength, mtuLength, sessionId, streamId, strippedChannel, originalChannel, sourceIdentity) -> {
                final long base = AeronArchive.segmentFileBasePosition(
                    startPosition, oldestKeptPosition, termBufferLength, segmentFileLength);
                segmentBase[0] = base > startPosition ? base : 0;
            });
        if (segmentBase[0] > 0) {
            archive.purgeSegments(recordingId, segmentBase[0]);
        }
    }
}
