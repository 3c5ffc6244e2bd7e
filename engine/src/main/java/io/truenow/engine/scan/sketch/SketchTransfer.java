package io.truenow.engine.scan.sketch;

/** Adds what was gathered, of a segment or in a cube, to other cells: some at a step. Reused. Belongs to the query agent. */
public final class SketchTransfer {
    private static final int OVER = -1;

    private SegmentSketch scanner;
    private SketchCells source;
    private SketchCells target;
    private int[] targets;
    private int targetCount;
    private int firstTarget;
    private int place = OVER;

    /** A transfer that is over. */
    public SketchTransfer() {
    }

    /**
     * Begins to add a segment's groups, which ends the segment.
     *
     * @param newTargets by group, where it goes; left out if negative.
     * @param newTargetCount groups that have a target.
     */
    public void begin(final SegmentSketch newScanner, final SketchCells newTarget, final int[] newTargets, final int newTargetCount) {
        newScanner.end();
        scanner = newScanner;
        begin(newTarget, newTargets, newTargetCount);
    }

    /** Begins to add other cells, of the same wish but for who else is asked. */
    public void begin(final SketchCells newSource, final SketchCells newTarget, final int[] newTargets, final int newTargetCount) {
        scanner = null;
        begin(newTarget, newTargets, newTargetCount);
        source = newSource;
    }

    /** Adds some; returns what it cost, in rows. */
    public int step() {
        if (place == OVER) {
            return 1;
        }
        if (source == null) {
            source = scanner.next();
            place = source == null ? OVER : 0;
            firstTarget = scanner.firstGroup();
            return SegmentSketch.SLICE / 2;
        }
        place = target.merge(source, place, targets, firstTarget, targetCount);
        if (place == OVER && scanner != null && !target.isTooLarge()) {
            source = null;
            place = 0;
        }
        return target.mergeCost();
    }

    /** Whether all is added, or the target {@link #hasFailed}. */
    public boolean isOver() {
        return place == OVER;
    }

    /** Whether more was gathered than there is room for: the target says nothing any more. */
    public boolean hasFailed() {
        return target.isTooLarge();
    }

    private void begin(final SketchCells newTarget, final int[] newTargets, final int newTargetCount) {
        target = newTarget;
        targets = newTargets;
        targetCount = newTargetCount;
        firstTarget = 0;
        source = null;
        place = 0;
    }
}
