package io.truenow.fabric.catalog.map;

import java.util.AbstractCollection;
import java.util.Collection;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;

/**
 * Values by the ids that the catalog gives them: 0, 1, 2, .., dense, ascending when iterated. A trie of nodes with 32 places, as deep as
 * the largest id needs; a change copies the nodes on one path. {@link #get} allocates nothing. Immutable: any thread may hold and read it.
 *
 * <p>See Bagwell, Ideal Hash Trees (2001), and the vectors of Clojure, of which this is the part for ids that are never inserted between.
 *
 * @param <V> immutable.
 */
public final class IdMap<V> {
    /** Takes an id of which two maps hold different values. */
    @FunctionalInterface
    public interface Difference<V> {
        /** {@code before} is null if the id is new, {@code after} if it is gone. */
        void onDifference(V before, V after);
    }

    private static final int BITS = 5;
    private static final int PLACES = 1 << BITS;
    private static final int MASK = PLACES - 1;
    private static final Object[] NO_NODE = new Object[PLACES];
    private static final IdMap<?> EMPTY = new IdMap<>(NO_NODE, 0, 0);

    private final Object[] root;
    /** Bits of an id below those that choose a place of the root. */
    private final int shift;
    private final int size;

    private IdMap(final Object[] root, final int shift, final int size) {
        this.root = root;
        this.shift = shift;
        this.size = size;
    }

    /** The map without entries. */
    @SuppressWarnings("unchecked")
    public static <V> IdMap<V> empty() {
        return (IdMap<V>) EMPTY;
    }

    /** Entries. */
    public int size() {
        return size;
    }

    /** Whether there are no entries. */
    public boolean isEmpty() {
        return size == 0;
    }

    /** The largest id, -1 if there is none. */
    public int lastId() {
        Object[] node = root;
        int id = 0;
        for (int bits = shift; bits >= 0; bits -= BITS) {
            int place = MASK;
            while (place >= 0 && node[place] == null) {
                place--;
            }
            if (place < 0) {
                return -1;
            }
            id |= place << bits;
            node = bits == 0 ? node : (Object[]) node[place];
        }
        return id;
    }

    /** The value of an id, or null. */
    @SuppressWarnings("unchecked")
    public V get(final int id) {
        if (!reaches(id)) {
            return null;
        }
        Object[] node = root;
        for (int bits = shift; bits > 0 && node != null; bits -= BITS) {
            node = (Object[]) node[id >>> bits & MASK];
        }
        return node == null ? null : (V) node[id & MASK];
    }

    /**
     * A map with that value at that id.
     *
     * @throws IllegalArgumentException if the id is negative.
     */
    public IdMap<V> with(final int id, final V value) {
        if (id < 0) {
            throw new IllegalArgumentException("an id is not negative: " + id);
        }
        Objects.requireNonNull(value);
        IdMap<V> wide = this;
        while (!wide.reaches(id)) {
            final Object[] above = new Object[PLACES];
            above[0] = wide.size == 0 ? null : wide.root;
            wide = new IdMap<>(above, wide.shift + BITS, wide.size);
        }
        return new IdMap<>(set(wide.root, wide.shift, id, value), wide.shift, get(id) == null ? size + 1 : size);
    }

    /** A map without that id. */
    public IdMap<V> without(final int id) {
        if (get(id) == null) {
            return this;
        }
        return size == 1 ? empty() : new IdMap<>(set(root, shift, id, null), shift, size - 1);
    }

    /** In the order of their ids. */
    public Collection<V> values() {
        return new AbstractCollection<>() {
            @Override
            public Iterator<V> iterator() {
                return new Values<>(IdMap.this);
            }

            @Override
            public int size() {
                return size;
            }
        };
    }

    /** Calls with what differs between this map and a later one, in the order of ids. What both share is not looked at. */
    public void differences(final IdMap<V> after, final Difference<V> difference) {
        Object[] before = root;
        Object[] later = after.root;
        int bits = shift;
        for (; bits < after.shift; bits += BITS) {
            before = above(before);
        }
        for (int laterBits = after.shift; laterBits < bits; laterBits += BITS) {
            later = above(later);
        }
        compare(before, later, bits, difference);
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof IdMap<?> map && size == map.size && values().stream().toList().equals(map.values().stream().toList());
    }

    @Override
    public int hashCode() {
        return values().stream().toList().hashCode();
    }

    @Override
    public String toString() {
        return values().toString();
    }

    private boolean reaches(final int id) {
        // shifts go by the lowest five bits of the distance
        return id >= 0 && (shift + BITS >= Integer.SIZE || id >>> shift + BITS == 0);
    }

    private static Object[] above(final Object[] node) {
        final Object[] above = new Object[PLACES];
        above[0] = node;
        return above;
    }

    /** A copy of a node with a value somewhere below it; null if nothing is left there. */
    private static Object[] set(final Object[] node, final int bits, final int id, final Object value) {
        final Object[] copy = node == null ? new Object[PLACES] : node.clone();
        final int place = id >>> bits & MASK;
        copy[place] = bits == 0 ? value : set((Object[]) copy[place], bits - BITS, id, value);
        return copy[place] == null && isBare(copy) ? null : copy;
    }

    private static boolean isBare(final Object[] node) {
        for (final Object child : node) {
            if (child != null) {
                return false;
            }
        }
        return true;
    }

    @SuppressWarnings("unchecked")
    private static <V> void compare(final Object[] before, final Object[] after, final int bits, final Difference<V> difference) {
        if (before == after) {
            return;
        }
        for (int place = 0; place < PLACES; place++) {
            final Object one = before == null ? null : before[place];
            final Object other = after == null ? null : after[place];
            if (bits > 0) {
                compare((Object[]) one, (Object[]) other, bits - BITS, difference);
            } else if (!Objects.equals(one, other)) {
                difference.onDifference((V) one, (V) other);
            }
        }
    }

    /** Looks each id up: a map is iterated seldom and by threads that may take their time. */
    private static final class Values<V> implements Iterator<V> {
        private final IdMap<V> map;
        private int left;
        private int id;

        Values(final IdMap<V> map) {
            this.map = map;
            this.left = map.size;
        }

        @Override
        public boolean hasNext() {
            return left > 0;
        }

        @Override
        public V next() {
            if (left == 0) {
                throw new NoSuchElementException();
            }
            V value = map.get(id++);
            while (value == null) {
                value = map.get(id++);
            }
            left--;
            return value;
        }
    }
}
