package io.truenow.engine.store.sealed;

import io.truenow.engine.store.shard.ShardVector;

import java.util.List;

/**
 * What a segment file is, before its rows.
 *
 * @param owner         whose rows it holds.
 * @param spanStartUs   start of its span.
 * @param uid           see {@link io.truenow.engine.store.segment.Segment#uid()}.
 * @param replacedUids  segments whose rows are in it: whoever finds one of them beside it drops that one.
 * @param durableVector all batches of the shard up to it lie in segment files.
 */
public record SegmentIdentity(SegmentOwner owner, long spanStartUs, long uid, List<Long> replacedUids, ShardVector durableVector) {
    public SegmentIdentity {
        replacedUids = List.copyOf(replacedUids);
    }
}
