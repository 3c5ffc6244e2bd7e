package io.truenow.hottier.predicate;

import io.truenow.hottier.segment.Segment;
import io.truenow.hottier.value.SegmentDictionary;
import io.truenow.hottier.value.ValueTable;

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
    private long bytes;

    /** Remembers results up to so many bytes on the heap. */
    public ResolvedLeaves(final ValueTable values, final long maxBytes) {
        this.values = values;
        this.maxBytes = maxBytes;
    }

    /** The codes that an IN or CONTAINS is true of. */
    CodeSet resolve(final Predicate predicate, final int node, final Segment segment) {
        final SegmentDictionary dictionary = segment.dictionary(predicate.column(node));
        if (dictionary == null) {
            return new CodeSet(predicate.nullMatches(node));
        }
        if (dictionary.size() <= FEW_CODES) {
            final CodeSet set = new CodeSet(predicate.nullMatches(node));
            set.extend(predicate, node, dictionary, values);
            return set;
        }
        final Key key = new Key(segment.uid(), predicate.leafKey(node));
        CodeSet set = sets.get(key);
        if (set == null) {
            set = new CodeSet(predicate.nullMatches(node));
            sets.put(key, set);
            bytes += cost(key, set);
        }
        bytes -= set.lengthBytes();
        set.extend(predicate, node, dictionary, values);
        bytes += set.lengthBytes();
        shrink();
        return set;
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
        return ENTRY_BYTES + key.leaf().lengthBytes() + set.lengthBytes();
    }

    private record Key(long segmentUid, LeafKey leaf) {
    }
}
