package io.truenow.hottier.scan;

import io.truenow.hottier.sketch.LaneValues;
import io.truenow.hottier.sketch.SegmentSketch;
import io.truenow.hottier.sketch.SketchCells;
import io.truenow.hottier.sketch.SketchWish;
import io.truenow.hottier.value.ValueTable;

import java.util.ArrayList;
import java.util.List;

/**
 * The sketches of a query: what gathers them of one segment after the other, and those of its groups. Kept for a query that asks the same.
 */
final class QuerySketches {
    private final LaneValues values;
    private final List<SketchWish> wishes = new ArrayList<>();
    private final List<SegmentSketch> scanners = new ArrayList<>();
    private final List<SketchCells> results = new ArrayList<>();

    QuerySketches(final ValueTable values) {
        this.values = new LaneValues(values);
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
            scanners.add(SegmentSketch.create(newWishes.get(i), values));
            results.add(SketchCells.result(newWishes.get(i), values));
        }
    }

    /** The answer is sent. */
    void end() {
        for (int i = 0; i < results.size(); i++) {
            results.get(i).clear();
        }
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

    /** Cells by the result's groups. */
    SketchCells result(final int index) {
        return results.get(index);
    }

    private void forget() {
        wishes.clear();
        scanners.clear();
        results.clear();
    }
}
