package io.truenow.engine.store.sealed;

import io.truenow.engine.store.file.SegmentFile;
import io.truenow.engine.store.file.SegmentFiles;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.shard.ShardVector;
import io.truenow.fabric.memory.MemoryTag;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The segment files of a node: {@code lane-K/<shard id>/<span start>-<uid>-<rows>.tns} below its directory. Read once, at the start, by the
 * launching thread.
 */
public final class SealedDirectory {
    /** Its name in the node's directory. */
    public static final String NAME = "sealed";

    /** What was kept of a shard, before there was one for a lane. */
    private static final String FORMER_STATE = "state";
    private static final Logger LOGGER = LoggerFactory.getLogger(SealedDirectory.class);

    private final SegmentFiles files;
    private final Path directory;
    private final MemoryTag tag;
    private final SegmentCheck check = new SegmentCheck();

    /** Below a directory; mappings are reserved under the tag. */
    public SealedDirectory(final SegmentFiles files, final Path directory, final MemoryTag tag) {
        this.files = files;
        this.directory = directory;
        this.tag = tag;
    }

    /** Where the files of a lane lie. */
    public static Path laneDirectory(final Path directory, final int lane) {
        return directory.resolve("lane-" + lane);
    }

    /** Where the files of a shard lie. */
    public static Path shardDirectory(final Path directory, final int lane, final int shardId) {
        return laneDirectory(directory, lane).resolve(Integer.toString(shardId));
    }

    /** A file by what its name says; its header if it is valid, else why it is not and what it replaced as far as can be read. */
    private record Found(Path file, SegmentNames.Parts name, SegmentHeader header, String damage, Set<Long> replacedUids) {
        boolean isValid() {
            return damage == null;
        }
    }

    /**
     * Finds a lane's files, checks each of them whole, and maps those that count. Unfinished files and such as valid ones replace are
     * deleted; damaged ones are renamed, told of and never deleted.
     *
     * @param lane   its number.
     * @param memory in which the segments' values will be retained.
     * @return for each shard of each catalog what is there.
     * @throws IOException if the directory or a file cannot be read, or there is no memory to map them; nothing is mapped then.
     */
    public List<ShardFiles> scan(final int lane, final LaneMemory memory) throws IOException {
        final List<ShardFiles> shards = new ArrayList<>();
        try {
            for (final Path shardDirectory : files.list(laneDirectory(directory, lane))) {
                final String name = shardDirectory.getFileName().toString();
                if (name.matches("\\d{1,9}")) {
                    scanShard(shardDirectory, new SegmentOwner(0, 0, lane, 0, Integer.parseInt(name)), memory, shards);
                }
            }
            return shards;
        } catch (final IOException | RuntimeException e) {
            shards.forEach(shard -> shard.segments().forEach(SealedSegment::close));
            throw e;
        }
    }

    /**
     * Takes a valid file out of use without deleting it: it belongs to another catalog. The segment serves nobody and is closed.
     */
    public void setAsForeign(final SealedSegment segment) throws IOException {
        segment.close();
        files.rename(segment.file(), segment.file().resolveSibling(segment.file().getFileName() + SegmentNames.FOREIGN));
        LOGGER.warn("{} belongs to another catalog, of which this node is no part any more; it was renamed to *{} and is not used",
            segment.file(), SegmentNames.FOREIGN);
    }

    /** What is missing of a damaged file's rows is known by now: it says nothing any more. */
    public void setAsSettled(final LostFile lost) throws IOException {
        files.rename(lost.file(), lost.file().resolveSibling(lost.file().getFileName() + SegmentNames.SETTLED));
    }

    private void scanShard(
        final Path shardDirectory, final SegmentOwner unknown, final LaneMemory memory, final List<ShardFiles> shards) throws IOException {
        final List<LostFile> lost = new ArrayList<>();
        final List<Found> found = new ArrayList<>();
        for (final Path file : files.list(shardDirectory)) {
            find(file, unknown, lost, found);
        }
        final Set<Long> replaced = new HashSet<>();
        for (final Found one : found) {
            if (one.isValid()) {
                replaced.addAll(one.replacedUids);
            }
        }
        final Map<SegmentOwner, List<Found>> valid = new LinkedHashMap<>();
        for (final Found one : found) {
            if (replaced.contains(one.name.uid())) {
                files.delete(one.file);
            } else if (!one.isValid()) {
                lost.add(setAside(one));
            } else {
                valid.computeIfAbsent(one.header.identity().owner(), _ -> new ArrayList<>()).add(one);
            }
        }
        // whose replacement is here is not lost, whatever became of it
        lost.removeIf(file -> replaced.contains(file.name().uid()));
        if (valid.isEmpty() && !lost.isEmpty()) {
            shards.add(new ShardFiles(unknown, List.of(), Set.of(), ShardVector.EMPTY, lost));
        }
        for (final Map.Entry<SegmentOwner, List<Found>> entry : valid.entrySet()) {
            shards.add(open(entry.getKey(), entry.getValue(), memory, lost));
        }
    }

