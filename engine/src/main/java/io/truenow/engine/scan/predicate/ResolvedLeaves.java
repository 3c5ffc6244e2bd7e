package io.truenow.engine.scan.predicate;

import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.value.SegmentDictionary;
import io.truenow.engine.store.value.ValueTable;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Remembers which codes of a segment's dictionary a leaf is true of, by segment and content of the leaf, so that the next query only looks
 * at values that came since. Least recently used go first when their bytes pass a limit. One for all queries of a thread.
 */
public final class ResolvedLeaves {
    /** Looking these up costs as much as resolving them. */
    private static final int FEW_CODES = 32;
    private static final int ENTRY_BYTES = 192;

    private final Map<Key, CodeSet> sets = new LinkedHashMap<>(64, 0.75f, true);
    private final ValueTable values;
    private final long maxBytes;
    private final ByteSearch search = new ByteSearch();
    /** To look for sets with; never in the map. */
    private final Key wanted = new Key(0, null);
    private long bytes;

    /** Remembers results up to so many bytes on the heap. */
    public ResolvedLeaves(final ValueTable values, final long maxBytes) {
        this.values = values;
        this.maxBytes = maxBytes;
    }

    /**
     * The codes that an IN or CONTAINS is true of, as far as known: {@link #extend} is to follow.
     *
     * @param own taken, and given back, where nothing is to be remembered.
     */
    CodeSet find(final Predicate predicate, final int node, final Segment segment, final CodeSet own) {
        final SegmentDictionary dictionary = segment.dictionary(predicate.column(node));
        if (dictionary == null || dictionary.size() <= FEW_CODES) {
            own.begin(predicate.nullMatches(node));
            return own;
        }
        wanted.segmentUid = segment.uid();
        wanted.leaf = predicate.leafKey(node);
        CodeSet set = sets.get(wanted);
        if (set == null) {
            final Key key = new Key(segment.uid(), predicate.leafKey(node).copy());
            set = new CodeSet(predicate.nullMatches(node));
            sets.put(key, set);
            bytes += cost(key, set);
        }
        return set;
    }

    /** Resolves some of the codes that a set of the leaf lacks; returns what it cost, in rows. */
    int extend(final Predicate predicate, final int node, final Segment segment, final CodeSet set) {
        final int before = set.lengthBytes();
        final int cost = set.extend(predicate, node, segment.dictionary(predicate.column(node)), values, search);
        if (set.lengthBytes() != before) {
            wanted.segmentUid = segment.uid();
            wanted.leaf = predicate.leafKey(node);
            // it may be the caller's own, or forgotten meanwhile
            bytes += sets.get(wanted) == set ? set.lengthBytes() - before : 0;
        }
        if (bytes > maxBytes) {
            shrink();
        }
        return cost;
    }

    /** Bytes remembered. */
    public long usedBytes() {
        return bytes;
    }

    private void shrink() {
        final Iterator<Map.Entry<Key, CodeSet>> eldest = sets.entrySet().iterator();
        while (bytes > maxBytes && eldest.hasNext()) {
            final Map.Entry<Key, CodeSet> entry = eldest.next();
            bytes -= cost(entry.getKey(), entry.getValue());
            eldest.remove();
        }
    }

    private static long cost(final Key key, final CodeSet set) {
        return ENTRY_BYTES + key.leaf.lengthBytes() + set.lengthBytes();
    }

    /** No record, so that one can be looked for without a new one. */
    private static final class Key {
        private long segmentUid;
        private LeafKey leaf;

        Key(final long segmentUid, final LeafKey leaf) {
            this.segmentUid = segmentUid;
            this.leaf = leaf;
        }

        @Override
        public boolean equals(final Object other) {
            return other instanceof Key that && segmentUid == that.segmentUid && leaf.equals(that.leaf);
        }

        @Override
        public int hashCode() {
            return Long.hashCode(segmentUid) * 31 + leaf.hashCode();
        }
    }
}
