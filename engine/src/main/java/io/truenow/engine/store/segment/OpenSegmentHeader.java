package io.truenow.engine.store.segment;

import io.truenow.engine.store.shard.ShardVector;
import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The root object of an open or frozen segment, a block of the pool. References are handles + 1, 0 for none.
 *
 * <pre>
 *    0  int32 magic, int32 state: 1 open, 2 frozen
 *    8  int64 uid
 *   16  int64 start of the span, in microseconds
 *   24  int32 shard, int32 positions of the birth vector
 *   32  int64 committed rows
 *   40  int64 reference of the row block linked last
 *   48  int64 reference of the dictionary page linked last
 *   56  int64 0
 *   64  birth vector: {int64 gateway, int64 incarnation, int64 sequence}
 * </pre>
 * All but state, rows and references is written before the header is linked and then stays.
 */
final class OpenSegmentHeader {
    static final int ROWS_OFFSET = 32;
    static final int BLOCKS_OFFSET = 40;
    static final int DICTIONARIES_OFFSET = 48;

    private static final int MAGIC = 0x5345_474d;
    private static final int STATE_OPEN = 1;
    private static final int STATE_FROZEN = 2;
    private static final int STATE_OFFSET = 4;
    private static final int UID_OFFSET = 8;
    private static final int SPAN_OFFSET = 16;
    private static final int SHARD_OFFSET = 24;
    private static final int POSITIONS_OFFSET = 28;
    private static final int BIRTH_OFFSET = 64;
    /** More gateways than a catalog can have. */
    private static final int MOST_POSITIONS = 1 << 16;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final MemorySegment MEMORY = NativeMemory.ALL;

    private OpenSegmentHeader() {
    }

    static int lengthBytes(final int positions) {
        return BIRTH_OFFSET + positions * ShardVector.ENTRY_BYTES;
    }

    static void write(final long address, final long uid, final long spanStartUs, final int shardId, final ShardVector birth) {
        MEMORY.set(INT, address, MAGIC);
        MEMORY.set(INT, address + STATE_OFFSET, STATE_OPEN);
        MEMORY.set(LONG, address + UID_OFFSET, uid);
        MEMORY.set(LONG, address + SPAN_OFFSET, spanStartUs);
        MEMORY.set(INT, address + SHARD_OFFSET, shardId);
        MEMORY.set(INT, address + POSITIONS_OFFSET, birth.size());
        MEMORY.set(LONG, address + ROWS_OFFSET, 0L);
        MEMORY.set(LONG, address + BLOCKS_OFFSET, 0L);
        MEMORY.set(LONG, address + DICTIONARIES_OFFSET, 0L);
        birth.write(address + BIRTH_OFFSET);
    }

    static boolean isHeader(final long address) {
        final int state = MEMORY.get(INT, address + STATE_OFFSET);
        return MEMORY.get(INT, address) == MAGIC && (state == STATE_OPEN || state == STATE_FROZEN)
            && positions(address) >= 0 && positions(address) <= MOST_POSITIONS && rows(address) >= 0;
    }

    static boolean isFrozen(final long address) {
        return MEMORY.get(INT, address + STATE_OFFSET) == STATE_FROZEN;
    }

    static void freeze(final long address) {
        MEMORY.set(INT, address + STATE_OFFSET, STATE_FROZEN);
    }

    static long uid(final long address) {
        return MEMORY.get(LONG, address + UID_OFFSET);
    }

    static long spanStartUs(final long address) {
        return MEMORY.get(LONG, address + SPAN_OFFSET);
    }

    static int shardId(final long address) {
        return MEMORY.get(INT, address + SHARD_OFFSET);
    }

    static int positions(final long address) {
        return MEMORY.get(INT, address + POSITIONS_OFFSET);
    }

    static long blocks(final long address) {
        return MEMORY.get(LONG, address + BLOCKS_OFFSET);
    }

    static long dictionaries(final long address) {
        return MEMORY.get(LONG, address + DICTIONARIES_OFFSET);
    }

    /**
     * Takes blocks out of the chain that were linked for rows which then were not committed: all are before the first that has such.
     *
     * @throws IllegalStateException if a block lies outside the regions.
     */
    static void dropUncommitted(final BlockPool pool, final long address) {
        final long rows = rows(address);
        long next = blocks(address);
        while (next != 0) {
            if (!pool.contains(next - 1, BlockLayout.HEADER_BYTES)) {
                throw new IllegalStateException("a block lies outside the regions");
            }
            final long block = pool.address(next - 1);
            if (BlockLayout.firstRow(block) < rows) {
                break;
            }
            next = BlockLayout.next(block);
        }
        MEMORY.set(LONG, address + BLOCKS_OFFSET, next);
        VarHandle.releaseFence();
    }

    static long rows(final long address) {
        return MEMORY.get(LONG, address + ROWS_OFFSET);
    }

    static ShardVector birth(final long address) {
        return ShardVector.read(address + BIRTH_OFFSET, positions(address));
    }
}
