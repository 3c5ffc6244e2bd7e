package io.truenow.engine.store.memory;

/**
 * What one query, or all cubes of a query agent, hold on the heap. It is told after the fact, a step at a time; whoever finds the room
 * exceeded waits or gives something back before the next step, so that the limit is passed by a step's worth at most. Belongs to the query
 * agent.
 */
public final class HeapUse {
    private final HeapRoom room;
    private long heldBytes;

    /** A use that holds nothing yet. */
    public HeapUse(final HeapRoom room) {
        this.room = room;
    }

    /** So much is held now. */
    public void hold(final long bytes) {
        if (bytes != heldBytes) {
            room.add(bytes - heldBytes);
            heldBytes = bytes;
        }
    }

    /** Bytes held, as told. */
    public long heldBytes() {
        return heldBytes;
    }

    /** Whether more is held, by all together, than may be. */
    public boolean isRoomExceeded() {
        return room.isExceeded();
    }

    /** Most that all may hold together. */
    public long roomBytes() {
        return room.limitBytes();
    }
}
