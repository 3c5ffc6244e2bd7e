package io.truenow.engine.store.value;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * The rows of each code of one dimension of an open segment, the last first: by code the last row and how many there are, in pages that
 * never move; each row's link leads to the row before of the same code. The lane adds rows before it publishes them, so a reader passes
 * over those that are not of its cut. Derived: chains end with the process, and without room for them rows are merely not linked.
 *
 * <pre>
 *   page: int64[4 096], by code: rows of the chain in the upper half, reference of its last row in the lower, 0 for none
 *   link: int32, reference of the row before, 0 for none
 *   reference: 1 + (index of the block in its segment * 4 096 + row in the block)
 * </pre>
 */
public final class RowChains {
    private static final int PAGE_SHIFT = 12;
    private static final int PAGE_BYTES = Long.BYTES << PAGE_SHIFT;
    private static final int ROW_SHIFT = 12;
    private static final int MAX_BLOCKS = 1 << Integer.SIZE - 1 - ROW_SHIFT;
    private static final MemorySegment MEMORY = NativeMemory.ALL;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
    /** Released and acquired: whoever sees a row sees its link, and its block. */
    private static final VarHandle LAST = ValueLayout.JAVA_LONG.varHandle();

    private final BlockPool pool;
    private final BlockUse use;
    private long[] handles = new long[0];
    /** Volatile: a reader that sees a new array must see its elements. */
    private volatile long[] pages = new long[0];
    private volatile long linkedFrom;

    /** Chains of no rows of a segment that has so many. */
    public RowChains(final BlockPool pool, final BlockUse use, final long rowCount) {
        this.pool = pool;
        this.use = use;
        this.linkedFrom = rowCount;
    }

    /** All rows from this one on are linked; to be asked after the cut was taken and before chains are followed. */
    public long linkedFrom() {
        return linkedFrom;
    }

    /** Rows and the last one of a code's chain, for {@link #rows} and {@link #last}. */
    public long chain(final int code) {
        final long[] known = pages;
        final int page = code >>> PAGE_SHIFT;
        return page < known.length ? (long) LAST.getAcquire(MEMORY, address(known, code)) : 0;
    }

    /** Rows of a chain. */
    public static int rows(final long chain) {
        return (int) (chain >>> Integer.SIZE);
    }

    /** Reference of a chain's last row, 0 for none. */
    public static int last(final long chain) {
        return (int) chain;
    }

    /** Index of a row's block in the segment. */
    public static int block(final int reference) {
        return reference - 1 >>> ROW_SHIFT;
    }

    /** Number of a row in its block. */
    public static int row(final int reference) {
        return reference - 1 & (1 << ROW_SHIFT) - 1;
    }

    /** Sees to chains of codes below a limit, as far as there is room. Lane only. */
    public void reserve(final int codeLimit) {
        while ((long) handles.length << PAGE_SHIFT < codeLimit) {
            final long handle = pool.allocate(use, PAGE_BYTES);
            if (handle == BlockPool.NONE) {
                return;
            }
            MEMORY.asSlice(pool.address(handle), PAGE_BYTES).fill((byte) 0);
            handles = Arrays.copyOf(handles, handles.length + 1);
            handles[handles.length - 1] = handle;
            final long[] longer = Arrays.copyOf(pages, handles.length);
            longer[handles.length - 1] = pool.address(handle);
            pages = longer;
        }
    }

    /**
     * Links rows of a block. Lane only, before they are published.
     *
     * @param codesAddress of the first row's code, others follow.
     * @param linksAddress where its link is to be, 0 if the block has no room for links.
     * @param rowsBefore   rows of the segment before these.
     */
    public void add(
        final long codesAddress, final long linksAddress, final int block, final int row, final int count, final long rowsBefore) {
        final long[] known = pages;
        final int limit = known.length << PAGE_SHIFT;
        final int first = (block << ROW_SHIFT) + row + 1;
        int linked = 0;
        if (linksAddress != 0 && block < MAX_BLOCKS) {
            while (linked < count) {
                final int code = MEMORY.get(INT, codesAddress + (long) linked * Integer.BYTES);
                if (code >= limit) {
                    break;
                }
                final long address = address(known, code);
                final long before = MEMORY.get(LONG, address);
                MEMORY.set(INT, linksAddress + (long) linked * Integer.BYTES, (int) before);
                LAST.setRelease(MEMORY, address, (before >>> Integer.SIZE) + 1 << Integer.SIZE | first + linked);
                linked++;
            }
        }
        if (linked < count) {
            linkedFrom = rowsBefore + count;
        }
    }

    /** Gives the memory back. Lane only, when no query uses the segment. */
    public void close() {
        for (final long handle : handles) {
            pool.release(use, handle);
        }
        handles = new long[0];
        pages = new long[0];
    }

    private static long address(final long[] known, final int code) {
        return known[code >>> PAGE_SHIFT] + (long) (code & (1 << PAGE_SHIFT) - 1) * Long.BYTES;
    }
}
