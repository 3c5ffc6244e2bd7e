package io.truenow.engine.scan;

import io.truenow.engine.scan.sketch.LaneValues;
import io.truenow.engine.scan.sketch.SegmentSketch;
import io.truenow.engine.scan.sketch.SketchCells;
import io.truenow.engine.scan.sketch.SketchWish;
import io.truenow.engine.store.memory.HeapRoom;
import io.truenow.engine.store.memory.HeapUse;
import io.truenow.engine.store.value.ValueTable;

import java.util.ArrayList;
import java.util.List;

/**
 * The sketches of a query: what gathers them of one segment after the other, and those of its groups. Kept for a query that asks the same,
 * as long as they are small. All is on the heap, and counts for the room that queries have there.
 */
final class QuerySketches {
    /** More is not kept for the next query. */
    private static final long KEPT_BYTES = 2 << 20;
    /** So much a query has, however little room there is. */
    private static final long FREE_BYTES = 1 << 20;
    /** One part of so many of the room is the most that a query may have. */
    private static final int QUERY_SHARE = 2;

    private final LaneValues values;
    private final HeapUse use;
    private final List<SketchWish> wishes = new ArrayList<>();
    private final List<SegmentSketch> scanners = new ArrayList<>();
    private final List<SketchCells> results = new ArrayList<>();

    QuerySketches(final ValueTable values, final HeapRoom room) {
        this.values = new LaneValues(values);
        this.use = new HeapUse(room);
    }

    /** Starts a query. */
    void begin(final List<SketchWish> newWishes) {
        if (newWishes.isEmpty()) {
            forget();
            return;
        }
        values.begin();
        if (newWishes.equals(wishes)) {
            return;
        }
        forget();
        for (int i = 0; i < newWishes.size(); i++) {
            wishes.add(newWishes.get(i));
            scanners.add(SegmentSketch.create(newWishes.get(i)));
            results.add(SketchCells.result(newWishes.get(i), values));
        }
    }

    /** The answer is sent. */
    void end() {
        for (int i = 0; i < results.size(); i++) {
            results.get(i).clear();
        }
        account();
        if (use.heldBytes() > KEPT_BYTES) {
            forget();
        }
    }

    /** Counts what is held now. After each step. */
    void account() {
        if (wishes.isEmpty()) {
            use.hold(0);
            return;
        }
        long bytes = values.heapBytes();
        for (int i = 0; i < wishes.size(); i++) {
            bytes += scanners.get(i).heapBytes() + results.get(i).byteSize();
        }
        use.hold(bytes);
    }

    /** Whether the query holds more than any may. */
    boolean isTooLarge() {
        return use.heldBytes() > limitBytes();
    }

    /** Whether it should wait until others give something back. */
    boolean isShort() {
        return use.heldBytes() > FREE_BYTES && use.isRoomExceeded();
    }

    /** Most that a query may hold. */
    long limitBytes() {
        return use.roomBytes() / QUERY_SHARE;
    }

    /** Sketches asked for. */
    int count() {
        return wishes.size();
    }

    SketchWish wish(final int index) {
        return wishes.get(index);
    }

    SegmentSketch scanner(final int index) {
        return scanners.get(index);
    }

    /** Does a piece of what is to be done before results are asked for; returns what it cost, in rows, 0 if all is done. */
    int prepare() {
        int cost = 0;
        for (int i = 0; i < results.size() && cost == 0; i++) {
            cost = results.get(i).prepare();
        }
        return cost;
    }

    /** Cells by the result's groups. */
    SketchCells result(final int index) {
        return results.get(index);
    }

    /** Lets all memory go. */
    void forget() {
        wishes.clear();
        scanners.clear();
        results.clear();
        values.forget();
        use.hold(0);
    }
}
