package io.truenow.engine.store.sealed;

import io.truenow.engine.store.shard.ShardVector;

import java.util.List;
import java.util.Set;

/**
 * What was found of a shard on disk.
 *
 * @param owner        whose it is. If nothing of the shard but damaged files was found, its catalog and table are 0: unknown.
 * @param segments     valid ones that no other replaces, by span and uid; their values are not retained yet.
 * @param replacedUids segments whose rows are in these.
 * @param durable      all batches up to it are in these, if no file was lost.
 * @param lost         damaged files: the shard must be fed again from its beginning, and if that does not give these rows back they are
 *                     missing.
 */
public record ShardFiles(
    SegmentOwner owner, List<SealedSegment> segments, Set<Long> replacedUids, ShardVector durable, List<LostFile> lost) {
    public ShardFiles {
        segments = List.copyOf(segments);
        replacedUids = Set.copyOf(replacedUids);
        lost = List.copyOf(lost);
    }
}
