package io.truenow.engine.store.meta;

/** What a root slot leads to. The order is part of the format. */
public enum RootKind {
    /** A shard's header. */
    SHARD,
    /** An open or frozen segment's header. */
    SEGMENT,
    /** A page of value entries; its ordinal is its place among them. */
    VALUE_ENTRIES,
    /** A chunk of the bytes of values. */
    VALUE_BYTES;

    private static final RootKind[] ALL = values();

    static RootKind of(final int number) {
        return number >= 0 && number < ALL.length ? ALL[number] : null;
    }
}
