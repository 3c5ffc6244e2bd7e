package io.truenow.engine.scan.cube;

import io.truenow.engine.scan.sketch.SegmentSketch;
import io.truenow.engine.scan.sketch.SketchWish;
import io.truenow.engine.store.segment.Segment;
import org.agrona.collections.LongHashSet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What queries use of cubes of a key and level: metrics and sketches, how often lately, and in which spans. What they used in a span they
 * will use in the next, as their range slides. Belongs to the query agent.
 */
public final class CubeDemand {
    /** Used twice within that, it is popular; spans that nobody used for that long to twice as long are forgotten. */
    static final long LATELY_NS = 300_000_000_000L;
    /** A sketch is kept when all rows are gathered; more are left to a query, which is not interrupted. */
    private static final long MAX_SKETCH_ROWS = 1 << 16;

    private final CubeKey key;
    private final CubeLevel level;
    private final int[] metrics;
    private final int[] wanted;
    private final List<SketchWish> sketches;
    private LongHashSet spans = new LongHashSet();
    private LongHashSet earlierSpans = new LongHashSet();
    private long spansSinceNs;
    private long asked;
    private long askedNs;
    private long askedBeforeNs;
    private boolean isSketchable = true;

    CubeDemand(final CubeWants wants, final CubeLevel level, final long nowNs) {
        this.key = wants.key();
        this.level = level;
        this.metrics = new int[wants.metricCount()];
        this.wanted = new int[wants.metricCount()];
        Arrays.setAll(metrics, wants::metric);
        Arrays.setAll(wanted, wants::wanted);
        this.sketches = new ArrayList<>(wants.sketchCount());
        for (int i = 0; i < wants.sketchCount(); i++) {
            sketches.add(wants.sketch(i));
        }
        this.spansSinceNs = nowNs;
    }

    /** A query used the cube of a segment of that span. */
    public void onUsed(final long spanStartUs) {
        spans.add(spanStartUs);
    }

    /** Table of the key. */
    public int tableId() {
        return key.tableId();
    }

    /** Level of the cubes. */
    public CubeLevel level() {
        return level;
    }

    /** Whether two queries used it lately. */
    public boolean isPopular(final long nowNs) {
        return asked >= 2 && nowNs - askedBeforeNs <= LATELY_NS;
    }

    /** Whether a query used it in that span lately, or in the one before. */
    public boolean isUsedIn(final long spanStartUs) {
        final long beforeUs = spanStartUs - CubeLevel.SPAN.bucketUs();
        return spans.contains(spanStartUs) || spans.contains(beforeUs)
            || earlierSpans.contains(spanStartUs) || earlierSpans.contains(beforeUs);
    }

    /** Sketches turned out to be too large to be kept. */
    public void onSketchesFailed() {
        isSketchable = false;
    }

    /** Makes what gathers its sketches. */
    public List<SegmentSketch> scanners() {
        final List<SegmentSketch> scanners = new ArrayList<>(sketches.size());
        for (final SketchWish wish : sketches) {
            scanners.add(SegmentSketch.create(wish));
        }
        return scanners;
    }

    /**
     * Tells what is wanted of a segment's cube.
     *
     * @param scanners of its sketches.
     */
    public void want(final CubeWants wants, final CubeStore cubes, final Segment segment, final long rowCount,
        final List<SegmentSketch> scanners) {
        wants.begin(key, false);
        for (int i = 0; i < metrics.length; i++) {
            wants.metric(metrics[i], wanted[i]);
        }
        if (isWorthSketching(cubes.find(segment.uid(), key, level), rowCount)) {
            for (int i = 0; i < sketches.size(); i++) {
                wants.sketch(sketches.get(i), scanners.get(i));
            }
        }
    }

    /** Rows that the cube of a segment lacks of a cut; 0 too if it must not be made or grow, since others would have to go for it. */
    public long lacks(final CubeStore cubes, final Segment segment, final long rowCount) {
        final Cube cube = cubes.find(segment.uid(), key, level);
        if (needsRoom(cubes, segment)) {
            return cubes.mayGrow(segment, rowCount, key, level, metrics.length) ? rowCount : 0;
        }
        long least = cube.rowsMark();
        for (int i = 0; i < metrics.length; i++) {
            least = Math.min(least, cube.mark(cubes.metric(cube, metrics[i], wanted[i])));
        }
        for (int i = 0; i < sketches.size() && isWorthSketching(cube, rowCount); i++) {
            least = Math.min(least, cube.sketches().mark(sketches.get(i)));
        }
        return Math.max(0, rowCount - least);
    }

    /** Whether there is no cube of a segment yet, or without what is wanted of a metric. */
    public boolean needsRoom(final CubeStore cubes, final Segment segment) {
        final Cube cube = cubes.find(segment.uid(), key, level);
        boolean isMissing = cube == null;
        for (int i = 0; i < metrics.length && !isMissing; i++) {
            isMissing = cube.lacks(metrics[i], wanted[i]);
        }
        return isMissing;
    }

    boolean isOf(final CubeKey otherKey) {
        return key == otherKey;
    }

    boolean is(final CubeWants wants, final CubeLevel otherLevel) {
        if (key != wants.key() || level != otherLevel || metrics.length != wants.metricCount()
            || sketches.size() != wants.sketchCount()) {
            return false;
        }
        for (int i = 0; i < metrics.length; i++) {
            if (metrics[i] != wants.metric(i) || wanted[i] != wants.wanted(i)) {
                return false;
            }
        }
        for (int i = 0; i < sketches.size(); i++) {
            if (!sketches.get(i).equals(wants.sketch(i))) {
                return false;
            }
        }
        return true;
    }

    void onAsked(final long nowNs) {
        asked++;
        askedBeforeNs = askedNs;
        askedNs = nowNs;
        if (nowNs - spansSinceNs > LATELY_NS) {
            final LongHashSet forgotten = earlierSpans;
            earlierSpans = spans;
            spans = forgotten;
            spans.clear();
            spansSinceNs = nowNs;
        }
    }

    long askedNs() {
        return askedNs;
    }

    private boolean isWorthSketching(final Cube cube, final long rowCount) {
        long least = rowCount;
        for (int i = 0; i < sketches.size(); i++) {
            least = Math.min(least, cube == null ? 0 : cube.sketches().mark(sketches.get(i)));
        }
        return isSketchable && rowCount - least <= MAX_SKETCH_ROWS;
    }
}