    private void find(
        final Path file, final SegmentOwner unknown, final List<LostFile> lost, final List<Found> found) throws IOException {
        final String name = file.getFileName().toString();
        final SegmentNames.Parts parts = SegmentNames.parse(file);
        if (name.equals(FORMER_STATE)) {
            throw new IOException(file + " was written by an earlier build; delete " + file.getParent()
                + ": journals bring back what they hold of its rows");
        } else if (name.endsWith(SegmentNames.UNFINISHED)) {
            files.delete(file);
        } else if (name.endsWith(SegmentNames.DAMAGED)) {
            final SegmentNames.Parts former = parsed(file);
            if (former != null) {
                lost.add(new LostFile(file, former, replacedBySetAside(file, former, unknown), false));
            }
        } else if (parts != null) {
            found.add(examine(file, parts, unknown));
        }
    }

    private Found examine(final Path file, final SegmentNames.Parts name, final SegmentOwner place) throws IOException {
        try (SegmentFile content = files.open(file)) {
            try {
                final SegmentHeader header = check.all(content);
                return isOf(header, name, place) ? new Found(file, name, header, null, Set.copyOf(header.identity().replacedUids()))
                    : new Found(file, name, null, "its header belongs to another file", Set.of());
            } catch (final DamagedSegmentException e) {
                return new Found(file, name, null, e.getMessage(), replacedByDamaged(content, name, place));
            }
        }
    }

    private Set<Long> replacedByDamaged(
        final SegmentFile content, final SegmentNames.Parts name, final SegmentOwner place) throws IOException {
        try {
            final SegmentHeader header = check.headerOfDamaged(content);
            return isOf(header, name, place) ? Set.copyOf(header.identity().replacedUids()) : Set.of();
        } catch (final DamagedSegmentException e) {
            return Set.of();
        }
    }

    /** The start that set it aside may have been killed before it kept what it found. */
    private Set<Long> replacedBySetAside(final Path file, final SegmentNames.Parts name, final SegmentOwner place) {
        try (SegmentFile content = files.open(file)) {
            return replacedByDamaged(content, name, place);
        } catch (final IOException e) {
            return Set.of();
        }
    }

    private static boolean isOf(final SegmentHeader header, final SegmentNames.Parts name, final SegmentOwner place) {
        final SegmentIdentity identity = header.identity();
        return identity.uid() == name.uid() && identity.spanStartUs() == name.spanStartUs() && header.rowCount() == name.rowCount()
            && identity.owner().shardId() == place.shardId() && identity.owner().lane() == place.lane();
    }

    private ShardFiles open(
        final SegmentOwner owner, final List<Found> valid, final LaneMemory memory, final List<LostFile> lost) throws IOException {
        final List<SealedSegment> segments = new ArrayList<>();
        final Set<Long> replaced = new HashSet<>();
        ShardVector durable = ShardVector.EMPTY;
        try {
            for (final Found one : valid) {
                try (SegmentFile content = files.open(one.file)) {
                    segments.add(new SealedSegment(one.header, one.file, SealedSegment.Mapping.of(content, tag), memory, null));
                }
                replaced.addAll(one.header.identity().replacedUids());
                durable = durable.joined(one.header.identity().durableVector());
            }
        } catch (final IOException | RuntimeException e) {
            segments.forEach(SealedSegment::close);
            throw e;
        }
        segments.sort(Comparator.comparingLong(SealedSegment::spanStartUs).thenComparingLong(SealedSegment::uid));
        return new ShardFiles(owner, segments, replaced, durable, lost);
    }

    private LostFile setAside(final Found damaged) throws IOException {
        final Path aside = damaged.file.resolveSibling(damaged.file.getFileName() + SegmentNames.DAMAGED);
        files.rename(damaged.file, aside);
        LOGGER.error("{} is damaged: {}. It held {} rows and was renamed to {}; unless what it was made of is still there, the shard is "
                + "fed again by the gateways' journals, and rows that they do not hold any more are missing",
            damaged.file, damaged.damage, damaged.name.rowCount(), aside.getFileName());
        return new LostFile(aside, damaged.name, damaged.replacedUids, true);
    }

    /** What the name of a file that was set aside said before. */
    private static SegmentNames.Parts parsed(final Path file) {
        final String name = file.getFileName().toString();
        return SegmentNames.parse(file.resolveSibling(name.substring(0, name.length() - SegmentNames.DAMAGED.length())));
    }
}
