package io.truenow.engine.store.segment;

import io.truenow.engine.store.meta.RedoRecord;
import io.truenow.engine.store.meta.RootKind;
import io.truenow.engine.store.meta.RootSlots;
import io.truenow.engine.store.shard.ShardVector;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * What outlives the process of a shard itself: the root object of a shard, a block of the pool made when its first batch comes. Belongs to
 * the lane.
 *
 * <pre>
 *    0  int32 magic, int32 length in bytes
 *    8  int32 shard, int32 table
 *   16  int64 positions
 *   24  int64 watermark, Long.MIN_VALUE for none
 *   32  int64 available from, Long.MIN_VALUE for all
 *   40  int64 let go until, Long.MIN_VALUE for never, 0 where it is not known
 *   48  int64[2] 0
 *   64  vector: {int64 gateway, int64 incarnation, int64 sequence}
 * </pre>
 * A gateway's entry is there, with position 0, before a batch of it is committed. Where there is no place for one more a larger header
 * takes the root slot in one store.
 */
final class ShardHeader {
    private static final int MAGIC = 0x5348_5244;
    private static final int LENGTH_OFFSET = 4;
    private static final int SHARD_OFFSET = 8;
    private static final int TABLE_OFFSET = 12;
    private static final int POSITIONS_OFFSET = 16;
    private static final int WATERMARK_OFFSET = 24;
    private static final int AVAILABLE_FROM_OFFSET = 32;
    private static final int LET_GO_UNTIL_OFFSET = 40;
    private static final int VECTOR_OFFSET = 64;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MemorySegment MEMORY = NativeMemory.ALL;

    private final LaneMemory memory;
    private long handle = BlockPool.NONE;
    private long address;
    private int slot = RootSlots.NONE;
    private long letGoUntilUs = Long.MIN_VALUE;
    private int[] gatewayIds = new int[2];
    private int gatewayCount;

    ShardHeader(final LaneMemory memory) {
        this.memory = memory;
    }

    static boolean isHeader(final long address) {
        final long positions = MEMORY.get(LONG, address + POSITIONS_OFFSET);
        final int lengthBytes = lengthBytes(address);
        return MEMORY.get(INT, address) == MAGIC
            && lengthBytes >= BlockPool.MIN_BLOCK_BYTES && positions >= 0 && positions <= places(lengthBytes);
    }

    static int lengthBytes(final long address) {
        return MEMORY.get(INT, address + LENGTH_OFFSET);
    }

    static int shardId(final long address) {
        return MEMORY.get(INT, address + SHARD_OFFSET);
    }

    static int tableId(final long address) {
        return MEMORY.get(INT, address + TABLE_OFFSET);
    }

    static long watermarkUs(final long address) {
        return MEMORY.get(LONG, address + WATERMARK_OFFSET);
    }

    static long availableFromUs(final long address) {
        return MEMORY.get(LONG, address + AVAILABLE_FROM_OFFSET);
    }

    static ShardVector vector(final long address) {
        return ShardVector.read(address + VECTOR_OFFSET, (int) MEMORY.get(LONG, address + POSITIONS_OFFSET));
    }

    /** After a restart: goes on with the header that is there. */
    void recover(final long recoveredHandle, final int recoveredSlot) {
        handle = recoveredHandle;
        address = memory.pool().address(handle);
        slot = recoveredSlot;
        final long keptUs = MEMORY.get(LONG, address + LET_GO_UNTIL_OFFSET);
        letGoUntilUs = keptUs == 0 ? availableFromUs(address) : keptUs;
        gatewayCount = (int) MEMORY.get(LONG, address + POSITIONS_OFFSET);
        gatewayIds = new int[Math.max(2, gatewayCount)];
        for (int i = 0; i < gatewayCount; i++) {
            gatewayIds[i] = (int) MEMORY.get(LONG, entryAddress(i));
        }
    }

    /** Sees to a place for the position of a gateway; false if there is no room. */
    boolean reserve(final ShardStore shard, final int gatewayId) {
        if (indexOf(gatewayId) >= 0) {
            return true;
        }
        if ((handle == BlockPool.NONE || gatewayCount == places(lengthBytes(address))) && !grow(shard)) {
            return false;
        }
        ShardVector.writeEntry(entryAddress(gatewayCount), gatewayId, 0, 0);
        VarHandle.releaseFence();
        MEMORY.set(LONG, address + POSITIONS_OFFSET, gatewayCount + 1L);
        if (gatewayCount == gatewayIds.length) {
            gatewayIds = Arrays.copyOf(gatewayIds, gatewayCount * 2);
        }
        gatewayIds[gatewayCount++] = gatewayId;
        return true;
    }

