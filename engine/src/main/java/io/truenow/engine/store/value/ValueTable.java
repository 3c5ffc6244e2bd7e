package io.truenow.engine.store.value;

import io.truenow.engine.store.hash.CodeIndex;
import io.truenow.engine.store.meta.RootKind;
import io.truenow.engine.store.meta.RootSlots;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.NativeMemory;
import org.agrona.DirectBuffer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A lane's distinct dimension values, whatever their table and dimension, each with a lane code from 1 on. A value is kept while a
 * segment's dictionary refers to it; its code may then stand for another value. The lane writes; the query agent may read the values that
 * segments of its cut refer to: they were written before the cut was published, and such a segment returns to the lane only when no query
 * uses it any more.
 *
 * <pre>
 *   entries   pages of 2 048, each entry 32 bytes: int64 handle of its chunk + offset in it, int32 length, int32 hash, int32 references,
 * int32 next free
 *   bytes     chunks of 64 KiB, cut into pieces by size class; pieces of values that left are reused by values of the same class
 * </pre>
 * Pages and chunks have root slots, so entries and bytes outlive the process; references, free codes, free pieces and the index are derived
 * from the dictionaries that are left (see {@link ValueTableRecovery}).
 */
public final class ValueTable {
    static final int CHUNK_BYTES = 64 * 1024;
    static final int FINE_STEP_BYTES = 16;
    private static final int ENTRY_BYTES = 32;
    private static final int LENGTH_OFFSET = 8;
    private static final int HASH_OFFSET = 12;
    private static final int REFERENCES_OFFSET = 16;
    private static final int NEXT_FREE_OFFSET = 20;
    private static final int ENTRIES_PER_PAGE_SHIFT = 11;
    static final int PAGE_BYTES = ENTRY_BYTES << ENTRIES_PER_PAGE_SHIFT;
    private static final int HALF_CHUNK_BYTES = CHUNK_BYTES / 2;
    private static final int FINE_LIMIT_BYTES = 256;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfLong LONG_UNALIGNED = ValueLayout.JAVA_LONG_UNALIGNED;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private final BlockPool pool;
    private final BlockUse use;
    private final long seed;
    private final CodeIndex index;
    /** Addresses. Volatile: a reader that sees a new array must see its elements. */
    private volatile long[] pages = new long[0];
    private final RootedBlocks pageBlocks;
    private final RootedBlocks chunkBlocks;
    private int codesMade;
    private int firstFreeCode;
    private int freeCodes;
    private final long[] freePieces = new long[FINE_LIMIT_BYTES / FINE_STEP_BYTES + Integer.SIZE];
    private long[] spareChunks = new long[8];
    private int spareChunkCount;
    /** Where bytes go next, and how many fit: of a chunk or of a gap that a restart has left in one. */
    private long open = BlockPool.NONE;
    private int openBytes;
    private long[] gaps = new long[8];
    private long[] gapBytes = new long[8];
    private int gapCount;
    private long reserveBytes;
    private int reserveCodes;

    private long soughtAddress;
    private int soughtLength;
    private final CodeIndex.Match match = this::isSought;

    /** An empty table; the seed keeps values that a stranger chose from colliding. */
    public ValueTable(final BlockPool pool, final BlockUse use, final RootSlots roots, final long seed) {
        this.pool = pool;
        this.use = use;
        this.seed = seed;
        this.index = new CodeIndex(pool, use);
        this.pageBlocks = new RootedBlocks(pool, use, roots, RootKind.VALUE_ENTRIES);
        this.chunkBlocks = new RootedBlocks(pool, use, roots, RootKind.VALUE_BYTES);
        Arrays.fill(freePieces, BlockPool.NONE);
    }

    /** Where its bytes are counted. */
    public BlockUse use() {
        return use;
    }

    /** Values held. Lane only. */
    public long size() {
        return index.size();
    }

    /** Hash of a value. Any thread. */
    public int hash(final DirectBuffer buffer, final int offset, final int length) {
        long state = seed ^ length * 0x9E37_79B9_7F4A_7C15L;
        int at = offset;
        final int end = offset + length;
        for (; at + Long.BYTES <= end; at += Long.BYTES) {
            state = mix(state ^ buffer.getLong(at, ByteOrder.LITTLE_ENDIAN));
        }
        long tail = 0;
        for (; at < end; at++) {
            tail = tail << Byte.SIZE | buffer.getByte(at) & 0xFF;
        }
        state = mix(state ^ tail);
        return (int) (state ^ state >>> 32);
    }

