package io.truenow.query.merge;

/** What became of a partial result. */
public enum MergeStatus {
    OK,
    /** The query has more groups than it may. */
    TOO_MANY_GROUPS,
    /** The query's groups need more memory than one query may hold. */
    QUERY_TOO_LARGE,
    /** The memory of all merges is taken. */
    NODE_FULL,
    /** A lane sent what is not an answer to the query. */
    DAMAGED
}
