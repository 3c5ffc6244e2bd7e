package io.truenow.engine.scan.sketch;

import io.truenow.format.sketch.DoubleOrder;

/**
 * How buckets of neighbouring doubles lie.
 *
 * @param shift a bucket's key is the place of its values in {@link DoubleOrder}, shifted by this.
 * @param isBlurred whether a value may be another than the least of its bucket.
 * @param min no value is less.
 * @param max no value is greater.
 */
record BucketShape(int shift, boolean isBlurred, double min, double max) {
    double least(final long key) {
        return Math.max(min, DoubleOrder.value(key << shift));
    }

    double greatest(final long key) {
        return isBlurred ? Math.min(max, DoubleOrder.value((key + 1 << shift) - 1)) : DoubleOrder.value(key << shift);
    }
}
