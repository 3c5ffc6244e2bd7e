package io.truenow.query.merge;

import io.truenow.query.plan.OrderTerm;

import java.util.Arrays;
import java.util.List;

/**
 * The order of a merged query's groups: the plan's terms, then timestamp, then group text in the order of its UTF-8 bytes. Found some
 * groups at a time; numbers to order by are derived once a group, since a quantile or a distinct count is not free. One thread.
 */
final class ResultOrder {
    private static final int BYTES_PER_GROUP = 2 * Integer.BYTES;

    private final MergeTable table;
    private final RowValues rows;
    private final List<OrderTerm> terms;
    private final List<byte[]> names;
    /** By term, by group; null for terms that are no derived numbers. */
    private final double[][] numbers;
    private int groupsKnown;
    private int[] from;
    private int[] to;
    /** Of the merge under way: lengths of the runs, where the two and the one that they become begin, and how far each is read. */
    private int width = 1;
    private int left;
    private int a;
    private int b;
    private int at;
    private boolean isMerging;

    ResultOrder(final MergeTable table, final RowValues rows, final List<OrderTerm> terms, final List<byte[]> names) {
        this.table = table;
        this.rows = rows;
        this.terms = terms;
        this.names = names;
        this.numbers = new double[terms.size()][];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = isNumber(terms.get(i)) ? new double[table.groupCount()] : null;
        }
        this.from = new int[table.groupCount()];
        this.to = new int[table.groupCount()];
    }

    /** Memory that ordering so many groups takes. */
    static long heldBytes(final List<OrderTerm> terms, final int groups) {
        long bytes = BYTES_PER_GROUP;
        for (int i = 0; i < terms.size(); i++) {
            bytes += isNumber(terms.get(i)) ? Double.BYTES : 0;
        }
        return bytes * groups;
    }

    /** Orders on, with about so many comparisons or numbers; false if more is left to do. */
    boolean order(final int limit) {
        int work = limit;
        while (work > 0 && groupsKnown < from.length) {
            for (int i = 0; i < numbers.length; i++) {
                if (numbers[i] != null) {
                    numbers[i][groupsKnown] = number(terms.get(i), groupsKnown);
                }
            }
            from[groupsKnown] = groupsKnown;
            groupsKnown++;
            work--;
        }
        while (work > 0 && width < from.length) {
            work -= merge(work);
        }
        return groupsKnown == from.length && width >= from.length;
    }

    /** Groups in order, at most {@code limit}; when all is {@link #order ordered}. */
    int[] sorted(final int limit) {
        return from.length <= limit ? from : Arrays.copyOf(from, limit);
    }

    /** Merges on in the two runs at hand; returns how many groups it moved, at least one. */
    private int merge(final int limit) {
        final int middle = Math.min(left + width, from.length);
        final int end = Math.min(left + 2 * width, from.length);
        if (!isMerging) {
            isMerging = true;
            a = left;
            b = middle;
            at = left;
        }
        final int first = at;
        final int stop = Math.min(end, at + limit);
        while (at < stop) {
            if (a < middle && (b >= end || compare(from[a], from[b]) <= 0)) {
                to[at++] = from[a++];
            } else {
                to[at++] = from[b++];
            }
        }
        if (at == end) {
            isMerging = false;
            left = end;
            if (end == from.length) {
                left = 0;
                width *= 2;
                final int[] swap = from;
                from = to;
                to = swap;
            }
        }
        return stop - first;
    }

    private int compare(final int one, final int other) {
        for (int i = 0; i < terms.size(); i++) {
            final int result = compare(i, one, other);
            if (result != 0) {
                return result;
            }
        }
        final int byTime = Long.compare(table.bucketUs(one), table.bucketUs(other));
        return byTime != 0 ? byTime : compareGroups(one, other);
    }

    private int compare(final int index, final int one, final int other) {
        final OrderTerm term = terms.get(index);
        final int sign = term.descending() ? -1 : 1;
        return switch (term.key()) {
            case TIMESTAMP -> sign * Long.compare(table.bucketUs(one), table.bucketUs(other));
            case COUNT -> sign * Long.compare(rows.count(one), rows.count(other));
            case GROUP -> sign * compareGroups(one, other);
            case DIMENSION -> compareValues(table.code(one, term.index()), table.code(other, term.index()), sign);
            default -> {
                final int result = compareNumbers(numbers[index][one], numbers[index][other], sign);
                yield result != 0 ? result : sign * Double.compare(rest(term, one) + 0.0, rest(term, other) + 0.0);
            }
        };
    }

    /** What two sums that look the same as doubles may differ in. */
    private double rest(final OrderTerm term, final int group) {
        return switch (term.key()) {
            case SUM -> rows.sumRest(group);
            case VALUE -> rows.valueRest(group);
            case AGGREGATE -> rows.valueRest(term.index(), group);
            default -> 0;
        };
    }

    private static boolean isNumber(final OrderTerm term) {
        return switch (term.key()) {
            case TIMESTAMP, COUNT, GROUP, DIMENSION -> false;
            case VALUE, SUM, AVG, MIN, MAX, AGGREGATE -> true;
        };
    }

    private double number(final OrderTerm term, final int group) {
        return switch (term.key()) {
            case SUM -> rows.sum(group);
            case AVG -> rows.avg(group);
            case MIN -> rows.min(group);
            case MAX -> rows.max(group);
            case AGGREGATE -> rows.value(term.index(), group);
            default -> rows.value(group);
        };
    }

    /** NaN stands for a missing number, which comes last in either direction. */
    private static int compareNumbers(final double one, final double other, final int sign) {
        if (Double.isNaN(one) || Double.isNaN(other)) {
            return Boolean.compare(Double.isNaN(one), Double.isNaN(other));
        }
        return one == other ? 0 : one < other ? -sign : sign;
    }

    private int compareValues(final int codeA, final int codeB, final int sign) {
        if (codeA == codeB) {
            return 0;
        }
        if (codeA == 0 || codeB == 0) {
            return codeA == 0 ? 1 : -1;
        }
        final ValueDictionary values = table.values();
        return sign * Arrays.compareUnsigned(
            values.bytes(), values.start(codeA), values.end(codeA), values.bytes(), values.start(codeB), values.end(codeB));
    }

    private int compareGroups(final int one, final int other) {
        for (int dimension = 0; dimension < table.dimensionCount(); dimension++) {
            final int codeA = table.code(one, dimension);
            final int codeB = table.code(other, dimension);
            if (codeA != codeB) {
                return compareTexts(one, other);
            }
        }
        return 0;
    }

    /**
     * Whole texts, because a value may hold what separates dimensions. For the same reason texts of different groups can be equal, as can
     * that of the value "null" and of none: then dimension by dimension, by value, the absent one first. Never by code: codes are given as
     * values arrive, so the order would be another each time.
     */
    private int compareTexts(final int one, final int other) {
        final GroupCursor cursorA = new GroupCursor(one);
        final GroupCursor cursorB = new GroupCursor(other);
        while (true) {
            final int byteA = cursorA.next();
            final int byteB = cursorB.next();
            if (byteA != byteB) {
                return Integer.compare(byteA, byteB);
            }
            if (byteA < 0) {
                break;
            }
        }
        for (int dimension = 0; dimension < table.dimensionCount(); dimension++) {
            final int codeA = table.code(one, dimension);
            final int codeB = table.code(other, dimension);
            if (codeA != codeB) {
                return codeA == 0 ? -1 : codeB == 0 ? 1 : compareValues(codeA, codeB, 1);
            }
        }
        return 0;
    }

    /** Walks the bytes of a group's text without building it. */
    private final class GroupCursor {
        private final int group;
        private int dimension = -1;
        private byte[] bytes = RowValues.NOTHING;
        private int index;
        private int end;
        private boolean inName;

        private GroupCursor(final int group) {
            this.group = group;
        }

        /** The next byte, unsigned, or -1 at the end. */
        private int next() {
            while (index == end) {
                if (inName) {
                    inName = false;
                    final int code = table.code(group, dimension);
                    bytes = code == 0 ? RowValues.NULL : table.values().bytes();
                    index = code == 0 ? 0 : table.values().start(code);
                    end = code == 0 ? bytes.length : table.values().end(code);
                } else if (++dimension < table.dimensionCount()) {
                    inName = true;
                    bytes = names.get(dimension);
                    index = 0;
                    end = bytes.length;
                } else {
                    dimension = table.dimensionCount();
                    return -1;
                }
            }
            return bytes[index++] & 0xFF;
        }
    }
}
