package io.truenow.engine.scan.kernel;

import io.truenow.engine.store.segment.Block;

/** A metric's values in the selected rows of a block that have it, and what the block knows of them. Reused. */
final class MetricValues {
    private final double[] values = new double[Block.MAX_ROWS];
    private int count;
    private boolean whole;
    private double min;
    private double max;

    MetricValues() {
    }

    void begin(final Block block, final int metric) {
        count = 0;
        whole = block.isInteger(metric);
        min = block.minMetric(metric);
        max = block.maxMetric(metric);
    }

    void count(final int newCount) {
        count = newCount;
    }

    double[] values() {
        return values;
    }

    int count() {
        return count;
    }

    /** Whether all are whole numbers that sum exactly within a block. */
    boolean isWhole() {
        return whole;
    }

    /** None is less. */
    double min() {
        return min;
    }

    /** None is greater. */
    double max() {
        return max;
    }

    /** None is further from zero. */
    double size() {
        return Math.max(Math.abs(min), Math.abs(max));
    }
}
