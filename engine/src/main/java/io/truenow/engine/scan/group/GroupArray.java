package io.truenow.engine.scan.group;

import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.MemorySegment;

/** A native array that grows. What it holds beyond what its owner wrote is undefined. */
public final class GroupArray {
    private final GroupMemory memory;
    private long handle = GroupMemory.NONE;
    private long address;
    private long capacityBytes;

    /** An array that holds no memory yet. */
    public GroupArray(final GroupMemory memory) {
        this.memory = memory;
    }

    /** Where it begins, until it grows. */
    public long address() {
        return address;
    }

    /** Sees to room for so many bytes, keeping the first of them; false if there is no memory: it is as it was then. */
    public boolean ensure(final long bytes, final long keptBytes) {
        if (bytes <= capacityBytes) {
            return true;
        }
        final long wanted = memory.capacityBytes(Math.max(bytes, keptBytes == 0 ? bytes : capacityBytes * 2));
        final long larger = memory.allocate(wanted);
        if (larger == GroupMemory.NONE) {
            return false;
        }
        final long at = memory.address(larger);
        if (keptBytes > 0) {
            MemorySegment.copy(NativeMemory.ALL, address, NativeMemory.ALL, at, keptBytes);
        }
        release();
        handle = larger;
        address = at;
        capacityBytes = wanted;
        return true;
    }

    /** Bytes it holds. */
    public long capacityBytes() {
        return capacityBytes;
    }

    /** Takes the memory of another, which then holds none; its own goes back. Both of the same memory. */
    public void take(final GroupArray other) {
        release();
        handle = other.handle;
        address = other.address;
        capacityBytes = other.capacityBytes;
        other.handle = GroupMemory.NONE;
        other.address = 0;
        other.capacityBytes = 0;
    }

    /** Gives its memory back if it is larger than that. */
    void releaseAbove(final long bytes) {
        if (capacityBytes > bytes) {
            release();
        }
    }

    /** Gives its memory back. */
    public void release() {
        if (handle != GroupMemory.NONE) {
            memory.release(handle);
            handle = GroupMemory.NONE;
            address = 0;
            capacityBytes = 0;
        }
    }
}
