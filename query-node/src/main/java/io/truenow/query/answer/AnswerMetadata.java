package io.truenow.query.answer;

import java.util.List;

/**
 * What an answer says of itself.
 *
 * @param queryTimeNs     from the request's arrival.
 * @param recordsScanned  rows that lanes looked at.
 * @param recordsFolded   rows among them that went into cubes.
 * @param cubeHits        segments answered from cubes.
 * @param shards          that answered.
 * @param watermarkUs     {@link Long#MIN_VALUE} for none.
 * @param availableFromUs {@link Long#MIN_VALUE} where everything is held.
 * @param partial         what is left out, or null where the request did not allow it.
 */
public record AnswerMetadata(
    long queryTimeNs,
    long recordsScanned,
    long recordsFolded,
    long cubeHits,
    int shards,
    long watermarkUs,
    long availableFromUs,
    Partial partial) {

    /** Whether cubes answered and no row was looked at. */
    public boolean isCacheHit() {
        return cubeHits > 0 && recordsScanned == 0;
    }

    /**
     * What an answer leaves out.
     *
     * @param startTimeUs   first time of the range that was answered.
     * @param clamped       whether that is later than asked.
     * @param missingShards that did not answer.
     * @param missingRanges of which rows were lost.
     */
    public record Partial(long startTimeUs, boolean clamped, List<Integer> missingShards, List<Range> missingRanges) {
        public Partial {
            missingShards = List.copyOf(missingShards);
            missingRanges = List.copyOf(missingRanges);
        }
    }

    /**
     * Event times of a shard.
     *
     * @param shardId of the catalog.
     * @param startUs inclusive.
     * @param endUs   exclusive.
     */
    public record Range(int shardId, long startUs, long endUs) {
    }
}
