package io.truenow.engine.store.segment;

import io.truenow.engine.store.hash.IdBatch;

/**
 * Which rows of the batch at hand go to a segment: runs of rows that lie side by side, mostly one, as most batches have rows of one span
 * and few that are repeated. Reused; belongs to the lane.
 */
final class RowRuns {
    final int[] starts = new int[IdBatch.MAX_IDS];
    final int[] ends = new int[IdBatch.MAX_IDS];
    /** Runs up to here have been written. */
    int first;
    /** Runs up to here are to be written to the block at hand. */
    int last;

    private int count;
    private int left;
    private int endBeforeCut;

    /** Takes the rows from one index of the list to another. */
    void select(final int[] rows, final int from, final int to) {
        count = 0;
        left = to - from;
        add(rows, from, to);
        first = 0;
        last = 0;
        endBeforeCut = 0;
    }

    /** Rows that no block has taken. */
    int left() {
        return left;
    }

    /** Moves on to the next rows, so many of them. */
    void take(final int rows) {
        if (endBeforeCut > 0) {
            first = last - 1;
            starts[first] = ends[first];
            ends[first] = endBeforeCut;
            endBeforeCut = 0;
        } else {
            first = last;
        }
        last = first;
        int wanted = rows;
        while (wanted > 0) {
            final int length = ends[last] - starts[last];
            if (length > wanted) {
                endBeforeCut = ends[last];
                ends[last] = starts[last] + wanted;
            }
            wanted -= Math.min(wanted, length);
            last++;
        }
        left -= rows;
    }

    private void add(final int[] rows, final int from, final int to) {
        int next = from;
        while (next < to) {
            final int start = rows[next];
            int end = to;
            // most often all of them are neighbours
            if (rows[to - 1] - start != to - 1 - next) {
                end = next + 1;
                while (end < to && rows[end] == rows[end - 1] + 1) {
                    end++;
                }
            }
            starts[count] = start;
            ends[count++] = rows[end - 1] + 1;
            next = end;
        }
    }
}
