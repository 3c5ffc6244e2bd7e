package io.truenow.engine.store.shard;

import java.util.Arrays;

/**
 * Ranges of a shard's event time whose rows were lost in part: apart from each other, in order. Never changes, so any thread may keep it.
 */
public final class MissingRanges {
    /** Nothing is missing. */
    public static final MissingRanges NONE = new MissingRanges(new long[0]);

    /** Start and end of each, in turn. */
    private final long[] bounds;

    private MissingRanges(final long[] bounds) {
        this.bounds = bounds;
    }

    /** How many there are. */
    public int size() {
        return bounds.length / 2;
    }

    /** Start of a range, microseconds since the epoch, inclusive. */
    public long startUs(final int index) {
        return bounds[2 * index];
    }

    /** End of a range, exclusive. */
    public long endUs(final int index) {
        return bounds[2 * index + 1];
    }

    /** Whether a range touches [start, end). */
    public boolean touches(final long startUs, final long endUs) {
        for (int i = 0; i < bounds.length; i += 2) {
            if (bounds[i] < endUs && startUs < bounds[i + 1]) {
                return true;
            }
        }
        return false;
    }

    /** These and one more; ranges that meet become one. */
    public MissingRanges with(final long startUs, final long endUs) {
        long start = startUs;
        long end = endUs;
        final long[] more = new long[bounds.length + 2];
        int count = 0;
        int i = 0;
        for (; i < bounds.length && bounds[i + 1] < start; i += 2) {
            more[count++] = bounds[i];
            more[count++] = bounds[i + 1];
        }
        for (; i < bounds.length && bounds[i] <= end; i += 2) {
            start = Math.min(start, bounds[i]);
            end = Math.max(end, bounds[i + 1]);
        }
        more[count++] = start;
        more[count++] = end;
        for (; i < bounds.length; i += 2) {
            more[count++] = bounds[i];
            more[count++] = bounds[i + 1];
        }
        return new MissingRanges(Arrays.copyOf(more, count));
    }

    /** Those that end after a time: earlier ones are not retained, so nobody may ask for them. */
    public MissingRanges after(final long timeUs) {
        int gone = 0;
        while (gone < bounds.length && bounds[gone + 1] <= timeUs) {
            gone += 2;
        }
        return gone == 0 ? this : gone == bounds.length ? NONE : new MissingRanges(Arrays.copyOfRange(bounds, gone, bounds.length));
    }

    @Override
    public boolean equals(final Object other) {
        return other instanceof MissingRanges ranges && Arrays.equals(bounds, ranges.bounds);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bounds);
    }

    @Override
    public String toString() {
        return Arrays.toString(bounds);
    }
}
