package io.truenow.engine.store.hash;

/** What is kept of an event's time beside its id, to tell repeats with another time apart: six bits. Stateless. */
public final class TimeBits {
    /** Where the time is not known. */
    public static final int UNKNOWN = 63;

    private static final int TIMES = 63;
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    private TimeBits() {
    }

    /** Of a time in microseconds: for different times it is the same with a probability of 1/63. */
    public static int of(final long eventTimeUs) {
        return (int) (((eventTimeUs ^ eventTimeUs >>> 32) * GOLDEN >>> 32) * TIMES >>> 32);
    }

    /** Whether an event with such bits certainly has another time. */
    public static boolean isOther(final int bits, final long eventTimeUs) {
        return bits != UNKNOWN && bits != of(eventTimeUs);
    }
}
