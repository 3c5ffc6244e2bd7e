package io.truenow.control.state;

import io.truenow.fabric.catalog.RecordKind;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

/** The records of one kind, and which of them have changed since the last version. Sorted by id. The state machine's thread only. */
final class RecordTable<V> {
    private record Entry<V>(long version, V value) {
    }

    private final RecordKind<V> kind;
    /** What a value is called; unique, null for values that have no name. */
    private final Function<V, String> name;
    private final NavigableMap<Integer, Entry<V>> entries = new TreeMap<>();
    private final Map<String, V> byName = new HashMap<>();
    private final SortedSet<Integer> changed = new TreeSet<>();

    RecordTable(final RecordKind<V> kind, final Function<V, String> name) {
        this.kind = kind;
        this.name = name;
    }

    RecordKind<V> kind() {
        return kind;
    }

    int size() {
        return entries.size();
    }

    /** Of an id, or null. */
    V get(final int id) {
        final Entry<V> entry = entries.get(id);
        return entry == null ? null : entry.value();
    }

    /** Of a name, or null. */
    V get(final String wanted) {
        return byName.get(wanted);
    }

    /** In the order of their ids, as they are now: what is put meanwhile is not seen. */
    Collection<V> values() {
        return entries.values().stream().map(Entry::value).toList();
    }

    /** Adds or replaces a record; views see it in that version. */
    void put(final long version, final V value) {
        restore(version, value);
        changed.add(kind.id(value));
    }

    /** Changes what views do not see of a record. */
    void amend(final V value) {
        restore(entries.get(kind.id(value)).version(), value);
    }

    void remove(final int id) {
        final Entry<V> entry = entries.remove(id);
        if (entry != null) {
            byName.remove(name.apply(entry.value()));
            changed.add(id);
        }
    }

    /** Adds what was there before this process was. */
    void restore(final long version, final V value) {
        entries.put(kind.id(value), new Entry<>(version, value));
        if (name.apply(value) != null) {
            byName.put(name.apply(value), value);
        }
    }

    /** Writes what has changed, and a tombstone for what is gone; forgets that it has. Returns how many. */
    int writeChanges(final RecordWriter writer, final long version) {
        for (final int id : changed) {
            final Entry<V> entry = entries.get(id);
            if (entry == null) {
                writer.tombstone(kind, version, id);
            } else {
                writer.record(kind, entry.version(), entry.value());
            }
        }
        final int count = changed.size();
        changed.clear();
        return count;
    }

    void writeAll(final RecordWriter writer) {
        entries.values().forEach(entry -> writer.record(kind, entry.version(), entry.value()));
    }
}
