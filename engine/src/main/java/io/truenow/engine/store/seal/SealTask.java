package io.truenow.engine.store.seal;

import io.truenow.engine.store.segment.FileSegment;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.shard.ShardState;
import io.truenow.engine.store.shard.ShardVector;

import java.util.List;

/** What a lane asks of the sealer agent. Tasks of one lane are done in the order in which they were offered. */
public sealed interface SealTask {
    /**
     * Writes the rows of some segments as one file, whole or not at all, and maps it. Of one segment: seal it. Of several: merge a span's
     * file with its amendments. The sources take no more rows, keep serving, and stay as they are until the answer has come. The file names
     * their uids as replaced, and those which the files among them had replaced: when it is valid, none of these is.
     *
     * @param shard        whose rows they are. What it says is durable before the file is there: the file passes over what was let go.
     * @param spanStartUs  of all sources.
     * @param sources      to be read, open ones that were frozen or files; at least one.
     * @param uid          of the new segment.
     * @param durable      every batch up to it lies in files of the shard once this one is there.
     * @param expectedRows of all sources: no two of their rows have the same id.
     */
    record Write(ShardState shard, long spanStartUs, List<Segment> sources, long uid, ShardVector durable, long expectedRows)
        implements SealTask {
        public Write {
            sources = List.copyOf(sources);
        }
    }

    /**
     * Unmaps a segment that has left its shard, that the lane has let go of and nobody reads; its file stays for now.
     *
     * @param segment to be closed.
     */
    record Unmap(FileSegment segment) implements SealTask {
    }

    /**
     * Unmaps a segment, if that was not done yet, and deletes its file: nobody reads it.
     *
     * @param segment to be closed.
     */
    record Delete(FileSegment segment) implements SealTask {
    }

    /**
     * Deletes all files of a shard that has left the lane, and what is kept of it; segments that queries still read stay mapped until their
     * own task comes.
     *
     * @param shardId whose files they are.
     * @param uid     greater than that of any of its segments: should the shard come back, what it then has is not meant.
     */
    record Forget(int shardId, long uid) implements SealTask {
    }

    /**
     * Keeps on disk what cannot be seen from the files of some shards, all or none; see {@link StateFile}.
     *
     * @param uid    greater than that of any segment of the lane.
     * @param shards of one catalog.
     */
    record Keep(long uid, List<ShardState> shards) implements SealTask {
        public Keep {
            shards = List.copyOf(shards);
        }
    }

    /**
     * A shard that lost files has been fed again, and what is missing is kept: the damaged files that were set aside say nothing any more.
     *
     * @param shardId whose files they are.
     */
    record Settle(int shardId) implements SealTask {
    }
}
