package io.truenow.engine.store.sealed.write;

import io.truenow.engine.store.file.SegmentFiles;
import io.truenow.engine.store.sealed.SegmentNames;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * Deletes segment files, and tries again what failed: disk space must come back. After the end of the process the next start finds what is
 * left. Sealer agent.
 */
final class Deletions {
    private static final long RETRY_NS = 10_000_000_000L;

    private final SegmentFiles files;
    private final SealerCounters counters;
    private final ArrayDeque<Path> undeleted = new ArrayDeque<>();
    /** Directories of shards that left their lane, with the uid below which their files are to go. */
    private final Map<Path, Long> forgotten = new HashMap<>();
    private long retryAtNs;
    private boolean isWaiting;

    Deletions(final SegmentFiles files, final SealerCounters counters) {
        this.files = files;
        this.counters = counters;
    }

    /** Deletes a file, or throws and tries again later. */
    void delete(final Path file) throws IOException {
        try {
            deleteNow(file);
        } catch (final IOException e) {
            undeleted.add(file);
            throw e;
        }
    }

    /** Deletes the files of a shard with lesser uids, or throws and tries again later. */
    void forget(final Path shardDirectory, final long uid) throws IOException {
        forgotten.put(shardDirectory, uid);
        finish(shardDirectory);
    }

    /**
     * A file is about to be written in a directory: what was there before the shard left must be gone by then, or a start would find both.
     */
    void finish(final Path shardDirectory) throws IOException {
        final Long uid = forgotten.get(shardDirectory);
        if (uid != null) {
            // older files first: were this cut short, none of those that are left would stand for another that is left
            for (final Path file : files.list(shardDirectory)) {
                final SegmentNames.Parts name = SegmentNames.parse(file);
                if (name != null && name.uid() < uid) {
                    deleteNow(file);
                }
            }
            forgotten.remove(shardDirectory);
        }
    }

    /** Tries again what failed, now and then; returns the work done. */
    int doWork(final long nowNs) {
        if (undeleted.isEmpty() && forgotten.isEmpty()) {
            isWaiting = false;
            return 0;
        }
        if (!isWaiting) {
            isWaiting = true;
            retryAtNs = nowNs + RETRY_NS;
        }
        if (nowNs - retryAtNs < 0) {
            return 0;
        }
        retryAtNs = nowNs + RETRY_NS;
        // each by itself: one that cannot be deleted keeps none of the others
        for (int left = undeleted.size(); left > 0; left--) {
            final Path file = undeleted.pollFirst();
            try {
                deleteNow(file);
            } catch (final IOException e) {
                counters.failures().incrementRelease();
                undeleted.addLast(file);
            }
        }
        for (final Path directory : forgotten.keySet().toArray(new Path[0])) {
            try {
                finish(directory);
            } catch (final IOException e) {
                counters.failures().incrementRelease();
            }
        }
        return 1;
    }

    private void deleteNow(final Path file) throws IOException {
        files.delete(file);
        counters.filesDeleted().incrementRelease();
    }
}
