package io.truenow.engine.store.meta;

import io.truenow.fabric.memory.MemoryTag;
import io.truenow.fabric.memory.NativeMemory;
import io.truenow.fabric.memory.os.MappedFile;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The memory of {@code lane.meta}, mapped shared like the regions beside it, so it too outlives the process. Made or opened by the
 * launching thread, then the lane's alone.
 *
 * <pre>
 *        0  int64 magic, int32 format, int32 length of the file in bytes
 *       16  int64[2] boot id of the kernel, int64[2] key of the node, int64 bytes of a region
 *       56  int64[2] catalog id, 0 until known
 *       72  int64 seed of value hashes
 *       80  int64 first further page of root slots, see {@link RootSlots}
 *    4 096  redo record, see {@link RedoRecord}
 *   73 728  root slots to the end
 * </pre>
 */
public final class LaneMeta implements AutoCloseable {
    /** Length of the file. */
    public static final int LENGTH_BYTES = 256 * 1_024;
    static final int NEXT_ROOT_PAGE_OFFSET = 80;
    static final int REDO_OFFSET = 4_096;
    static final int ROOTS_OFFSET = 73_728;

    private static final String FILE = "lane.meta";
    private static final String UNFINISHED_FILE = "lane.meta.new";
    private static final long MAGIC = 0x544e_4c41_4e45_4d31L;
    private static final int FORMAT = 1;
    private static final int FORMAT_OFFSET = 8;
    private static final int LENGTH_OFFSET = 12;
    private static final int BOOT_ID_OFFSET = 16;
    private static final int INSTANCE_KEY_OFFSET = 32;
    private static final int REGION_BYTES_OFFSET = 48;
    private static final int CATALOG_ID_OFFSET = 56;
    private static final int SEED_OFFSET = 72;
    private static final long PAGE_BYTES = 4_096;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    /** Null where nobody counts. */
    private final MemoryTag tag;
    private final Arena arena;
    private final long address;

    private LaneMeta(final MemoryTag tag, final Arena arena, final MemorySegment memory) {
        this.tag = tag;
        this.arena = arena;
        this.address = memory.address();
    }

    /** One that ends with the process, beside anonymous regions: for tests and tools. */
    public static LaneMeta anonymous(final long valueHashSeed) {
        final Arena arena = Arena.ofShared();
        final LaneMeta meta = new LaneMeta(null, arena, arena.allocate(LENGTH_BYTES, PAGE_BYTES));
        NativeMemory.ALL.set(LONG, meta.address + SEED_OFFSET, valueHashSeed);
        return meta;
    }

    /**
     * Makes the file, under which there are no regions yet. It gets its name once it is whole.
     *
     * @param tag has its bytes until it is closed.
     * @throws IOException if it cannot be made, mostly because the file system is full.
     */
    public static LaneMeta create(
        final Path directory, final LaneIdentity identity, final long valueHashSeed, final MemoryTag tag) throws IOException {
        final Path unfinished = directory.resolve(UNFINISHED_FILE);
        Files.deleteIfExists(unfinished);
        Files.createFile(unfinished);
        final LaneMeta meta = map(unfinished, tag);
        try {
            final MemorySegment memory = NativeMemory.ALL;
            memory.set(LONG, meta.address, MAGIC);
            memory.set(INT, meta.address + FORMAT_OFFSET, FORMAT);
            memory.set(INT, meta.address + LENGTH_OFFSET, LENGTH_BYTES);
            memory.set(LONG, meta.address + BOOT_ID_OFFSET, identity.bootIdHigh());
            memory.set(LONG, meta.address + BOOT_ID_OFFSET + Long.BYTES, identity.bootIdLow());
            memory.set(LONG, meta.address + INSTANCE_KEY_OFFSET, identity.instanceKeyHigh());
            memory.set(LONG, meta.address + INSTANCE_KEY_OFFSET + Long.BYTES, identity.instanceKeyLow());
            memory.set(LONG, meta.address + REGION_BYTES_OFFSET, identity.regionBytes());
            memory.set(LONG, meta.address + SEED_OFFSET, valueHashSeed);
            VarHandle.releaseFence();
            Files.move(unfinished, directory.resolve(FILE), StandardCopyOption.ATOMIC_MOVE);
            return meta;
        } catch (final IOException e) {
            meta.close();
            throw e;
        }
    }

