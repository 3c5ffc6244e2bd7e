package io.truenow.query.merge;

import io.truenow.query.plan.OrderTerm;

import java.util.Arrays;
import java.util.List;

/**
 * The order of a merged query's groups: the plan's terms, then timestamp, then group text in the order of its UTF-8 bytes. One thread.
 */
final class ResultOrder {
    private final MergeTable table;
    private final RowValues rows;
    private final List<OrderTerm> terms;
    private final List<byte[]> names;

    ResultOrder(final MergeTable table, final RowValues rows, final List<OrderTerm> terms, final List<byte[]> names) {
        this.table = table;
        this.rows = rows;
        this.terms = terms;
        this.names = names;
    }

    /** Groups in order, at most {@code limit}. */
    int[] sorted(final int limit) {
        int[] from = new int[table.groupCount()];
        for (int i = 0; i < from.length; i++) {
            from[i] = i;
        }
        int[] to = new int[from.length];
        for (int width = 1; width < from.length; width *= 2) {
            for (int left = 0; left < from.length; left += 2 * width) {
                merge(from, to, left, Math.min(left + width, from.length), Math.min(left + 2 * width, from.length));
            }
            final int[] swap = from;
            from = to;
            to = swap;
        }
        return from.length <= limit ? from : Arrays.copyOf(from, limit);
    }

    private void merge(final int[] from, final int[] to, final int left, final int middle, final int end) {
        int a = left;
        int b = middle;
        for (int i = left; i < end; i++) {
            if (a < middle && (b >= end || compare(from[a], from[b]) <= 0)) {
                to[i] = from[a++];
            } else {
                to[i] = from[b++];
            }
        }
    }

    private int compare(final int a, final int b) {
        for (int i = 0; i < terms.size(); i++) {
            final int result = compare(terms.get(i), a, b);
            if (result != 0) {
                return result;
            }
        }
        final int byTime = Long.compare(table.bucketUs(a), table.bucketUs(b));
        return byTime != 0 ? byTime : compareGroups(a, b);
    }

    private int compare(final OrderTerm term, final int a, final int b) {
        final int sign = term.descending() ? -1 : 1;
        return switch (term.key()) {
            case TIMESTAMP -> sign * Long.compare(table.bucketUs(a), table.bucketUs(b));
            case COUNT -> sign * Long.compare(rows.count(a), rows.count(b));
            case GROUP -> sign * compareGroups(a, b);
            case DIMENSION -> compareValues(table.code(a, term.index()), table.code(b, term.index()), sign);
            case VALUE -> compareNumbers(rows.value(a), rows.value(b), sign);
            case SUM -> compareNumbers(rows.sum(a), rows.sum(b), sign);
            case AVG -> compareNumbers(rows.avg(a), rows.avg(b), sign);
            case MIN -> compareNumbers(rows.min(a), rows.min(b), sign);
            case MAX -> compareNumbers(rows.max(a), rows.max(b), sign);
            case AGGREGATE -> compareNumbers(rows.value(term.index(), a), rows.value(term.index(), b), sign);
        };
    }

    /** NaN stands for a missing number, which comes last in either direction. */
    private static int compareNumbers(final double a, final double b, final int sign) {
        if (Double.isNaN(a) || Double.isNaN(b)) {
            return Boolean.compare(Double.isNaN(a), Double.isNaN(b));
        }
        return a == b ? 0 : a < b ? -sign : sign;
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

    private int compareGroups(final int a, final int b) {
        for (int dimension = 0; dimension < table.dimensionCount(); dimension++) {
            final int codeA = table.code(a, dimension);
            final int codeB = table.code(b, dimension);
            if (codeA != codeB) {
                return compareTexts(a, b);
            }
        }
        return 0;
    }

    /** Whole texts, because a value may hold what separates dimensions. Equal texts (the value "null" and none): the absent value first. */
    private int compareTexts(final int a, final int b) {
        final GroupCursor cursorA = new GroupCursor(a);
        final GroupCursor cursorB = new GroupCursor(b);
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
            final int result = Integer.compare(table.code(a, dimension), table.code(b, dimension));
            if (result != 0) {
                return result;
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
