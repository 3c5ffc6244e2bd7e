package io.truenow.hottier.lane;

/**
 * Segments of a lane by state, as it last saw them.
 *
 * @param open        that take rows.
 * @param frozen      that take none any more and are to be sealed.
 * @param sealed      in files.
 * @param memoryRows  of open and frozen ones.
 * @param sealedRows  in files.
 * @param sealedBytes of files.
 * @param leaving     that have left their shard and whose memory or file is still there.
 * @param failure     why the sealer agent failed last, empty since it succeeded.
 */
public record LifeStatus(
    long open, long frozen, long sealed, long memoryRows, long sealedRows, long sealedBytes, int leaving, String failure) {
    static final LifeStatus NONE = new LifeStatus(0, 0, 0, 0, 0, 0, 0, "");
}
