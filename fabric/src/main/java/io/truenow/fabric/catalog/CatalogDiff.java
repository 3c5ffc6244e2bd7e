package io.truenow.fabric.catalog;

import io.truenow.fabric.catalog.map.IdMap;

/**
 * What differs between two catalogs. Where they are versions of the same one, whatever lies between them, it takes as long as there are
 * differences, not records. Immutable: any thread may hold and read it.
 *
 * @param before   what its reader has acted upon.
 * @param after    what it is to act upon now.
 */
public record CatalogDiff(Catalog before, Catalog after) {
    /**
     * Whether the control plane has begun another catalog: its ids mean other things, so of each kind all of the former goes, then all of
     * the new comes. Nothing is the same, even if it looks so.
     */
    public boolean isOther() {
        return before != Catalog.EMPTY && after != Catalog.EMPTY && !before.isSameAs(after);
    }

    /** Calls with each record of a kind that differs, in the order of ids. */
    public <V> void forEach(final RecordKind<V> kind, final IdMap.Difference<V> difference) {
        final IdMap<V> former = before.records(kind);
        final IdMap<V> latter = after.records(kind);
        if (isOther()) {
            former.values().forEach(value -> difference.onDifference(value, null));
            latter.values().forEach(value -> difference.onDifference(null, value));
        } else {
            former.differences(latter, difference);
        }
    }
}
