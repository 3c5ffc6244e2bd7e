package io.truenow.engine.store.sealed.write;

import io.truenow.engine.store.file.SegmentFile;
import io.truenow.engine.store.file.SegmentFiles;
import io.truenow.engine.store.sealed.SealedSegment;
import io.truenow.engine.store.sealed.SegmentHeader;
import io.truenow.engine.store.sealed.SegmentIdentity;
import io.truenow.engine.store.sealed.SegmentNames;
import io.truenow.engine.store.segment.FileSegment;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.Segment;
import io.truenow.fabric.memory.MemoryTag;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes a segment file of the rows of other segments, whole or not at all: written beside, on disk, renamed, its name on disk. One thread.
 *
 * <p>If the last of these steps fails the file is deleted again; if that is not certain either, the next file of the span names it as
 * replaced.
 */
public final class SegmentWriter implements AutoCloseable {
    /** Kept for sorting between segments; more is let go. */
    private static final long KEPT_SCRATCH_BYTES = 32L << 20;
    private static final long KEPT_BUFFER_BYTES = 3L << 20;

    private final SegmentFiles files;
    private final MemoryTag tag;
    private final Scratch buffers;
    private final Scratch sorting;
    private final List<Leftover> leftovers = new ArrayList<>();

    /** Memory for sorting and the files' mappings are reserved under the tag. */
    public SegmentWriter(final SegmentFiles files, final MemoryTag tag) {
        this.files = files;
        this.tag = tag;
        this.buffers = new Scratch(tag);
        this.sorting = new Scratch(tag);
    }

    /** A file that may be on disk though its writer was told that it is not. */
    private record Leftover(Path file, SegmentIdentity identity) {
    }

    /**
     * Takes memory for segments of up to so many rows, if it is granted; else it is asked for when there is something to write.
     */
    public void reserve(final int rows) {
        try {
            buffers.address(KEPT_BUFFER_BYTES);
            sorting.address(Math.min(KEPT_SCRATCH_BYTES, (long) rows * Long.BYTES));
        } catch (final IOException ignored) {
            // the next write asks again, and its failure tells
        }
    }

    /**
     * Writes a file and maps it.
     *
     * @param identity  of the new segment.
     * @param sources   segments of one lane and span that take no more rows and keep their memory until this returns.
     * @param memory    of the lane.
     * @param directory of the shard, made if need be.
     * @return the segment, whose values are not retained yet.
     * @throws IOException if that was not possible, in one line why; the sources are as they were and no file is left.
     */
    public SealedSegment write(
        final SegmentIdentity identity, final List<Segment> sources, final LaneMemory memory, final Path directory) throws IOException {
        final SegmentIdentity named = complete(identity, sources);
        files.createDirectories(directory);
        final SourceRows rows = new SourceRows(sources);
        final Path file = directory.resolve(SegmentNames.of(named, rows.rowCount));
        final Path unfinished = directory.resolve(SegmentNames.unfinished(file));
        SealedSegment.Mapping mapping = null;
        boolean isRenamed = false;
        try {
            final SegmentEncoder encoder = new SegmentEncoder(rows, memory.values(), buffers, sorting);
            final SegmentHeader header;
            try (SegmentFile output = files.create(unfinished)) {
                header = encoder.write(named, output);
                output.sync();
                mapping = SealedSegment.Mapping.of(output, tag);
            }
            isRenamed = true;
            files.rename(unfinished, file);
            files.syncDirectory(directory);
            leftovers.removeIf(leftover -> isSameSpan(leftover, named));
            mapping.touch();
            return new SealedSegment(header, file, mapping, memory, encoder.laneCodes());
        } catch (final IOException | RuntimeException | Error e) {
            if (mapping != null) {
                mapping.close();
            }
            if (isRenamed) {
                leftovers.add(new Leftover(file, named));
                delete(file, e);
            }
            delete(unfinished, e);
            throw e;
        } finally {
            buffers.trim(KEPT_BUFFER_BYTES);
            sorting.trim(KEPT_SCRATCH_BYTES);
        }
    }

    @Override
    public void close() {
        buffers.close();
        sorting.close();
    }

    private void delete(final Path file, final Throwable cause) {
        try {
            files.delete(file);
        } catch (final IOException e) {
            cause.addSuppressed(e);
        }
    }

    /** The file is to replace what its sources replaced too: their predecessors' files may not be deleted yet. */
    private SegmentIdentity complete(final SegmentIdentity identity, final List<Segment> sources) {
        final List<Long> replaced = new ArrayList<>(identity.replacedUids());
        for (final Segment source : sources) {
            if (source instanceof FileSegment file) {
                for (final long uid : file.replacedUids()) {
                    replaced.add(uid);
                }
            }
        }
        for (final Leftover leftover : leftovers) {
            if (isSameSpan(leftover, identity)) {
                replaced.add(leftover.identity.uid());
            }
        }
        return new SegmentIdentity(
            identity.owner(), identity.spanStartUs(), identity.uid(), replaced.stream().distinct().toList(), identity.durableVector());
    }

    private static boolean isSameSpan(final Leftover leftover, final SegmentIdentity identity) {
        return leftover.identity.owner().equals(identity.owner()) && leftover.identity.spanStartUs() == identity.spanStartUs();
    }
}
