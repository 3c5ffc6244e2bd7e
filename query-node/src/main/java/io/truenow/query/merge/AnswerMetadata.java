package io.truenow.query.merge;

import java.util.List;

/**
 * What an answer says of itself.
 *
 * @param queryTimeNs     from the request's arrival.
 * @param recordsScanned  rows that lanes looked at.
 * @param shards          that answered.
 * @param watermarkUs     {@link Long#MIN_VALUE} for none.
 * @param availableFromUs {@link Long#MIN_VALUE} where everything is held.
 * @param partial         what is left out, or null where the request did not allow it.
 */
public record AnswerMetadata(
    long queryTimeNs, long recordsScanned, int shards, long watermarkUs, long availableFromUs, Partial partial) {
    /**
     * What an answer leaves out.
     *
     * @param startTimeUs   first time of the range that was answered.
     * @param clamped       whether that is later than asked.
     * @param missingShards that did not answer.
     */
    public record Partial(long startTimeUs, boolean clamped, List<Integer> missingShards) {
        public Partial {
            missingShards = List.copyOf(missingShards);
        }
    }
}
