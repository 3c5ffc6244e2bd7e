package io.truenow.engine.store.hash;

import io.truenow.fabric.memory.NativeMemory;

import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * The ids of a batch as {@link IdSet}s and an {@link IdFilter} keep them, and what the filter says of them. One for a lane, used by it
 * alone.
 *
 * <p>An id's 128 bits are permuted under a seed of the lane, by three rounds of a Feistel network; 64 bits of the outcome (the word) and 16
 * more (the rest) stand for the id. A permutation, so that ids which a client did not make by hashing, as counters in one half, differ as
 * well as others; under secret factors, so that none can be chosen that meet. The second round has two steps: counters in the high half
 * have met no factor before it, and one alone leaves them a pattern.
 */
public final class IdBatch {
    /** Most ids of a batch. */
    public static final int MAX_IDS = 4_096;
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;
    private static final long MULTIPLIER = 0xD6E8_FEB8_6659_FD93L;
    private static final int REST_SHIFT = Long.SIZE - Short.SIZE;
    /** Ids may lie in a message of any alignment. */
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;

    final long[] words = new long[MAX_IDS];
    final short[] rests = new short[MAX_IDS];
    /** Of buckets: scratch of the set that the ids go to. */
    final long[] addresses = new long[MAX_IDS];
    /** What an {@link IdSet} keeps of events' times. */
    final byte[] times = new byte[MAX_IDS];
    /** Indexes: scratch of the filter. */
    final int[] overflowed = new int[MAX_IDS + 1];
    int suspectCount;
    int candidateCount;
    private int[] suspects = new int[MAX_IDS];
    private int[] candidateTags = new int[2 * FilterBucket.ENTRIES];
    private int[] candidateHints = new int[2 * FilterBucket.ENTRIES];

    private final long firstMask;
    private final long firstFactor;
    private final long secondMask;
    private final long secondFactor;
    private final long thirdMask;
    private final long thirdFactor;
    private final long fourthFactor;

    /** Room for the ids of any batch. Sets and batches that meet must have the same seed. */
    public IdBatch(final long seed) {
        firstMask = secret(seed, 1);
        firstFactor = secret(seed, 2) | 1;
        secondMask = secret(seed, 3);
        secondFactor = secret(seed, 4) | 1;
        thirdMask = secret(seed, 5);
        thirdFactor = secret(seed, 6) | 1;
        fourthFactor = secret(seed, 7) | 1;
    }

    /** Takes the ids of an array, 16 bytes each, high half first, little-endian, as those from index 0 on. */
    public void setAll(final long address, final int count) {
        for (int i = 0; i < count; i++) {
            set(i, NativeMemory.ALL.get(LONG, address + i * 16L), NativeMemory.ALL.get(LONG, address + i * 16L + Long.BYTES));
        }
    }

    /** Takes one id. */
    public void set(final int index, final long idHigh, final long idLow) {
        final long high = firstRound(idHigh, idLow);
        final long word = secondRound(high, idLow);
        words[index] = word;
        rests[index] = (short) ((high ^ folded(word ^ thirdMask, thirdFactor)) >>> REST_SHIFT);
    }

    /** The word of any id; it need not be one of the batch. */
    public long word(final long idHigh, final long idLow) {
        return secondRound(firstRound(idHigh, idLow), idLow);
    }

    /** Bits of an id of which any differ between ids as by chance. */
    public long word(final int index) {
        return words[index];
    }

    /** Whether two ids of the batch are one. */
    public boolean areSame(final int index, final int other) {
        return words[index] == words[other] && rests[index] == rests[other];
    }

    /** Says of an id's event its time, for a set that is to hold it. */
    public void time(final int index, final long eventTimeUs) {
        times[index] = (byte) IdSet.timeBits(eventTimeUs);
    }

    /** How many ids the last {@link IdFilter#look} found that may be there; one may be told twice. */
    public int suspectCount() {
        return suspectCount;
    }

    /** Index of one of them. */
    public int suspect(final int number) {
        return suspects[number];
    }

    /** How many entries the last {@link IdFilter#findCandidates} found. */
    public int candidateCount() {
        return candidateCount;
    }

    /** The tag of one. */
    public int candidateTag(final int number) {
        return candidateTags[number];
    }

    /** The hint of one. */
    public int candidateHint(final int number) {
        return candidateHints[number];
    }

    void addSuspect(final int index) {
        if (suspectCount == suspects.length) {
            suspects = Arrays.copyOf(suspects, suspectCount * 2);
        }
        suspects[suspectCount++] = index;
    }

    void addCandidate(final int tag, final int hint) {
        if (candidateCount == candidateTags.length) {
            candidateTags = Arrays.copyOf(candidateTags, candidateCount * 2);
            candidateHints = Arrays.copyOf(candidateHints, candidateCount * 2);
        }
        candidateTags[candidateCount] = tag;
        candidateHints[candidateCount++] = hint;
    }

    private long firstRound(final long idHigh, final long idLow) {
        return idHigh ^ folded(idLow ^ firstMask, firstFactor);
    }

    private long secondRound(final long high, final long idLow) {
        return idLow ^ folded(folded(high ^ secondMask, secondFactor), fourthFactor);
    }

    /** Both halves of the product: no bit of it is told by few bits of the value. */
    private static long folded(final long value, final long factor) {
        return Math.unsignedMultiplyHigh(value, factor) ^ value * factor;
    }

    private static long secret(final long seed, final int number) {
        long value = seed + number * GOLDEN;
        value = (value ^ value >>> 32) * MULTIPLIER;
        value = (value ^ value >>> 29) * MULTIPLIER;
        return value ^ value >>> 32;
    }
}
