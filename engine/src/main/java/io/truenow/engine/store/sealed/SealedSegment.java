package io.truenow.engine.store.sealed;

import io.truenow.engine.store.file.SegmentFile;
import io.truenow.engine.store.hash.IdBatch;
import io.truenow.engine.store.segment.FileSegment;
import io.truenow.engine.store.segment.LaneMemory;
import io.truenow.engine.store.value.SegmentDictionary;
import io.truenow.engine.store.value.ValueTable;
import io.truenow.fabric.memory.MemoryTag;
import io.truenow.fabric.memory.NativeMemory;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A mapped segment file. Rows are sorted by time, in blocks of 4 096; the mapping is read-only, its bytes reserved at the accountant while
 * it lasts. Only its dictionaries change: the lane fills them ({@link #retainValues}) before it publishes the segment and empties them
 * ({@link #freeSome}) when nobody uses it.
 */
public final class SealedSegment extends FileSegment {
    /** Values are interned in portions of so many, for which room is made at once. */
    private static final int INTERN_VALUES = 256;
    private static final UnsafeBuffer NO_BYTES = new UnsafeBuffer(new byte[0]);

    private final SegmentHeader header;
    private final Path file;
    private final LaneMemory memory;
    private final Mapping mapping;
    private final SealedColumns columns;
    private final SealedBlock[] blocks;
    private final int maxOffsetUs;
    private final SealedIds ids;
    private final long seconds;
    private final Postings[] postings;
    private final SealedDictionary[] fileDictionaries;
    private final SegmentDictionary[] dictionaries;
    /** By dimension, by local code less 1: known when the file has just been written from segments of the lane, else null. */
    private int[][] laneCodes;
    private final UnsafeBuffer value = new UnsafeBuffer(NO_BYTES);

    /**
     * Over a file whose content was checked.
     *
     * @param file      for those who delete it.
     * @param memory    of the lane that it is to serve.
     * @param laneCodes of its values, by dimension and local code less 1, held by other segments until this one has retained them; null:
     *                  the values are found by their bytes.
     */
    public SealedSegment(
        final SegmentHeader header, final Path file, final Mapping mapping, final LaneMemory memory, final int[][] laneCodes) {
        super(header.identity().uid(), header.identity().spanStartUs(), header.rowCount(), header.blockCount());
        this.header = header;
        this.file = file;
        this.memory = memory;
        this.mapping = mapping;
        this.laneCodes = laneCodes;
        this.columns = new SealedColumns(header, mapping.address());
        this.blocks = new SealedBlock[header.blockCount()];
        for (int i = 0; i < blocks.length; i++) {
            blocks[i] = new SealedBlock(columns, i);
        }
        // by time; read here, as the lane is not to wait for a page of a file that it lets go
        this.maxOffsetUs = blocks[blocks.length - 1].maxOffsetUs();
        this.ids = new SealedIds(header, mapping.address());
        this.seconds = mapping.address() + header.section(SectionKind.SECONDS, 0).offset();
        this.postings = new Postings[header.dimensionCount()];
        this.fileDictionaries = new SealedDictionary[header.dimensionCount()];
        this.dictionaries = new SegmentDictionary[header.dimensionCount()];
        for (int i = 0; i < dictionaries.length; i++) {
            final Section list = header.section(SectionKind.POSTINGS, i);
            postings[i] = list == null ? null : new Postings(list, mapping.address());
            fileDictionaries[i] = new SealedDictionary(header.section(SectionKind.DICTIONARY, i), mapping.address());
            dictionaries[i] = memory.newDictionary();
        }
    }

    /** A mapped file and what is reserved for it. Closed once, by any thread. */
    public static final class Mapping implements AutoCloseable {
        private final MemoryTag tag;
        private final Arena arena;
        private final MemorySegment content;
        private final AtomicBoolean isClosed = new AtomicBoolean();

        private Mapping(final MemoryTag tag, final Arena arena, final MemorySegment content) {
            this.tag = tag;
            this.arena = arena;
            this.content = content;
        }

        /**
         * Reserves the file's length and maps it. The limit may be passed: a file takes the place of rows that need more, and its pages
         * are the operating system's to take back.
         *
         * @throws IOException if it cannot be mapped; nothing is held then.
         */
        public static Mapping of(final SegmentFile file, final MemoryTag tag) throws IOException {
            final long lengthBytes = file.lengthBytes();
            tag.reserve(lengthBytes);
            final Arena arena = Arena.ofShared();
            try {
                return new Mapping(tag, arena, file.map(arena));
            } catch (final IOException | RuntimeException e) {
                arena.close();
                tag.release(lengthBytes);
                throw e;
            }
        }

        /** Where the file begins in memory. */
        public long address() {
            return content.address();
        }

        /** Reads a byte of each page, so that no reader waits for the operating system. */
        public void touch() {
            if (content.isMapped()) {
                content.load();
            }
        }

        @Override
        public void close() {
            if (isClosed.compareAndSet(false, true)) {
                final long lengthBytes = content.byteSize();
                arena.close();
                tag.release(lengthBytes);
            }
        }
    }

    /** What the file says of itself. */
    public SegmentHeader header() {
        return header;
    }

    /** The file. */
    public Path file() {
        return file;
    }

    @Override
    public long[] replacedUids() {
        return header.identity().replacedUids().stream().mapToLong(Long::longValue).toArray();
    }

    @Override
    public long fileBytes() {
        return header.fileLengthBytes();
    }

    @Override
    public int maxOffsetUs() {
        return maxOffsetUs;
    }

    @Override
    public SealedBlock block(final int index) {
        return blocks[index];
    }

    @Override
    public SegmentDictionary dictionary(final int ordinal) {
        return ordinal < dictionaries.length && fileDictionaries[ordinal].size() > 0 ? dictionaries[ordinal] : null;
    }

    /** Dimensions, whether they have values or not. */
    public int dimensionCount() {
        return dictionaries.length;
    }

    /** The values of a dimension as they lie in the file. */
    public SealedDictionary fileDictionary(final int ordinal) {
        return fileDictionaries[ordinal];
    }

    /** Rows by code of a dimension; null for one that has few values. */
    public Postings postings(final int ordinal) {
        return ordinal < postings.length ? postings[ordinal] : null;
    }

    /** First row that is not earlier than a second of the span, 0 .. 600; the row count if there is none. */
    public int firstRowOfSecond(final int second) {
        return NativeMemory.ALL.get(ValueLayout.JAVA_INT, seconds + (long) second * Integer.BYTES);
    }

    /** The ids of its rows. */
    public SealedIds ids() {
        return ids;
    }

    @Override
    public int indexOfId(final long idHigh, final long idLow) {
        return ids.indexOf(idHigh, idLow);
    }

    @Override
    public int readIds(final int from, final int most, final IdBatch target) {
        return ids.read(from, most, target);
    }

    @Override
    public int timeBitsOfId(final int index) {
        return ids.timeBits(index);
    }

    @Override
    public boolean retainValues(final int limit) {
        int left = limit;
        for (int ordinal = 0; ordinal < dictionaries.length; ordinal++) {
            final int size = fileDictionaries[ordinal].size();
            while (dictionaries[ordinal].size() < size) {
                if (left == 0) {
                    return false;
                }
                final int count = Math.min(left, Math.min(size - dictionaries[ordinal].size(), INTERN_VALUES));
                if (!dictionaries[ordinal].reserveEntries(dictionaries[ordinal].size() + count) || !retain(ordinal, count)) {
                    return false;
                }
                left -= count;
            }
        }
        laneCodes = null;
        return true;
    }

    @Override
    public long retainedValues() {
        long count = 0;
        for (final SegmentDictionary dictionary : dictionaries) {
            count += dictionary.size();
        }
        return count;
    }

    @Override
    public boolean freeSome(final int limit) {
        int freed = 0;
        for (final SegmentDictionary dictionary : dictionaries) {
            if (freed < limit) {
                freed += dictionary.closeSome(memory.values(), limit - freed);
            }
        }
        return freed < limit;
    }

    @Override
    public void close() {
        mapping.close();
    }

    private boolean retain(final int ordinal, final int count) {
        final ValueTable values = memory.values();
        final SegmentDictionary dictionary = dictionaries[ordinal];
        final int first = dictionary.size() + 1;
        if (laneCodes != null) {
            for (int code = first; code < first + count; code++) {
                final int laneCode = laneCodes[ordinal][code - 1];
                dictionary.append(laneCode, values.hash(laneCode), values);
            }
            return true;
        }
        int reserved;
        do {
            values.beginReserve();
            for (int code = first; code < first + count; code++) {
                fileDictionaries[ordinal].wrap(code, value);
                if (!values.reserve(values.hash(value, 0, value.capacity()), value.capacity())) {
                    return false;
                }
            }
            reserved = values.endReserve();
        }
        while (reserved == 0);
        if (reserved < 0) {
            return false;
        }
        for (int code = first; code < first + count; code++) {
            fileDictionaries[ordinal].wrap(code, value);
            final int hash = values.hash(value, 0, value.capacity());
            dictionary.append(values.findOrAdd(hash, value, 0, value.capacity()), hash, values);
        }
        return true;
    }
}
