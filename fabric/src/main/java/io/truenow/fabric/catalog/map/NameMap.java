package io.truenow.fabric.catalog.map;

import java.util.Objects;

/**
 * Values by two names, of which the first says where the second means something: a namespace and a table in it. Buckets of an {@link IdMap}
 * by 16 bits of the names' hash, each a short list. Immutable: any thread may hold and read it.
 *
 * @param <V> immutable.
 */
public final class NameMap<V> {
    private static final int BUCKET_BITS = 16;
    private static final NameMap<?> EMPTY = new NameMap<>(IdMap.empty());

    private final IdMap<Entry<V>> buckets;

    private NameMap(final IdMap<Entry<V>> buckets) {
        this.buckets = buckets;
    }

    /** The map without entries. */
    @SuppressWarnings("unchecked")
    public static <V> NameMap<V> empty() {
        return (NameMap<V>) EMPTY;
    }

    /** The value of those names, or null. */
    public V get(final String qualifier, final String name) {
        Entry<V> entry = buckets.get(bucket(qualifier, name));
        while (entry != null && !entry.is(qualifier, name)) {
            entry = entry.next;
        }
        return entry == null ? null : entry.value;
    }

    /** A map with that value at those names. */
    public NameMap<V> with(final String qualifier, final String name, final V value) {
        final int bucket = bucket(qualifier, name);
        final Entry<V> others = without(buckets.get(bucket), qualifier, name);
        return new NameMap<>(buckets.with(bucket, new Entry<>(qualifier, name, Objects.requireNonNull(value), others)));
    }

    /** A map without those names. */
    public NameMap<V> without(final String qualifier, final String name) {
        if (get(qualifier, name) == null) {
            return this;
        }
        final int bucket = bucket(qualifier, name);
        final Entry<V> others = without(buckets.get(bucket), qualifier, name);
        return new NameMap<>(others == null ? buckets.without(bucket) : buckets.with(bucket, others));
    }

    private static <V> Entry<V> without(final Entry<V> list, final String qualifier, final String name) {
        if (list == null) {
            return null;
        }
        final Entry<V> rest = without(list.next, qualifier, name);
        return list.is(qualifier, name) ? rest : rest == list.next ? list : new Entry<>(list.qualifier, list.name, list.value, rest);
    }

    private static int bucket(final String qualifier, final String name) {
        final int hash = qualifier.hashCode() * 31 + name.hashCode();
        return (hash ^ hash >>> BUCKET_BITS) & (1 << BUCKET_BITS) - 1;
    }

    private record Entry<V>(String qualifier, String name, V value, Entry<V> next) {
        boolean is(final String otherQualifier, final String otherName) {
            return name.equals(otherName) && qualifier.equals(otherQualifier);
        }
    }
}
