package io.truenow.engine.scan.predicate;

import io.truenow.codecs.query.PredicateKind;
import io.truenow.engine.store.value.SegmentDictionary;
import io.truenow.engine.store.value.ValueTable;

import java.util.Arrays;

/**
 * The local codes of a segment's dimension that an IN or CONTAINS is true of, 0 standing for null. Codes never change their value, so what
 * is resolved stays, and only those are looked at that came since. May be shared by queries of one thread: rows of a query's cut have no
 * codes but those of its time.
 */
final class CodeSet {
    /** So many are looked for one by one. */
    private static final int FEW_VALUES = 8;
    /** Rows that it costs to look at a code: for many values, and for the bytes of one. */
    private static final int LISTED_COST = 8;
    private static final int CONTAINS_COST = 16;
    private static final int STEP_COST = 1 << 14;

    private long[] bits = new long[1];
    private int single;
    private int matchCount;
    /** Codes 0 .. this are resolved. */
    private int size;

    CodeSet(final boolean nullMatches) {
        begin(nullMatches);
    }

    /** Starts over: no code is resolved. */
    void begin(final boolean nullMatches) {
        Arrays.fill(bits, 0);
        single = 0;
        matchCount = 0;
        size = 0;
        if (nullMatches) {
            add(0);
        }
    }

    /** Whether all codes are resolved that a dictionary has by now. */
    boolean isComplete(final SegmentDictionary dictionary) {
        return size == dictionary.size();
    }

    /** Resolves some of the codes that are new; returns what it cost, in rows. */
    int extend(
        final Predicate predicate, final int node, final SegmentDictionary dictionary, final ValueTable values, final ByteSearch search) {
        final boolean isIn = predicate.kind(node) == PredicateKind.IN;
        final boolean isFew = isIn && predicate.valueCount(node) <= FEW_VALUES;
        final int codeCost = isFew ? Math.max(1, predicate.valueCount(node)) : isIn ? LISTED_COST : CONTAINS_COST;
        final int from = size;
        final int all = dictionary.size();
        final boolean isQuick = isFew && codeCost * dictionary.searchCost(from, all) <= STEP_COST;
        final int newSize = isQuick ? all : Math.min(all, from + STEP_COST / codeCost);
        if (newSize == from) {
            return 1;
        }
        if (newSize >>> 6 >= bits.length) {
            bits = Arrays.copyOf(bits, Math.max((newSize >>> 6) + 1, bits.length * 2));
        }
        if (isFew) {
            for (int i = 0; i < predicate.valueCount(node); i++) {
                final int hash = predicate.valueHash(node, i);
                for (int code = dictionary.nextWithHash(hash, size, newSize); code > 0;
                    code = dictionary.nextWithHash(hash, code, newSize)) {
                    if (!contains(code) && predicate.isValue(node, i, values, dictionary.laneCode(code))) {
                        add(code);
                    }
                }
            }
        } else if (isIn) {
            for (int code = size + 1; code <= newSize; code++) {
                if (predicate.isListed(node, values, dictionary, code)) {
                    add(code);
                }
            }
        } else {
            search.begin(predicate, node);
            for (int code = size + 1; code <= newSize; code++) {
                if (search.isIn(values, dictionary.laneCode(code))) {
                    add(code);
                }
            }
        }
        size = newSize;
        return codeCost * (isFew ? dictionary.searchCost(from, newSize) : newSize - from);
    }

    boolean contains(final int code) {
        return (bits[code >>> 6] >>> code & 1) != 0;
    }

    /** The least code in it that is not below one, or -1. */
    int next(final int code) {
        for (int word = code >>> 6; word < bits.length; word++) {
            final long left = word == code >>> 6 ? bits[word] & -1L << code : bits[word];
            if (left != 0) {
                return (word << 6) + Long.numberOfTrailingZeros(left);
            }
        }
        return -1;
    }

    /** Bit c & 63 of word c >>> 6: code c is in. */
    long[] bits() {
        return bits;
    }

    /** Codes in it. */
    int matchCount() {
        return matchCount;
    }

    boolean isEmpty() {
        return matchCount == 0;
    }

    /** Whether every code, and null, is in. */
    boolean isFull() {
        return matchCount == size + 1;
    }

    /** The only code in it. */
    int single() {
        return single;
    }

    int lengthBytes() {
        return bits.length * Long.BYTES + 64;
    }

    private void add(final int code) {
        bits[code >>> 6] |= 1L << code;
        single = code;
        matchCount++;
    }
}
