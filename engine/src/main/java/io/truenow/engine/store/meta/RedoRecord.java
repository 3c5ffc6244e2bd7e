package io.truenow.engine.store.meta;

import io.truenow.fabric.memory.BlockPool;
import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * Makes several stores of 8 bytes one step, whenever the process is killed: either all are done or none. Belongs to the lane.
 *
 * <pre>
 *   int64 seal                    the count of stores, marked; 0: the record does not count
 *   {int64 place, int64 value}[]  place: a block's handle + an offset in the block
 * </pre>
 *
 * <p><b>Why this is right.</b> A kill takes effect between two instructions of the lane's thread. What was stored before it reaches the
 * shared pages, whatever buffers it lies in; what comes after it does not happen. So the pages hold the stores of a prefix of the
 * instructions, and only the compiler could put these in another order than the program. The release fences forbid it that:
 * <ol>
 *   <li>everything that the new values refer to (rows, entries, values, links) and the whole record is stored before the seal;</li>
 *   <li>the seal is stored before the first place changes. A kill before it leaves the old values: {@link #redo} finds no seal;</li>
 *   <li>every place is stored before the seal is cleared. A kill in between leaves old and new values; {@link #redo} stores all new
 *       ones, once more or for the first time; being killed itself it finds the same record again;</li>
 *   <li>the seal is cleared before the record is written anew or a block that it names is freed, so a seal never marks half a record.</li>
 * </ol>
 * A value is one aligned store of 8 bytes, which the kernel cannot divide. Processors that reorder stores do not matter: interrupts are
 * precise, and the reader comes after the process' end.
 *
 * <p>Not final, so that a test can end {@link #commit} at each of its steps.
 */
public class RedoRecord {
    /** Most stores in one record: row counts of as many segments as a batch has rows, and what else belongs to them. */
    public static final int MAX_STORES = 4_096 + 64;

    private static final long SEAL = 0x5345_414c_0000_0000L;
    private static final long COUNT_MASK = 0xFFFF_FFFFL;
    private static final int STORES_OFFSET = 16;
    private static final int STORE_BYTES = 16;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

    private final BlockPool pool;
    private final long address;
    private int count;

    /** The record of a lane. */
    public RedoRecord(final LaneMeta meta, final BlockPool pool) {
        this.pool = pool;
        this.address = meta.address() + LaneMeta.REDO_OFFSET;
    }

    /** Adds a store; nothing changes yet. */
    public final void add(final long place, final long value) {
        final long at = address + STORES_OFFSET + (long) count * STORE_BYTES;
        NativeMemory.ALL.set(LONG, at, place);
        NativeMemory.ALL.set(LONG, at + Long.BYTES, value);
        count++;
    }

    /** Does all stores that were added, and those that came before in program order. */
    public final void commit() {
        seal();
        for (int i = 0; i < count; i++) {
            apply(i);
        }
        clear();
    }

    /**
     * After a restart: does the stores of a record that was sealed, before anything else of the regions is read.
     *
     * @return stores done.
     * @throws IllegalStateException if no lane can have written such a record.
     */
    public final int redo() {
        final long seal = NativeMemory.ALL.get(LONG, address);
        if (seal == 0) {
            return 0;
        }
        final long stores = seal & COUNT_MASK;
        if ((seal & ~COUNT_MASK) != SEAL || stores > MAX_STORES) {
            throw new IllegalStateException("the redo record is damaged");
        }
        for (int i = 0; i < stores; i++) {
            final long place = NativeMemory.ALL.get(LONG, address + STORES_OFFSET + (long) i * STORE_BYTES);
            if (!pool.contains(place, Long.BYTES)) {
                throw new IllegalStateException("the redo record names a place outside the regions");
            }
        }
        count = (int) stores;
        for (int i = 0; i < count; i++) {
            apply(i);
        }
        clear();
        return (int) stores;
    }

    /** From now on the record counts. */
    void seal() {
        VarHandle.releaseFence();
        NativeMemory.ALL.set(LONG, address, SEAL | count);
        VarHandle.releaseFence();
    }

    /** Does one store. */
    void apply(final int index) {
        final MemorySegment memory = NativeMemory.ALL;
        final long at = address + STORES_OFFSET + (long) index * STORE_BYTES;
        memory.set(LONG, pool.address(memory.get(LONG, at)), memory.get(LONG, at + Long.BYTES));
    }

    /** The record does not count any more. */
    void clear() {
        VarHandle.releaseFence();
        NativeMemory.ALL.set(LONG, address, 0L);
        VarHandle.releaseFence();
        count = 0;
    }
}
