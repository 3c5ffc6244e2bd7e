package io.truenow.gateway.journal;

import io.truenow.fabric.position.Position;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.IntHashSet;
import org.agrona.collections.Long2LongHashMap;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * What is where in the journal, sparsely: it is cut into sections, at each roll file and at every {@link #SECTION_BYTES}; a section knows
 * where it begins, the first position of each of its shards and the latest event of each of its tables. In memory only: rebuilt by the scan
 * at start. Owned by the journal agent.
 */
final class JournalIndex {
    /** Upper bound of what a Resume reads in vain. */
    static final long SECTION_BYTES = 64L << 20;
    /** What {@link #startAfter} answers when the journal holds nothing of the shard. */
    static final long NOWHERE = -1;

    private static final long NO_TIME = Long.MIN_VALUE;

    private record First(long incarnation, long sequence) {
    }

    private static final class Section {
        final int cycle;
        final long startIndex;
        final Int2ObjectHashMap<First> firstByShardId = new Int2ObjectHashMap<>();
        final Long2LongHashMap maxEventTimeUsByTableId = new Long2LongHashMap(NO_TIME);
        long bytes;

        Section(final int cycle, final long startIndex) {
            this.cycle = cycle;
            this.startIndex = startIndex;
        }
    }

    private final ArrayDeque<Section> sections = new ArrayDeque<>();
    private Section current;
    private long bytes;

    /** A document was appended or found; its batches follow. */
    void onDocument(final int cycle, final long index, final long lengthBytes) {
        if (current == null || current.cycle != cycle || current.bytes >= SECTION_BYTES) {
            current = new Section(cycle, index);
            sections.addLast(current);
        }
        current.bytes += lengthBytes;
        bytes += lengthBytes;
    }

    /** A batch of the document. */
    void onBatch(final int shardId, final long incarnation, final long sequence, final int tableId, final long maxEventTimeUs) {
        if (!current.firstByShardId.containsKey(shardId)) {
            current.firstByShardId.put(shardId, new First(incarnation, sequence));
        }
        if (maxEventTimeUs > current.maxEventTimeUsByTableId.get(tableId)) {
            current.maxEventTimeUsByTableId.put(tableId, maxEventTimeUs);
        }
    }

    /** Index of a document from where on every batch of the shard after the position is found, or {@link #NOWHERE}. */
    long startAfter(final int shardId, final long incarnation, final long sequence) {
        long start = NOWHERE;
        final Iterator<Section> newestFirst = sections.descendingIterator();
        while (newestFirst.hasNext()) {
            final Section section = newestFirst.next();
            final First first = section.firstByShardId.get(shardId);
            if (first != null) {
                start = section.startIndex;
                if (Position.reached(incarnation, sequence, first.incarnation(), first.sequence())) {
                    break;
                }
            }
        }
        return start;
    }

    /** Index of the oldest document, or {@link #NOWHERE}. */
    long firstIndex() {
        return sections.isEmpty() ? NOWHERE : sections.peekFirst().startIndex;
    }

    /** Bytes of all documents. */
    long bytes() {
        return bytes;
    }

    /**
     * The oldest roll files, the current one excepted, all of whose batches are past their tables' need.
     *
     * @param neededForUs by table id: how long after its event time an event is needed.
     */
    List<Integer> expiredCycles(final long nowUs, final LongUnaryOperator neededForUs) {
        final List<Integer> expired = new ArrayList<>();
        int candidate = -1;
        for (final Section section : sections) {
            if (section.cycle != candidate) {
                if (candidate >= 0) {
                    expired.add(candidate);
                }
                candidate = section.cycle;
            }
            if (section.cycle == current.cycle || !isExpired(section, nowUs, neededForUs)) {
                break;
            }
        }
        return expired;
    }

    /** Forgets a roll file; returns the shards of which the journal holds nothing any more. */
    IntHashSet remove(final int cycle) {
        final IntHashSet emptied = new IntHashSet();
        while (!sections.isEmpty() && sections.peekFirst().cycle == cycle) {
            final Section section = sections.removeFirst();
            bytes -= section.bytes;
            emptied.addAll(section.firstByShardId.keySet());
        }
        for (final Section section : sections) {
            emptied.removeAll(section.firstByShardId.keySet());
        }
        return emptied;
    }

    private static boolean isExpired(final Section section, final long nowUs, final LongUnaryOperator neededForUs) {
        final Long2LongHashMap.EntryIterator tables = section.maxEventTimeUsByTableId.entrySet().iterator();
        while (tables.hasNext()) {
            tables.next();
            if (tables.getLongValue() + neededForUs.applyAsLong(tables.getLongKey()) > nowUs) {
                return false;
            }
        }
        return true;
    }
}