    /** Hash of a value at an address; up to 8 bytes beyond it are read. Any thread. */
    public int hash(final long address, final int length) {
        long state = seed ^ length * 0x9E37_79B9_7F4A_7C15L;
        long at = address;
        int left = length;
        for (; left >= Long.BYTES; left -= Long.BYTES) {
            state = mix(state ^ NativeMemory.ALL.get(LONG_UNALIGNED, at));
            at += Long.BYTES;
        }
        // the bytes left, the first of them highest; a shift by 64 would be a shift by none
        final long tail = Long.reverseBytes(NativeMemory.ALL.get(LONG_UNALIGNED, at)) >>> 1 >>> Long.SIZE - 1 - left * Byte.SIZE;
        state = mix(state ^ tail);
        return (int) (state ^ state >>> 32);
    }

    /** The lane code of a value, or 0 if the lane has none; up to 8 bytes beyond it are read. Lane only. */
    public int find(final int hash, final long address, final int length) {
        soughtAddress = address;
        soughtLength = length;
        return index.find(hash, match);
    }

    /** Starts counting the room that a batch's new values may need. */
    public void beginReserve() {
        index.beginReserve();
        reserveBytes = 0;
        reserveCodes = 0;
    }

    /** Counts a value; false if there is no room. */
    public boolean reserve(final int hash, final int length) {
        reserveBytes += pieceBytes(length);
        reserveCodes++;
        return index.reserveTag(hash);
    }

    /** 1: all has room; 0: count all once more; -1: no room. */
    public int endReserve() {
        while (freeCodes + (pages.length << ENTRIES_PER_PAGE_SHIFT) - codesMade - 1 < reserveCodes) {
            final long page = pageBlocks.add(PAGE_BYTES);
            if (page == BlockPool.NONE) {
                return -1;
            }
            final long[] longer = Arrays.copyOf(pages, pages.length + 1);
            longer[pages.length] = pool.address(page);
            pages = longer;
        }
        // any two neighbouring chunks hold together more than one chunk's worth, since a chunk is left only for a piece that does not fit
        // in it
        final int wanted = reserveBytes == 0 ? 0 : (int) ((reserveBytes + HALF_CHUNK_BYTES - 1) / HALF_CHUNK_BYTES) + 1;
        while (spareChunkCount < wanted) {
            final long spare = chunkBlocks.add(CHUNK_BYTES);
            if (spare == BlockPool.NONE) {
                return -1;
            }
            spareChunks = append(spareChunks, spareChunkCount++, spare);
        }
        return index.endReserve() ? 1 : 0;
    }

    /** The code of a value, new if need be, for which room was reserved; up to 8 bytes beyond it are read. Lane only. */
    public int findOrAdd(final int hash, final long address, final int length) {
        final int found = find(hash, address, length);
        if (found != 0) {
            return found;
        }
        final int code = add(hash, length);
        MemorySegment.copy(NativeMemory.ALL, address, NativeMemory.ALL, pool.address(piece(code)), length);
        return code;
    }

    /** The code of a value in a buffer, new if need be, for which room was reserved. Lane only. */
    public int findOrAdd(final int hash, final DirectBuffer buffer, final int offset, final int length) {
        final int found = index.find(hash, code -> isEqual(code, buffer, offset, length));
        if (found != 0) {
            return found;
        }
        final int code = add(hash, length);
        final long start = pool.address(piece(code));
        for (int i = 0; i < length; i++) {
            NativeMemory.ALL.set(BYTE, start + i, buffer.getByte(offset + i));
        }
        return code;
    }

    /** One more segment dictionary holds the code. Lane only. */
    public void retain(final int code) {
        final long at = entryAddress(code) + REFERENCES_OFFSET;
        final MemorySegment memory = NativeMemory.ALL;
        memory.set(INT, at, memory.get(INT, at) + 1);
    }

    /** One segment dictionary less holds the code. Lane only. */
    public void release(final int code) {
        final MemorySegment memory = NativeMemory.ALL;
        final long entry = entryAddress(code);
        final int references = memory.get(INT, entry + REFERENCES_OFFSET) - 1;
        memory.set(INT, entry + REFERENCES_OFFSET, references);
        if (references == 0) {
            index.remove(memory.get(INT, entry + HASH_OFFSET), code);
            givePiece(memory.get(LONG, entry), sizeClass(memory.get(INT, entry + LENGTH_OFFSET)));
            giveCode(code);
        }
    }

