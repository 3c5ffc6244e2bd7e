package io.truenow.engine.store.recovery;

import io.truenow.engine.store.segment.LaneMemory;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;

/** What a lane has on disk, as its start needs it. Launching thread. */
public interface LaneFiles {
    /**
     * Finds it, for a memory.
     *
     * @return whether a valid file holds the rows of the segment with a uid.
     * @throws IOException if it cannot be read, or there is no memory for it; nothing is held then.
     */
    LongPredicate find(LaneMemory memory) throws IOException;

    /**
     * Puts what was found into the shards of that memory, {@link LaneMemory#recovered}; shards of which nothing else is left are made.
     *
     * @param moreRoom sees to one more region for the pool; false if there is none.
     * @throws IOException if there is no room for it, or what is kept of a shard cannot be read.
     */
    void attach(LaneMemory memory, BooleanSupplier moreRoom) throws IOException;

    /** Lets go what was found and not attached: it can be found anew, for another memory. */
    void letGo();
}
