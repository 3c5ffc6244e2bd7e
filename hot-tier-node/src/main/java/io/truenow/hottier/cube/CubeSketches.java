package io.truenow.hottier.cube;

import io.truenow.hottier.sketch.SketchCells;
import io.truenow.hottier.sketch.SketchWish;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Sketches of a cube by cell, each with the rows that it holds. On the heap. */
final class CubeSketches {
    private final List<SketchWish> wishes = new ArrayList<>();
    private final List<SketchCells> cells = new ArrayList<>();
    private long[] marks = new long[2];

    /** Where a sketch is that serves a wish; -1 if there is none. */
    int find(final SketchWish wish) {
        for (int i = 0; i < wishes.size(); i++) {
            if (wishes.get(i).hasSameCells(wish)) {
                return i;
            }
        }
        return -1;
    }

    /** Rows of the segment that a sketch holds, 0 if there is no such sketch. */
    long mark(final SketchWish wish) {
        final int at = find(wish);
        return at < 0 ? 0 : marks[at];
    }

    SketchCells cells(final SketchWish wish) {
        return cells.get(find(wish));
    }

    /**
     * Adds what was gathered of the rows behind those that it holds.
     *
     * @param sameCells 0, 1, .. for all cells.
     * @return false if it became too large for any query: it is gone then.
     */
    boolean add(final SketchWish wish, final SketchCells gathered, final int[] sameCells, final int cellCount, final long newMark) {
        int at = find(wish);
        if (at < 0) {
            at = wishes.size();
            wishes.add(wish);
            cells.add(gathered.copy());
            marks = at < marks.length ? marks : Arrays.copyOf(marks, at * 2);
        } else if (!cells.get(at).merge(gathered, sameCells, cellCount)) {
            remove(at);
            return false;
        }
        marks[at] = newMark;
        return true;
    }

    /** Lets those go that do not hold so many rows. */
    void keepComplete(final long rowCount) {
        for (int i = wishes.size() - 1; i >= 0; i--) {
            if (marks[i] < rowCount) {
                remove(i);
            }
        }
    }

    void clear() {
        wishes.clear();
        cells.clear();
    }

    long usedBytes() {
        long bytes = 0;
        for (int i = 0; i < cells.size(); i++) {
            bytes += cells.get(i).byteSize();
        }
        return bytes;
    }

    private void remove(final int at) {
        wishes.remove(at);
        cells.remove(at);
        System.arraycopy(marks, at + 1, marks, at, marks.length - at - 1);
    }
}
