package io.truenow.engine.store.sealed;

/** What a section of a segment file holds. The ordinals are the format: new kinds come last. */
public enum SectionKind {
    /** Event times: int32 a row, microseconds since the span's start, ascending. */
    TIMES,
    /** Local codes of a dimension: 1, 2 or 4 bytes a row; empty if no row has a value. */
    CODES,
    /** Values of a metric, block by block, each in the encoding that its zone map names, each block at a multiple of 64. */
    METRIC,
    /** Null bits of a metric: 512 bytes for each block that has nulls. */
    NULLS,
    /** Zone maps, a record a block. */
    ZONES,
    /** First row of each second of the span, and the row count: 601 times int32. */
    SECONDS,
    /** Values of a dimension: where each ends, then their bytes. */
    DICTIONARY,
    /** Rows by local code of a dimension of many values. */
    POSTINGS,
    /** Where ids with each value of their low half's first bits begin. */
    ID_INDEX,
    /** Event ids in order of their low halves, then of their high ones, both unsigned: low, high. */
    IDS,
    /** What is kept of the event time of each id, a byte, in the order of ids; files of former versions have none. */
    ID_TIMES;

    private static final SectionKind[] KINDS = values();

    /** The kind of that number, or null. */
    static SectionKind of(final int number) {
        return number >= 0 && number < KINDS.length ? KINDS[number] : null;
    }
}
