package io.truenow.engine.store.hash;

/**
 * Ids of a table whose events are the same only if their times are, too: each event's id is mixed with its time, and whoever keeps, looks
 * for or compares ids knows only the outcome. Any thread.
 *
 * <p>Each half of the id is xored with one of the first two numbers that SplitMix64 draws with the time as its seed. Each of them is a
 * permutation of all times, so an id with two times always makes two, as do two ids with one time. Two ids with two times meet with a
 * probability of 2^-128, as ids are hashes under a secret key. Files hold what comes out, so it never changes.
 */
public final class TimedIds {
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;
    private static final long FIRST_FACTOR = 0xBF58_476D_1CE4_E5B9L;
    private static final long SECOND_FACTOR = 0x94D0_49BB_1331_11EBL;

    private TimedIds() {
    }

    /** High half of an event's id with its time. */
    public static long high(final long idHigh, final long eventTimeUs) {
        return idHigh ^ mixed(eventTimeUs + GOLDEN);
    }

    /** Low half of an event's id with its time. */
    public static long low(final long idLow, final long eventTimeUs) {
        return idLow ^ mixed(eventTimeUs + 2 * GOLDEN);
    }

    private static long mixed(final long value) {
        final long first = (value ^ value >>> 30) * FIRST_FACTOR;
        final long second = (first ^ first >>> 27) * SECOND_FACTOR;
        return second ^ second >>> 31;
    }
}
