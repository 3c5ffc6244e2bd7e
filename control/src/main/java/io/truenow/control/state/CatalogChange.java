package io.truenow.control.state;

/**
 * A committed change, as it is published: immutable, handed from the state machine's thread to the publication's.
 *
 * @param catalogIdHigh of the catalog.
 * @param catalogIdLow  second half.
 * @param baseVersion   it applies to a catalog at this version; -1: it is the whole catalog.
 * @param version       the catalog's version after it.
 * @param records       framed records and tombstones, see {@link io.truenow.fabric.catalog.RecordFrames}; a namespace before its tables.
 */
public record CatalogChange(long catalogIdHigh, long catalogIdLow, long baseVersion, long version, byte[] records) {
    /** Whether it replaces whatever was there. */
    public boolean isWhole() {
        return baseVersion < 0;
    }
}
