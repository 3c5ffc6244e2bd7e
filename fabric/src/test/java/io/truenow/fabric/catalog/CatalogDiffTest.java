package io.truenow.fabric.catalog;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class CatalogDiffTest {
    private static final Namespace A = new Namespace(1, "a", 1, true);
    private static final Namespace B = new Namespace(2, "b", 2, true);

    @Test
    void versionsOfOneCatalogDifferInWhatChanged() {
        final Catalog first = new CatalogBuilder().put(A).put(B).build(7, 8, 1);
        final Catalog second = first.change().put(A.with(false, "")).remove(RecordKinds.NAMESPACE, 2).build(7, 8, 2);
        assertEquals(List.of(A + ">" + A.with(false, ""), B + ">null"), differences(first, second));
        assertEquals(List.of(), differences(second, second));
        assertEquals(List.of("null>" + A, "null>" + B), differences(Catalog.EMPTY, first));
        assertEquals(List.of(A + ">null", B + ">null"), differences(first, Catalog.EMPTY));
    }

    /** A view that was sent a snapshot has other objects for the same things. */
    @Test
    void whatIsEqualIsNoDifference() {
        final Catalog first = new CatalogBuilder().put(A).build(7, 8, 1);
        assertEquals(List.of(), differences(first, new CatalogBuilder().put(new Namespace(1, "a", 1, true)).build(7, 8, 2)));
    }

    /** Its ids mean other things, though they look the same. */
    @Test
    void ofAnotherCatalogNothingIsTheSame() {
        final Catalog first = new CatalogBuilder().put(A).build(7, 8, 1);
        final Catalog other = new CatalogBuilder().put(A).put(B).build(7, 9, 1);
        assertTrue(new CatalogDiff(first, other).isOther());
        assertFalse(new CatalogDiff(Catalog.EMPTY, other).isOther());
        assertEquals(List.of(A + ">null", "null>" + A, "null>" + B), differences(first, other));
    }

    private static List<String> differences(final Catalog before, final Catalog after) {
        final List<String> differences = new ArrayList<>();
        new CatalogDiff(before, after).forEach(RecordKinds.NAMESPACE, (former, latter) -> differences.add(former + ">" + latter));
        return differences;
    }
}
