package io.truenow.engine.scan.sketch;

import io.truenow.engine.store.value.ValueTable;
import io.truenow.format.sketch.HashRegisters;
import io.truenow.format.sketch.ValueHash;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.Arrays;

/**
 * Bytes and registers of a lane's values, for one query at a time: while it holds its segments, a lane code stands for one value. Values
 * are hashed once, unless codes are very large.
 */
public final class LaneValues {
    private static final int PAGE_SHIFT = CodeSets.CHUNK_SHIFT;
    private static final int PAGE_CODES = 1 << PAGE_SHIFT;
    private static final int KEPT_PAGES = 64;
    private static final int MAX_PAGES = 1_024;

    private final ValueTable values;
    private byte[] bytes = new byte[256];
    private final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
    /** By lane code, in pages: the register's index, then in eight bits what it becomes at least; 0 for not known. */
    private int[][] pages = new int[0][];
    /** Instead of pages of very large codes. */
    private final int[] unknown = new int[PAGE_CODES];
    private int pageCount;
    private int shift;

    /** Values of a lane. */
    public LaneValues(final ValueTable values) {
        this.values = values;
    }

    /** Another query begins: codes may stand for other values. */
    public void begin() {
        if (pages.length > KEPT_PAGES) {
            pages = new int[0][];
            pageCount = 0;
        }
        for (final int[] page : pages) {
            if (page != null) {
                Arrays.fill(page, 0);
            }
        }
    }

    /** Lets all memory go. */
    public void forget() {
        if (pages.length > 0) {
            pages = new int[0][];
            pageCount = 0;
        }
    }

    /** The hash by which sketches know a value. */
    long hash(final int laneCode) {
        final DirectBuffer value = bytes(laneCode);
        return ValueHash.of(value, 0, values.length(laneCode));
    }

    /** From now on registers are of 2^shift. */
    void useRegisters(final int newShift) {
        if (shift != newShift) {
            shift = newShift;
            begin();
        }
    }

    /** Registers of the codes of a page, as far as known: to be read, and {@link #register} asked where they are 0. */
    int[] registers(final int page) {
        if (page >= MAX_PAGES) {
            return unknown;
        }
        if (page >= pages.length) {
            pages = Arrays.copyOf(pages, Math.max(page + 1, pages.length * 2));
        }
        if (pages[page] == null) {
            pages[page] = new int[PAGE_CODES];
            pageCount++;
        }
        return pages[page];
    }

    /** A value's register, and in the lowest eight bits what it becomes at least. */
    int register(final int laneCode) {
        final int[] page = registers(laneCode >>> PAGE_SHIFT);
        final int known = page[laneCode & PAGE_CODES - 1];
        if (known != 0) {
            return known;
        }
        final long hash = hash(laneCode);
        final int register = HashRegisters.index(hash, shift) << Byte.SIZE | HashRegisters.value(hash, shift);
        if (page != unknown) {
            page[laneCode & PAGE_CODES - 1] = register;
        }
        return register;
    }

    /** Bytes held on the heap, about. */
    public long heapBytes() {
        return bytes.length + pages.length * 4L + pageCount * (long) PAGE_CODES * Integer.BYTES;
    }

    /** Bytes of a value. */
    int length(final int laneCode) {
        return values.length(laneCode);
    }

    /** A value from index 0 on; valid until the next call. */
    DirectBuffer bytes(final int laneCode) {
        final int length = values.length(laneCode);
        if (length > bytes.length) {
            bytes = new byte[length * 2];
            buffer.wrap(bytes);
        }
        values.copy(laneCode, bytes, 0);
        return buffer;
    }
}