    /** Lets a value go that no segment's dictionary came to hold. Lane only. */
    public void releaseUnreferenced(final int code) {
        if (NativeMemory.ALL.get(INT, entryAddress(code) + REFERENCES_OFFSET) == 0) {
            retain(code);
            release(code);
        }
    }

    /** Bytes of a value. */
    public int length(final int code) {
        return NativeMemory.ALL.get(INT, entryAddress(code) + LENGTH_OFFSET);
    }

    /** Hash of a value, as {@link #hash} gives it. */
    public int hash(final int code) {
        return NativeMemory.ALL.get(INT, entryAddress(code) + HASH_OFFSET);
    }

    /** Copies a value's bytes, {@link #length} of them. */
    public void copy(final int code, final byte[] target, final int offset) {
        final long piece = NativeMemory.ALL.get(LONG, entryAddress(code));
        MemorySegment.copy(NativeMemory.ALL, BYTE, pool.address(piece), target, offset, length(code));
    }

    /** Whether the code's value is these bytes. */
    public boolean isEqual(final int code, final DirectBuffer buffer, final int offset, final int length) {
        final MemorySegment memory = NativeMemory.ALL;
        final long entry = entryAddress(code);
        if (memory.get(INT, entry + LENGTH_OFFSET) != length) {
            return false;
        }
        final long piece = memory.get(LONG, entry);
        final long start = pool.address(piece);
        int i = 0;
        for (; i + Long.BYTES <= length; i += Long.BYTES) {
            if (memory.get(LONG_UNALIGNED, start + i) != buffer.getLong(offset + i)) {
                return false;
            }
        }
        for (; i < length; i++) {
            if (memory.get(BYTE, start + i) != buffer.getByte(offset + i)) {
                return false;
            }
        }
        return true;
    }

    /** Releases all memory, whoever refers to it. */
    public void close() {
        index.close();
        pages = new long[0];
        pageBlocks.close();
        chunkBlocks.close();
        spareChunkCount = 0;
        gapCount = 0;
        openBytes = 0;
        codesMade = 0;
        firstFreeCode = 0;
        freeCodes = 0;
        Arrays.fill(freePieces, BlockPool.NONE);
    }

    /**
     * After a restart: one more recovered dictionary refers to a code.
     *
     * @throws IllegalStateException if there is no such code.
     */
    void recoverReference(final int code) {
        if (code <= 0 || code >= codeLimit()) {
            throw new IllegalStateException("a dictionary refers to value " + code + " of " + codeLimit());
        }
        retain(code);
    }

    RootedBlocks pageBlocks() {
        return pageBlocks;
    }

    RootedBlocks chunkBlocks() {
        return chunkBlocks;
    }

    /** Takes the recovered pages into use: no value in them is referred to yet. */
    void recoverPages() {
        final long[] addresses = new long[pageBlocks.size()];
        for (int i = 0; i < addresses.length; i++) {
            addresses[i] = pool.address(pageBlocks.handle(i));
        }
        pages = addresses;
        for (int code = 1, limit = codeLimit(); code < limit; code++) {
            NativeMemory.ALL.set(INT, entryAddress(code) + REFERENCES_OFFSET, 0);
        }
    }

    /** Codes that the pages have place for are below this. */
    int codeLimit() {
        return pages.length << ENTRIES_PER_PAGE_SHIFT;
    }

    boolean isReferred(final int code) {
        return NativeMemory.ALL.get(INT, entryAddress(code) + REFERENCES_OFFSET) > 0;
    }

    long piece(final int code) {
        return NativeMemory.ALL.get(LONG, entryAddress(code));
    }

    /** Puts a recovered value into the index; false if there is no room. */
    boolean recoverIndex(final int code) {
        final int hash = hash(code);
        index.beginReserve();
        if (!index.reserveTag(hash)) {
            return false;
        }
        index.add(hash, code);
        return true;
    }

    void recoverCodesMade(final int codes) {
        codesMade = codes;
    }

    void giveCode(final int code) {
        NativeMemory.ALL.set(INT, entryAddress(code) + NEXT_FREE_OFFSET, firstFreeCode);
        firstFreeCode = code;
        freeCodes++;
    }

    /** A part of a chunk in which no value lies. */
    void recoverGap(final long handle, final int lengthBytes) {
        if (lengthBytes == CHUNK_BYTES) {
            spareChunks = append(spareChunks, spareChunkCount++, handle);
        } else if (lengthBytes <= FINE_LIMIT_BYTES) {
            givePiece(handle, sizeClass(lengthBytes));
        } else {
            gaps = append(gaps, gapCount, handle);
            gapBytes = append(gapBytes, gapCount++, lengthBytes);
        }
    }

