package io.truenow.gateway.table;

import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.Table;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Tables by the bytes of their names: an event loop's memory of what it found in the catalog, so that an event that names its table makes
 * no string. Belongs to one loop. Only tables that exist are remembered, and not more than {@link #MAX_TABLES}.
 */
public final class TableCache {
    /** When more are in use the cache starts over. */
    static final int MAX_TABLES = 1_024;

    private static final int SLOTS = 4 * MAX_TABLES;

    private final Entry[] slots = new Entry[SLOTS];
    private Catalog catalog = Catalog.EMPTY;
    private Entry last;
    private int size;

    /** Everything found from now on is as this catalog shows it. */
    public void catalog(final Catalog newCatalog) {
        catalog = newCatalog;
    }

    /** The catalog in use. */
    public Catalog catalog() {
        return catalog;
    }

    /** The table of that name in the catalog in use, or null. */
    public BoundTable find(final NameSlice namespace, final NameSlice table) {
        if (last != null && last.catalog == catalog && last.is(namespace, table)) {
            return last.bound;
        }
        int slot = slot(namespace, table);
        Entry entry = slots[slot];
        while (entry != null && !entry.is(namespace, table)) {
            slot = slot + 1 & SLOTS - 1;
            entry = slots[slot];
        }
        if (entry == null) {
            entry = add(namespace, table);
        } else if (entry.catalog != catalog) {
            refresh(entry);
        }
        if (entry == null || entry.bound == null) {
            return null;
        }
        last = entry;
        return entry.bound;
    }

    private Entry add(final NameSlice namespace, final NameSlice table) {
        final Table found = catalog.table(namespace.toString(), table.toString());
        if (found == null) {
            return null;
        }
        if (size == MAX_TABLES) {
            Arrays.fill(slots, null);
            size = 0;
            last = null;
        }
        final Entry entry = new Entry(found);
        entry.catalog = catalog;
        entry.bound = new BoundTable(found);
        int slot = slot(namespace, table);
        while (slots[slot] != null) {
            slot = slot + 1 & SLOTS - 1;
        }
        slots[slot] = entry;
        size++;
        return entry;
    }

    private void refresh(final Entry entry) {
        entry.catalog = catalog;
        final Table found = catalog.table(entry.namespaceName, entry.tableName);
        if (found == null) {
            entry.bound = null;
        } else if (entry.bound == null || !found.equals(entry.bound.table())) {
            entry.bound = new BoundTable(found);
        }
    }

    private static int slot(final NameSlice namespace, final NameSlice table) {
        final int hash = ColumnIndex.hash(namespace.bytes, namespace.offset, namespace.length) * 31
            + ColumnIndex.hash(table.bytes, table.offset, table.length);
        return (hash ^ hash >>> 12) & SLOTS - 1;
    }

    private static final class Entry {
        final String namespaceName;
        final String tableName;
        final byte[] namespace;
        final byte[] table;
        Catalog catalog;
        BoundTable bound;

        Entry(final Table found) {
            namespaceName = found.namespace();
            tableName = found.name();
            namespace = namespaceName.getBytes(StandardCharsets.UTF_8);
            table = tableName.getBytes(StandardCharsets.UTF_8);
        }

        boolean is(final NameSlice otherNamespace, final NameSlice otherTable) {
            return otherTable.equalsBytes(table) && otherNamespace.equalsBytes(namespace);
        }
    }
}
