package io.truenow.hottier.recovery;

import io.truenow.hottier.meta.LaneMeta;
import io.truenow.hottier.seal.ShardStateFile;
import io.truenow.hottier.sealed.LostFile;
import io.truenow.hottier.sealed.SealedDirectory;
import io.truenow.hottier.sealed.SealedSegment;
import io.truenow.hottier.sealed.SegmentOwner;
import io.truenow.hottier.sealed.ShardFiles;
import io.truenow.hottier.segment.LaneMemory;
import io.truenow.hottier.segment.ShardStore;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;

/**
 * The sealed segments of a lane. All shards of a lane are of one catalog: that of the regions or, if these know none, that of the file
 * sealed last; files of another one are set aside.
 */
public final class SealedFiles implements LaneFiles {
    private final SealedDirectory directory;
    private final Path path;
    private final int lane;
    private List<ShardFiles> found = List.of();

    /**
     * Of a lane.
     *
     * @param path of the directory.
     */
    public SealedFiles(final SealedDirectory directory, final Path path, final int lane) {
        this.directory = directory;
        this.path = path;
        this.lane = lane;
    }

    @Override
    public LongPredicate find(final LaneMemory memory) throws IOException {
        found = directory.scan(lane, memory);
        final Set<Long> replaced = new HashSet<>();
        found.forEach(files -> replaced.addAll(files.replacedUids()));
        return replaced::contains;
    }

    @Override
    public void attach(final LaneMemory memory, final BooleanSupplier moreRoom) throws IOException {
        bind(memory.meta());
        for (final ShardFiles files : found) {
            final SegmentOwner owner = files.owner();
            final boolean isForeign = owner.catalogIdHigh() != memory.meta().catalogIdHigh()
                || owner.catalogIdLow() != memory.meta().catalogIdLow();
            if (isForeign && !files.segments().isEmpty()) {
                for (final SealedSegment segment : files.segments()) {
                    directory.setAsForeign(segment);
                }
            } else {
                attach(memory, files, moreRoom);
            }
        }
        found = List.of();
        for (final ShardStore shard : memory.recovered().values()) {
            final ShardStateFile.State state =
                ShardStateFile.read(SealedDirectory.shardDirectory(path, lane, shard.shardId()), shard.shardId());
            shard.publishMissing(state.missing());
            shard.publishState(0, false, Math.max(shard.availableFromUs(), state.availableFromUs()));
        }
    }

    @Override
    public void letGo() {
        found.forEach(files -> files.segments().forEach(SealedSegment::close));
        found = List.of();
    }

    private void bind(final LaneMeta meta) {
        if (meta.catalogIdHigh() != 0 || meta.catalogIdLow() != 0) {
            return;
        }
        long latest = Long.MIN_VALUE;
        for (final ShardFiles files : found) {
            for (final SealedSegment segment : files.segments()) {
                if (segment.uid() > latest) {
                    latest = segment.uid();
                    meta.catalogId(files.owner().catalogIdHigh(), files.owner().catalogIdLow());
                }
            }
        }
    }

    private static void attach(final LaneMemory memory, final ShardFiles files, final BooleanSupplier moreRoom) throws IOException {
        final int shardId = files.owner().shardId();
        ShardStore shard = memory.recovered().get(shardId);
        if (shard == null) {
            shard = new ShardStore(memory, shardId, files.owner().tableId());
            memory.recovered().put(shardId, shard);
        }
        for (final SealedSegment segment : files.segments()) {
            while (!segment.retainValues(Integer.MAX_VALUE)) {
                if (!moreRoom.getAsBoolean()) {
                    throw new IOException("the memory budget is too small for the values of " + segment.file());
                }
            }
            shard.add(segment);
        }
        if (files.lost().isEmpty()) {
            shard.startAt(shard.vector().joined(files.durable()));
        } else {
            shard.startAfresh();
            for (final LostFile lost : files.lost()) {
                shard.doubt(lost.spanStartUs(), lost.rowCount());
            }
        }
    }
}