    /** Whether there is such a file. */
    public static boolean exists(final Path directory) {
        return Files.exists(directory.resolve(FILE));
    }

    /** Deletes the file, which is not mapped: from now on nothing in the regions beside it counts. */
    public static void delete(final Path directory) throws IOException {
        Files.deleteIfExists(directory.resolve(FILE));
        Files.deleteIfExists(directory.resolve(UNFINISHED_FILE));
    }

    /**
     * Maps a file that is there.
     *
     * @param tag has its bytes until it is closed.
     * @throws IOException if it cannot be mapped, or the regions beside it cannot be taken over: the message says why.
     */
    public static LaneMeta open(final Path directory, final LaneIdentity identity, final MemoryTag tag) throws IOException {
        final Path file = directory.resolve(FILE);
        final long lengthBytes = Files.size(file);
        if (lengthBytes != LENGTH_BYTES) {
            throw new IOException("lane.meta has " + lengthBytes + " bytes instead of " + LENGTH_BYTES);
        }
        final LaneMeta meta = map(file, tag);
        try {
            meta.check(identity);
            return meta;
        } catch (final IOException e) {
            meta.close();
            throw e;
        }
    }

    /** Seed of the hashes in value entries and dictionaries. */
    public long valueHashSeed() {
        return NativeMemory.ALL.get(LONG, address + SEED_OFFSET);
    }

    /** Upper half of the id of the catalog to which shards, tables and gateways belong; 0 until known. */
    public long catalogIdHigh() {
        return NativeMemory.ALL.get(LONG, address + CATALOG_ID_OFFSET);
    }

    /** Lower half of the catalog's id. */
    public long catalogIdLow() {
        return NativeMemory.ALL.get(LONG, address + CATALOG_ID_OFFSET + Long.BYTES);
    }

    /** Binds the lane to a catalog. There must be no shard of another one: ids torn by a kill are then those of no catalog. */
    public void catalogId(final long high, final long low) {
        VarHandle.releaseFence();
        NativeMemory.ALL.set(LONG, address + CATALOG_ID_OFFSET, high);
        NativeMemory.ALL.set(LONG, address + CATALOG_ID_OFFSET + Long.BYTES, low);
        VarHandle.releaseFence();
    }

    /** Unmaps it; the file stays. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
            if (tag != null) {
                tag.release(LENGTH_BYTES);
            }
        }
    }

    long address() {
        return address;
    }

    private static LaneMeta map(final Path file, final MemoryTag tag) throws IOException {
        // what is there is more than can be refused for a quarter of a mebibyte
        tag.reserve(LENGTH_BYTES);
        final Arena arena = Arena.ofShared();
        try {
            return new LaneMeta(tag, arena, MappedFile.map(file, LENGTH_BYTES, arena));
        } catch (final IOException | RuntimeException e) {
            arena.close();
            tag.release(LENGTH_BYTES);
            throw e;
        }
    }

    private void check(final LaneIdentity identity) throws IOException {
        final MemorySegment memory = NativeMemory.ALL;
        require(memory.get(LONG, address) == MAGIC, "lane.meta is damaged");
        require(memory.get(INT, address + FORMAT_OFFSET) == FORMAT, "they have another format");
        require(memory.get(INT, address + LENGTH_OFFSET) == LENGTH_BYTES, "lane.meta is damaged");
        require(memory.get(LONG, address + BOOT_ID_OFFSET) == identity.bootIdHigh()
            && memory.get(LONG, address + BOOT_ID_OFFSET + Long.BYTES) == identity.bootIdLow(), "the machine was started again since");
        require(memory.get(LONG, address + INSTANCE_KEY_OFFSET) == identity.instanceKeyHigh()
            && memory.get(LONG, address + INSTANCE_KEY_OFFSET + Long.BYTES) == identity.instanceKeyLow(), "they are another node's");
        final long regionBytes = memory.get(LONG, address + REGION_BYTES_OFFSET);
        require(regionBytes == identity.regionBytes(), "regions of " + regionBytes + " bytes, not " + identity.regionBytes());
    }

    private static void require(final boolean holds, final String otherwise) throws IOException {
        if (!holds) {
            throw new IOException(otherwise);
        }
    }
}
