package io.truenow.engine.scan.sketch;

/** 64 by 64 bits. */
final class BitSquare {
    private BitSquare() {
    }

    /** Bit i of long j becomes bit j of long i: swaps quarters, then quarters of quarters, and so on. */
    static void transpose(final long[] square) {
        long mask = 0x0000_0000_FFFF_FFFFL;
        for (int width = Integer.SIZE; width != 0; width >>>= 1) {
            for (int start = 0; start < Long.SIZE; start += width << 1) {
                for (int i = start; i < start + width; i++) {
                    final long swap = (square[i] >>> width ^ square[i + width]) & mask;
                    square[i] ^= swap << width;
                    square[i + width] ^= swap;
                }
            }
            mask ^= mask << (width >>> 1);
        }
    }
}
