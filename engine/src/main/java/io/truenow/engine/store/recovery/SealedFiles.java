package io.truenow.engine.store.recovery;

import io.truenow.engine.store.file.SegmentFiles;
import io.truenow.engine.store.meta.LaneMeta;
import io.truenow.engine.store.seal.StateFile;
import io.truenow.engine.store.sealed.LostFile;
import io.truenow.engine.store.sealed.SealedDirectory;
import io.truenow.engine.store.sealed.SealedSegment;
import io.truenow.engine.store.sealed.SegmentNames;
import io.truenow.engine.store.sealed.SegmentOwner;
import io.truenow.engine.store.sealed.ShardFiles;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.segment.ShardStore;
import io.truenow.engine.store.segment.Span;
import io.truenow.engine.store.shard.ShardState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;

/**
 * What a lane has on disk: the sealed segments of its shards and what is kept beside them. All shards of a lane are of one catalog: that
 * of the regions or, if these know none, that of the file written last; files of another one are set aside.
 */
public final class SealedFiles implements LaneFiles {
    private static final Logger LOGGER = LoggerFactory.getLogger(SealedFiles.class);

    private final SegmentFiles files;
    private final SealedDirectory directory;
    private final Path path;
    private final int lane;
    private List<ShardFiles> found = List.of();
    private StateFile state;

    /**
     * Of a lane.
     *
     * @param path of the directory.
     */
    public SealedFiles(final SegmentFiles files, final SealedDirectory directory, final Path path, final int lane) {
        this.files = files;
        this.directory = directory;
        this.path = path;
        this.lane = lane;
    }

    /** What is kept of the lane's shards, once all was attached: for the sealer agent. */
    public StateFile state() {
        return state;
    }

    @Override
    public LongPredicate find(final LaneMemory memory) throws IOException {
        state = StateFile.open(files, SealedDirectory.laneDirectory(path, lane));
        found = directory.scan(lane, memory);
        final Set<Long> replaced = new HashSet<>();
        found.forEach(shard -> replaced.addAll(shard.replacedUids()));
        return replaced::contains;
    }

    @Override
    public void attach(final LaneMemory memory, final BooleanSupplier moreRoom) throws IOException {
        bind(memory.meta());
        if (!state.all().isEmpty() && isForeign(memory.meta(), state.catalogIdHigh(), state.catalogIdLow())) {
            state.setAside(SegmentNames.FOREIGN);
            LOGGER.warn("what was kept of lane {}'s shards belongs to another catalog; it was renamed to *{}", lane, SegmentNames.FOREIGN);
        }
        for (final ShardState kept : state.all()) {
            final ShardStore shard = shard(memory, kept.shardId(), kept.tableId());
            shard.publishMissing(kept.missing());
            shard.letGoUntil(kept.letGoUntilUs());
            shard.publishState(0, false, Math.max(shard.availableFromUs(), kept.availableFromUs()));
        }
        final List<ShardState> doubted = new ArrayList<>();
        for (final ShardFiles files : found) {
            final SegmentOwner owner = files.owner();
            if (!files.segments().isEmpty() && isForeign(memory.meta(), owner.catalogIdHigh(), owner.catalogIdLow())) {
                for (final SealedSegment segment : files.segments()) {
                    directory.setAsForeign(segment);
                }
            } else {
                attach(memory, files, moreRoom, doubted);
            }
        }
        found = List.of();
        keep(doubted);
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
        // with or without entries: where only damaged files are left nothing else tells whose they are
        if (state.catalogIdHigh() != 0 || state.catalogIdLow() != 0) {
            latest = state.uid();
            meta.catalogId(state.catalogIdHigh(), state.catalogIdLow());
        }
        for (final ShardFiles files : found) {
            for (final SealedSegment segment : files.segments()) {
                if (segment.uid() > latest) {
                    latest = segment.uid();
                    meta.catalogId(files.owner().catalogIdHigh(), files.owner().catalogIdLow());
                }
            }
        }
    }

    private static boolean isForeign(final LaneMeta meta, final long catalogIdHigh, final long catalogIdLow) {
        return catalogIdHigh != meta.catalogIdHigh() || catalogIdLow != meta.catalogIdLow();
    }

    private static ShardStore shard(final LaneMemory memory, final int shardId, final int tableId) {
        return memory.recovered().computeIfAbsent(shardId, _ -> new ShardStore(memory, shardId, tableId));
    }

    private void attach(
        final LaneMemory memory, final ShardFiles files, final BooleanSupplier moreRoom, final List<ShardState> doubted)
        throws IOException {
        final ShardStore shard = shard(memory, files.owner().shardId(), files.owner().tableId());
        for (final SealedSegment segment : files.segments()) {
            while (!segment.retainValues(Integer.MAX_VALUE)) {
                if (!moreRoom.getAsBoolean()) {
                    throw new IOException("the memory budget is too small for the values of " + segment.file());
                }
            }
            shard.add(segment);
        }
        doubt(shard, files.lost());
        for (final LostFile lost : files.lost()) {
            if (shard.doubted(lost.name().spanStartUs()) == 0) {
                directory.setAsSettled(lost);
            }
        }
        if (shard.isDoubted()) {
            shard.startAfresh();
            doubted.add(shard.state());
        } else {
            shard.startAt(shard.vector().joined(files.durable()));
        }
    }

    /**
     * What a span that lost files had when it lost them. A start before this one may have found that out, and meanwhile rows came back:
     * what it has now then says nothing.
     */
    private void doubt(final ShardStore shard, final List<LostFile> lost) {
        final ShardState kept = state.of(shard.shardId());
        final Set<Long> replaced = new HashSet<>();
        lost.forEach(file -> replaced.addAll(file.replacedUids()));
        final Map<Long, Long> newlyLost = new TreeMap<>();
        final Map<Long, Long> lostBefore = new TreeMap<>();
        for (final LostFile file : lost) {
            final long rows = replaced.contains(file.name().uid()) ? 0 : rowsLost(shard, file);
            newlyLost.merge(file.name().spanStartUs(), file.isNew() ? rows : 0, Long::sum);
            lostBefore.merge(file.name().spanStartUs(), file.isNew() ? 0 : rows, Long::sum);
        }
        newlyLost.forEach((spanStartUs, rows) -> {
            final Span span = shard.span(spanStartUs);
            final long left = span == null ? 0 : span.rowCount();
            final Long known = kept == null ? null : kept.doubts().get(spanStartUs);
            final long before = lostBefore.get(spanStartUs);
            if (known == null && rows + before > 0) {
                shard.doubt(spanStartUs, left + rows + before);
            } else if (known != null) {
                shard.doubt(spanStartUs, rows == 0 ? known : Math.max(known, left + rows));
            }
        });
    }

    /** Of a file's rows, those that are not in what it was made of: a kill may have come before that went. */
    private static long rowsLost(final ShardStore shard, final LostFile file) {
        final Span span = shard.span(file.name().spanStartUs());
        long rows = file.name().rowCount();
        for (int i = 0; span != null && i < span.segmentCount(); i++) {
            rows -= file.replacedUids().contains(span.segment(i).uid()) ? span.segment(i).rowCount() : 0;
        }
        return Math.max(0, rows);
    }

    /** Before anything comes back. */
    private void keep(final List<ShardState> doubted) {
        try {
            if (!doubted.isEmpty()) {
                state.keep(Math.max(0, state.uid()), doubted);
            }
        } catch (final IOException e) {
            LOGGER.warn("lane {}: what damaged files held could not be kept; after another restart more may be told missing than is: {}",
                lane, e.getMessage());
        }
    }
}
