package io.truenow.engine.scan.sketch;

import io.truenow.format.sketch.SketchKind;

/**
 * A sketch that a query asks for.
 *
 * @param kind what it answers.
 * @param column ordinal of the dimension, or of the metric for quantiles.
 * @param parameter as the kind {@link SketchKind#accepts accepts}; 0 for the usual one.
 * @param sole whether no other lane is asked, so that a count of distinct values may be exact.
 */
public record SketchWish(SketchKind kind, int column, int parameter, boolean sole) {
    /** Whether a scan can carry it out. */
    public boolean isSound() {
        return kind != null && kind.accepts(parameter) && column >= 0;
    }

    /** Whether cells gathered for the other serve this one. */
    public boolean hasSameCells(final SketchWish other) {
        return kind == other.kind && column == other.column
            && (kind != SketchKind.QUANTILES || kind.orUsual(parameter) == kind.orUsual(other.parameter));
    }
}
