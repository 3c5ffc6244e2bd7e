package io.truenow.control.state;

import io.truenow.fabric.catalog.RecordKind;

/** Takes records one by one. */
interface RecordWriter {
    /** A record as a version of the catalog has made it. */
    <V> void record(RecordKind<V> kind, long version, V value);

    /** What was a record is gone. */
    void tombstone(RecordKind<?> kind, long version, int id);
}
