package io.truenow.format.sketch;

/** What became of bytes that should be merged. Unless they were merged, the sketch is as it was. */
public enum SketchMerge {
    /** They are in. */
    MERGED,
    /** They are no sketch, or a damaged one. */
    MALFORMED,
    /** A sound sketch of another kind or parameter, or an exact count, which cannot be added to anything. */
    MISMATCH
}
