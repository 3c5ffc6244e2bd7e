package io.truenow.engine.scan.loop;

import io.truenow.codecs.query.CompareOp;

/** Comparisons of doubles with a constant as bits. The doubles are never NaN, so the opposite of a comparison is its complement. */
public final class Comparing {
    private Comparing() {
    }

    /** Bit i says how the double of index from + i compares; those from the count on, at most 64, are of no use. */
    public static long bits(final double[] values, final int from, final int count, final CompareOp op, final double constant) {
        long found = 0;
        switch (op) {
            case EQUAL, NOT_EQUAL -> {
                for (int i = 0; i < count; i++) {
                    found |= (values[from + i] == constant ? 1L : 0L) << i;
                }
            }
            case LESS, GREATER_OR_EQUAL -> {
                for (int i = 0; i < count; i++) {
                    found |= (values[from + i] < constant ? 1L : 0L) << i;
                }
            }
            default -> {
                for (int i = 0; i < count; i++) {
                    found |= (values[from + i] <= constant ? 1L : 0L) << i;
                }
            }
        }
        return isComplement(op) ? ~found : found;
    }

    /** Whether the operator is the opposite of equal, less, or less or equal. */
    static boolean isComplement(final CompareOp op) {
        return op == CompareOp.NOT_EQUAL || op == CompareOp.GREATER_OR_EQUAL || op == CompareOp.GREATER;
    }
}
