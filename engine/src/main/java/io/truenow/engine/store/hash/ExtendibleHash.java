package io.truenow.engine.store.hash;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.BlockUse;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Extendible hashing with open addressing inside a page. Belongs to one thread.
 *
 * <p>A page is a block of slots, a power of two of them, probed linearly and at most three quarters full. It starts with a few slots and
 * doubles up to {@link #MAX_PAGE_SLOTS}; then it splits by the next of the hash's top bits, found through a directory of pages on the heap.
 * So a table of ten entries is one block of 256 bytes, growth of a large one moves one page, and no block is larger than the pool grants.
 *
 * <p>Growth happens only while room is reserved: {@link #beginReserve}, {@link #reserve} for every entry that may come, {@link
 * #endReserve}. Inserting into reserved room cannot fail. A slot whose first 8 bytes and, where it is longer, next 8 bytes are zero is
 * empty.
 */
abstract class ExtendibleHash implements AutoCloseable {
    /** Slots after which a page splits instead of doubling. */
    static final int MAX_PAGE_SLOTS = 8_192;
    /** Beyond this depth, which 2^20 full pages or hashes that are no hashes lead to, pages double again. */
    static final int MAX_DEPTH = 20;

    static final MemorySegment MEMORY = NativeMemory.ALL;

    private final BlockPool pool;
    private final BlockUse use;
    private final int slotBytes;
    private Page[] directory;
    private int depth;
    private long size;
    private long reserveStamp;
    private boolean recount;

    ExtendibleHash(final BlockPool pool, final BlockUse use, final int slotBytes) {
        this.pool = pool;
        this.use = use;
        this.slotBytes = slotBytes;
    }

    /** Entries held. */
    public final long size() {
        return size;
    }

    /** Starts counting the room that a batch may need. */
    public final void beginReserve() {
        reserveStamp++;
        recount = false;
    }

    /**
     * Sees to it that this entry, beside all others reserved since {@link #beginReserve}, would find room.
     *
     * @return false if the pool has none; what was inserted before is unharmed.
     */
    public final boolean reserve(final long hash) {
        if (directory == null && !addFirstPage()) {
            return false;
        }
        Page page = page(hash);
        page.count(reserveStamp);
        while (page.used + page.pending > page.limit) {
            if (!grow(page, hash)) {
                return false;
            }
            page = page(hash);
        }
        return true;
    }

    /** Whether all is reserved; false: a page split and its counts were lost, so reserve all once more. */
    public final boolean endReserve() {
        return !recount;
    }

    /** Releases all pages. */
    @Override
    public final void close() {
        if (directory != null) {
            final List<Page> pages = new ArrayList<>();
            Page last = null;
            for (final Page page : directory) {
                if (page != last) {
                    pages.add(page);
                    last = page;
                }
            }
            pages.forEach(page -> pool.release(use, page.handle));
            directory = null;
            depth = 0;
            size = 0;
        }
    }

    /** Hash of the entry in an occupied slot. */
    abstract long hashOfSlot(long address);

    /** Whether the slot holds an entry. */
    abstract boolean isOccupied(long address);

    /** Page of a hash, null before the first reservation. */
    final Page page(final long hash) {
        return directory == null ? null : directory[directoryIndex(hash, depth)];
    }

    final void onInserted(final Page page) {
        page.used++;
        size++;
    }

    final void onRemoved(final Page page) {
        page.used--;
        size--;
    }

    private static int directoryIndex(final long hash, final int bits) {
        // a shift by 64 would be a shift by none
        return (int) (hash >>> 1 >>> Long.SIZE - 1 - bits);
    }

    private boolean addFirstPage() {
        final Page page = newPage(BlockPool.MIN_BLOCK_BYTES / slotBytes, 0);
        if (page == null) {
            return false;
        }
        directory = new Page[]{page};
        return true;
    }

    private Page newPage(final int slots, final int pageDepth) {
        final int lengthBytes = slots * slotBytes;
        final long handle = lengthBytes > pool.maxBlockBytes() ? BlockPool.NONE : pool.allocate(use, lengthBytes);
        if (handle == BlockPool.NONE) {
            return null;
        }
        final Page page = new Page(handle, pool.address(handle), slots, pageDepth);
        for (long at = page.base, end = at + lengthBytes; at < end; at += Long.BYTES) {
            MEMORY.set(ValueLayout.JAVA_LONG, at, 0L);
        }
        return page;
    }

    private boolean grow(final Page page, final long hash) {
        if (page.slots < MAX_PAGE_SLOTS || page.depth >= MAX_DEPTH) {
            final Page larger = newPage(page.slots * 2, page.depth);
            if (larger == null) {
                return false;
            }
            move(page, larger, larger);
            larger.stamp = page.stamp;
            larger.pending = page.pending;
            replace(page, hash, larger, larger);
        } else {
            final Page low = newPage(page.slots, page.depth + 1);
            if (low == null) {
                return false;
            }
            final Page high = newPage(page.slots, page.depth + 1);
            if (high == null) {
                pool.release(use, low.handle);
                return false;
            }
            move(page, low, high);
            if (page.depth == depth) {
                doubleDirectory();
            }
            replace(page, hash, low, high);
            recount = true;
            page(hash).count(reserveStamp);
        }
        pool.release(use, page.handle);
        return true;
    }

    private void move(final Page from, final Page low, final Page high) {
        for (long at = from.base, end = at + (long) from.slots * slotBytes; at < end; at += slotBytes) {
            if (isOccupied(at)) {
                final long hash = hashOfSlot(at);
                final Page to = low == high || (hash >>> Long.SIZE - 1 - from.depth & 1) == 0 ? low : high;
                int slot = (int) hash & to.mask;
                while (isOccupied(to.base + (long) slot * slotBytes)) {
                    slot = slot + 1 & to.mask;
                }
                MemorySegment.copy(MEMORY, at, MEMORY, to.base + (long) slot * slotBytes, slotBytes);
                to.used++;
            }
        }
    }

    private void doubleDirectory() {
        final Page[] doubled = new Page[directory.length * 2];
        for (int i = 0; i < doubled.length; i++) {
            doubled[i] = directory[i >>> 1];
        }
        directory = doubled;
        depth++;
    }

    /** A page's directory entries are neighbours: all that share its depth's worth of top bits. */
    private void replace(final Page page, final long hash, final Page low, final Page high) {
        final int entries = 1 << depth - page.depth;
        final int first = directoryIndex(hash, page.depth) * entries;
        for (int i = 0; i < entries; i++) {
            directory[first + i] = i < entries / 2 ? low : high;
        }
    }

    /** A block of slots. */
    static final class Page {
        final long handle;
        final long base;
        final int slots;
        final int mask;
        final int limit;
        final int depth;
        int used;
        private int pending;
        private long stamp;

        Page(final long handle, final long base, final int slots, final int depth) {
            this.handle = handle;
            this.base = base;
            this.slots = slots;
            this.mask = slots - 1;
            this.limit = slots / 4 * 3;
            this.depth = depth;
        }

        void count(final long reserveStamp) {
            if (stamp != reserveStamp) {
                stamp = reserveStamp;
                pending = 0;
            }
            pending++;
        }
    }
}