    /** Adds to a commit what a batch moves in the shard, for which a place was reserved. */
    void commit(final RedoRecord redo, final int gatewayId, final long incarnation, final long sequence, final long watermarkUs) {
        final long entry = handle + VECTOR_OFFSET + (long) indexOf(gatewayId) * ShardVector.ENTRY_BYTES;
        redo.add(entry + ShardVector.INCARNATION_OFFSET, incarnation);
        redo.add(entry + ShardVector.SEQUENCE_OFFSET, sequence);
        redo.add(handle + WATERMARK_OFFSET, watermarkUs);
    }

    /** Before rows are let go. */
    void availableFrom(final long timeUs) {
        if (handle != BlockPool.NONE) {
            MEMORY.set(LONG, address + AVAILABLE_FROM_OFFSET, timeUs);
            VarHandle.releaseFence();
        }
    }

    long letGoUntilUs() {
        return letGoUntilUs;
    }

    /** Before rows are let go. */
    void letGoUntil(final long timeUs) {
        letGoUntilUs = timeUs;
        if (handle != BlockPool.NONE) {
            MEMORY.set(LONG, address + LET_GO_UNTIL_OFFSET, timeUs);
            VarHandle.releaseFence();
        }
    }

    /** The shard leaves the lane: at a restart it would not be there, nor would its segments. */
    void close() {
        if (handle != BlockPool.NONE) {
            memory.roots().unlink(slot);
            memory.pool().release(memory.headers(), handle);
            handle = BlockPool.NONE;
            gatewayCount = 0;
        }
    }

    private boolean grow(final ShardStore shard) {
        final BlockPool pool = memory.pool();
        final int lengthBytes = handle == BlockPool.NONE ? BlockPool.MIN_BLOCK_BYTES : lengthBytes(address) * 2;
        final long larger = lengthBytes > pool.maxBlockBytes() ? BlockPool.NONE : pool.allocate(memory.headers(), lengthBytes);
        if (larger == BlockPool.NONE) {
            return false;
        }
        final long largerAddress = pool.address(larger);
        MEMORY.asSlice(largerAddress, VECTOR_OFFSET).fill((byte) 0);
        MEMORY.set(INT, largerAddress, MAGIC);
        MEMORY.set(INT, largerAddress + LENGTH_OFFSET, lengthBytes);
        MEMORY.set(INT, largerAddress + SHARD_OFFSET, shard.shardId());
        MEMORY.set(INT, largerAddress + TABLE_OFFSET, shard.tableId());
        MEMORY.set(LONG, largerAddress + POSITIONS_OFFSET, gatewayCount);
        MEMORY.set(LONG, largerAddress + WATERMARK_OFFSET, handle == BlockPool.NONE ? Long.MIN_VALUE : watermarkUs(address));
        MEMORY.set(LONG, largerAddress + AVAILABLE_FROM_OFFSET, shard.availableFromUs());
        MEMORY.set(LONG, largerAddress + LET_GO_UNTIL_OFFSET, letGoUntilUs);
        if (handle == BlockPool.NONE) {
            slot = memory.roots().link(RootKind.SHARD, shard.shardId(), larger);
            if (slot == RootSlots.NONE) {
                pool.release(memory.headers(), larger);
                return false;
            }
        } else {
            MemorySegment.copy(MEMORY, address + VECTOR_OFFSET, MEMORY, largerAddress + VECTOR_OFFSET,
                (long) gatewayCount * ShardVector.ENTRY_BYTES);
            memory.roots().relink(slot, larger);
            pool.release(memory.headers(), handle);
        }
        handle = larger;
        address = largerAddress;
        return true;
    }

    private int indexOf(final int gatewayId) {
        int at = gatewayCount - 1;
        while (at >= 0 && gatewayIds[at] != gatewayId) {
            at--;
        }
        return at;
    }

    private long entryAddress(final int index) {
        return address + VECTOR_OFFSET + (long) index * ShardVector.ENTRY_BYTES;
    }

    private static int places(final int lengthBytes) {
        return (lengthBytes - VECTOR_OFFSET) / ShardVector.ENTRY_BYTES;
    }
}
