package io.truenow.engine.store.hash;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Entries of an {@link IdFilter} for which no bucket had room: practically none, since a page doubles before it is full. Belongs to the
 * lane.
 */
final class FilterSpill {
    private final List<Entry> entries = new ArrayList<>();

    /**
     * One of them.
     *
     * @param word         the id's first bits, and the control byte as the last.
     * @param positionBits so many of the first bits are known.
     */
    private record Entry(long word, int positionBits, int rest, int tag) {
        boolean mayBe(final long other) {
            return (word ^ other) >>> Long.SIZE - positionBits == 0
                && FilterBucket.control(word) == FilterBucket.control(other)
                && FilterBucket.matches(rest, FilterBucket.key(other, positionBits));
        }
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    void add(final long word, final int positionBits, final int rest, final int tag) {
        entries.add(new Entry(word, positionBits, rest, tag));
    }

    boolean mayHold(final long word) {
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).mayBe(word)) {
                return true;
            }
        }
        return false;
    }

    void addCandidates(final IdBatch ids, final long word, final FilterTags tags) {
        for (int i = 0; i < entries.size(); i++) {
            final Entry entry = entries.get(i);
            if (!tags.isDead(entry.tag) && entry.mayBe(word)) {
                ids.addCandidate(entry.tag, FilterBucket.hintOf(entry.rest));
            }
        }
    }

    void removeIf(final IntPredicate isDead) {
        entries.removeIf(entry -> isDead.test(entry.tag));
    }

    void clear() {
        entries.clear();
    }
}
