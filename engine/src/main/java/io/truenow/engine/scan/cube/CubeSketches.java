package io.truenow.engine.scan.cube;

import io.truenow.engine.scan.sketch.SketchCells;
import io.truenow.engine.scan.sketch.SketchWish;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.value.SegmentDictionary;
import io.truenow.format.sketch.SketchKind;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Sketches of a cube by cell, each with the rows that it holds. On the heap. */
final class CubeSketches {
    private static final long MAX_QUANTILE_BYTES = 33_000;
    private static final long EMPTY_QUANTILE_BYTES = 600;
    private static final long VALUE_BYTES = 16;

    private final List<SketchWish> wishes = new ArrayList<>();
    private final List<SketchCells> cells = new ArrayList<>();
    private long[] marks = new long[2];
    private boolean[] open = new boolean[2];

    /** Bytes that a sketch of a segment's cube may come to hold, about. */
    static long bytesAtMost(final SketchWish wish, final Segment segment, final long cells, final long rowCount) {
        if (wish.kind() == SketchKind.QUANTILES) {
            return Math.min(cells * MAX_QUANTILE_BYTES, cells * EMPTY_QUANTILE_BYTES + rowCount * VALUE_BYTES);
        }
        final SegmentDictionary dictionary = segment.dictionary(wish.column());
        if (dictionary == null) {
            return 0;
        }
        final long pairs = pairsOf(rowCount, Math.min(cells, rowCount) * (double) dictionary.size());
        return wish.kind() == SketchKind.TOP ? SketchCells.topBytesAtMost(pairs, !segment.isOpen())
            : SketchCells.distinctBytesAtMost(wish, cells, pairs, dictionary.greatestLaneCode());
    }

    /** Of so many pairs that may occur, so many rows meet as many if all are as frequent, and fewer if they are not. */
    private static long pairsOf(final long rowCount, final double possible) {
        return (long) Math.ceil(possible * -Math.expm1(-rowCount / possible));
    }

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

    /** Whether somebody adds to a sketch just now. */
    boolean isOpen(final SketchWish wish) {
        final int at = find(wish);
        return at >= 0 && open[at];
    }

    /** Opens a sketch, new if there is none, to add what was gathered of the rows behind those that it holds. */
    SketchCells open(final SketchWish wish) {
        int at = find(wish);
        if (at < 0) {
            at = wishes.size();
            wishes.add(wish);
            cells.add(SketchCells.kept(wish));
            if (at == marks.length) {
                marks = Arrays.copyOf(marks, at * 2);
                open = Arrays.copyOf(open, at * 2);
            }
            marks[at] = 0;
        }
        open[at] = true;
        return cells.get(at);
    }

    /** All was added to a sketch, perhaps for good. */
    void close(final SketchWish wish, final long newMark, final boolean isSettled) {
        final int at = find(wish);
        if (isSettled) {
            cells.get(at).settle();
        } else {
            cells.get(at).trim();
        }
        marks[at] = newMark;
        open[at] = false;
    }

    /** An open sketch turned out to be too large: it goes. */
    void abandon(final SketchWish wish) {
        remove(find(wish));
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
        System.arraycopy(open, at + 1, open, at, open.length - at - 1);
    }
}