    static int pieceBytes(final int length) {
        return length <= FINE_LIMIT_BYTES
            ? (Math.max(0, length - 1) / FINE_STEP_BYTES + 1) * FINE_STEP_BYTES
            : Integer.highestOneBit(length - 1) << 1;
    }

    /** A code with an entry and a piece for its bytes. */
    private int add(final int hash, final int length) {
        final int code;
        if (firstFreeCode != 0) {
            code = firstFreeCode;
            firstFreeCode = NativeMemory.ALL.get(INT, entryAddress(code) + NEXT_FREE_OFFSET);
            freeCodes--;
        } else {
            code = ++codesMade;
        }
        final MemorySegment memory = NativeMemory.ALL;
        final long entry = entryAddress(code);
        memory.set(LONG, entry, takePiece(length));
        memory.set(INT, entry + LENGTH_OFFSET, length);
        memory.set(INT, entry + HASH_OFFSET, hash);
        memory.set(INT, entry + REFERENCES_OFFSET, 0);
        index.add(hash, code);
        return code;
    }

    /** Pieces are at least 16 bytes and multiples of it, so whole longs of them may be read. */
    private boolean isSought(final int code) {
        final long entry = entryAddress(code);
        if (NativeMemory.ALL.get(INT, entry + LENGTH_OFFSET) != soughtLength) {
            return false;
        }
        long held = pool.address(NativeMemory.ALL.get(LONG, entry));
        long sought = soughtAddress;
        int left = soughtLength;
        for (; left > Long.BYTES; left -= Long.BYTES) {
            if (NativeMemory.ALL.get(LONG_UNALIGNED, held) != NativeMemory.ALL.get(LONG_UNALIGNED, sought)) {
                return false;
            }
            held += Long.BYTES;
            sought += Long.BYTES;
        }
        final long differing = NativeMemory.ALL.get(LONG_UNALIGNED, held) ^ NativeMemory.ALL.get(LONG_UNALIGNED, sought);
        return left == 0 || differing << Long.SIZE - left * Byte.SIZE == 0;
    }

    private long entryAddress(final int code) {
        return pages[code >>> ENTRIES_PER_PAGE_SHIFT] + (long) (code & (1 << ENTRIES_PER_PAGE_SHIFT) - 1) * ENTRY_BYTES;
    }

    private long takePiece(final int length) {
        final int sizeClass = sizeClass(length);
        final long free = freePieces[sizeClass];
        if (free != BlockPool.NONE) {
            freePieces[sizeClass] = NativeMemory.ALL.get(LONG, pool.address(free));
            return free;
        }
        final int pieceBytes = pieceBytes(length);
        while (openBytes < pieceBytes) {
            giveRest();
            if (gapCount > 0) {
                open = gaps[--gapCount];
                openBytes = (int) gapBytes[gapCount];
            } else {
                open = spareChunks[--spareChunkCount];
                openBytes = CHUNK_BYTES;
            }
        }
        final long piece = open;
        open += pieceBytes;
        openBytes -= pieceBytes;
        return piece;
    }

    /** What is left of the open part becomes free pieces. */
    private void giveRest() {
        while (openBytes > 0) {
            final int pieceBytes = Math.min(openBytes, FINE_LIMIT_BYTES);
            givePiece(open, sizeClass(pieceBytes));
            open += pieceBytes;
            openBytes -= pieceBytes;
        }
    }

    private void givePiece(final long piece, final int sizeClass) {
        NativeMemory.ALL.set(LONG, pool.address(piece), freePieces[sizeClass]);
        freePieces[sizeClass] = piece;
    }

    private static int sizeClass(final int length) {
        return length <= FINE_LIMIT_BYTES
            ? Math.max(0, length - 1) / FINE_STEP_BYTES
            : FINE_LIMIT_BYTES / FINE_STEP_BYTES + Integer.SIZE - Integer.numberOfLeadingZeros(length - 1);
    }

    private static long[] append(final long[] array, final int count, final long value) {
        final long[] result = count < array.length ? array : Arrays.copyOf(array, count * 2);
        result[count] = value;
        return result;
    }

    private static long mix(final long value) {
        final long high = Math.unsignedMultiplyHigh(value, 0xD6E8_FEB8_6659_FD93L);
        return high ^ value * 0xD6E8_FEB8_6659_FD93L;
    }
}
