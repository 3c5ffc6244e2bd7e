package io.truenow.engine.scan.predicate;

import io.truenow.codecs.query.PredicateKind;
import io.truenow.engine.store.segment.Block;
import io.truenow.engine.store.segment.MetricEncoding;
import io.truenow.engine.store.segment.Segment;
import io.truenow.engine.store.value.SegmentDictionary;

import java.util.Arrays;

/**
 * What a {@link Predicate} means in one segment: which local codes its leaves are true of. What is the same for all rows of the segment, or
 * by zone maps of a block, is not asked of rows. Reused; the predicate must not change meanwhile.
 */
public final class SegmentPredicate {
    private static final byte UNKNOWN = 0;
    private static final byte TRUE = 1;
    private static final byte FALSE = 2;
    /** Looking at values ends a step after so many rows' worth. */
    private static final int STEP_COST = 1 << 14;
    private static final int POSTED_COST = 4;
    /** A row of which is known where it is, mostly alone in its block. */
    private static final long KNOWN_ROW_COST = 512;

    private final RowMasks masks = new RowMasks();
    private Predicate predicate;
    private int root;
    /** While it is given its meaning: nodes that have one. */
    private int resolved;
    private Segment segment;
    private long rowCount;
    private ResolvedLeaves leaves;
    private CodeSet[] sets = new CodeSet[8];
    /** Where they are this predicate's own. */
    private CodeSet[] ownSets = new CodeSet[8];
    /** Of each node that has a set: its rows, where {@link #isPosted}. */
    private PostedRows[] posted = new PostedRows[8];
    private boolean[] isPosted = new boolean[8];
    /** Of each node: what it is for all rows of the segment, and of the block under way. */
    private byte[] segmentStates = new byte[8];
    private byte[] blockStates = new byte[8];
    /** Of each node that has a set: where its code stands in a tuple. */
    private int[] tuplePositions = new int[8];
    /** For each depth of the tree, what is left and what is found. */
    private long[][] scratch = new long[0][];
    private int fromRow;
    private int toRow;
    private Block block;

    /** For one query at a time. */
    public SegmentPredicate() {
    }

    /** Gives the predicate its meaning in a segment, all at once. */
    public void resolve(final Predicate newPredicate, final Segment newSegment, final ResolvedLeaves newLeaves) {
        begin(newPredicate, newSegment, newSegment.rowCount(), newLeaves);
        while (!isResolved()) {
            step();
        }
    }

    /**
     * Begins to give the predicate its meaning in a segment, by {@link #step} until it {@link #isResolved}. To be called after the cut was
     * taken whose rows are asked for.
     *
     * @param newRowCount of the cut.
     */
    public void begin(final Predicate newPredicate, final Segment newSegment, final long newRowCount, final ResolvedLeaves newLeaves) {
        predicate = newPredicate;
        segment = newSegment;
        rowCount = newRowCount;
        leaves = newLeaves;
        resolved = 0;
        final int nodes = newPredicate.nodeCount();
        root = nodes - 1;
        if (nodes > sets.length) {
            sets = new CodeSet[nodes];
            ownSets = new CodeSet[nodes];
            posted = new PostedRows[nodes];
            isPosted = new boolean[nodes];
            segmentStates = new byte[nodes];
            blockStates = new byte[nodes];
            tuplePositions = new int[nodes];
        }
        Arrays.fill(sets, null);
        Arrays.fill(isPosted, false);
    }

    /** Looks at some values or nodes; returns what it cost, in rows. */
    public int step() {
        int cost = 1;
        while (resolved <= root && cost < STEP_COST) {
            final int node = resolved;
            byte state = UNKNOWN;
            if (predicate.leafKey(node) != null) {
                if (sets[node] == null) {
                    ownSets[node] = ownSets[node] == null ? new CodeSet(false) : ownSets[node];
                    sets[node] = leaves.find(predicate, node, segment, ownSets[node]);
                }
                final SegmentDictionary dictionary = segment.dictionary(predicate.column(node));
                if (dictionary != null && !sets[node].isComplete(dictionary)) {
                    cost += leaves.extend(predicate, node, segment, sets[node]);
                    continue;
                }
                state = sets[node].isEmpty() ? FALSE : sets[node].isFull() ? TRUE : UNKNOWN;
                if (state == UNKNOWN) {
                    posted[node] = posted[node] == null ? new PostedRows() : posted[node];
                    isPosted[node] = posted[node].list(segment, rowCount, predicate.column(node), sets[node]);
                    cost += isPosted[node] ? posted[node].count() * POSTED_COST : 0;
                }
            } else if (isInner(node)) {
                state = combine(node, segmentStates);
            }
            segmentStates[node] = state;
            resolved++;
        }
        if (isResolved()) {
            segment = null;
            leaves = null;
        }
        return cost;
    }

    /** Whether all is looked at, so that the methods that follow may be called. */
    public boolean isResolved() {
        return resolved > root;
    }

    /** Whether it is true of all rows of the segment's cut. */
    public boolean isAlwaysTrue() {
        return root < 0 || segmentStates[root] == TRUE;
    }

    /** Whether it is true of no row of the segment's cut. */
    public boolean isAlwaysFalse() {
        return root >= 0 && segmentStates[root] == FALSE;
    }

    /** The first row of the segment, not before another, that it may be true of; Long.MAX_VALUE if there is none. */
    public long nextRow(final long row) {
        return root < 0 ? row : nextRow(root, row);
    }

    /** What it costs in rows to look at the rows that it may be true of, where these are known; else Long.MAX_VALUE. */
    public long knownRowsCost() {
        return root < 0 ? Long.MAX_VALUE : knownRowsCost(root);
    }

    /** Whether a block's zone map says that it is true of none of its rows. */
    public boolean isFalseIn(final Block anyBlock) {
        return root >= 0 && fold(anyBlock) == FALSE;
    }

    /**
     * Clears the bits of rows that it is not true of.
     *
     * @param words  bit r & 63 of word r >>> 6 for row r; none set but of rows fromRow .. toRow - 1.
     */
    public void select(final Block newBlock, final int newFromRow, final int newToRow, final long[] words) {
        if (root < 0 || newFromRow >= newToRow) {
            return;
        }
        block = newBlock;
        fromRow = newFromRow;
        toRow = newToRow;
        fold(newBlock);
        narrow(root, 0, words);
        block = null;
    }

    /**
     * Prepares {@link #matches}: tuples hold local codes of these dimensions.
     *
     * @return false if it asks for something else too, so that tuples do not tell.
     */
    public boolean bindTuples(final int[] dimensions, final int dimensionCount) {
        for (int node = 0; node <= root; node++) {
            tuplePositions[node] = -1;
            if (predicate.leafKey(node) != null) {
                for (int i = 0; i < dimensionCount && tuplePositions[node] < 0; i++) {
                    tuplePositions[node] = dimensions[i] == predicate.column(node) ? i : -1;
                }
                if (tuplePositions[node] < 0 && segmentStates[node] == UNKNOWN) {
                    return false;
                }
            } else if (!isInner(node)) {
                return false;
            }
        }
        return true;
    }

    /** Whether it is true of rows with such codes, 0 for null, of the dimensions that were bound. */
    public boolean matches(final int[] codes) {
        return root < 0 || matches(root, codes);
    }

    private boolean matches(final int node, final int[] codes) {
        if (segmentStates[node] != UNKNOWN) {
            return segmentStates[node] == TRUE;
        }
        if (sets[node] != null) {
            return sets[node].contains(codes[tuplePositions[node]]);
        }
        final PredicateKind kind = predicate.kind(node);
        // what ends the search: true for OR, false for AND; a NOT is an AND of one, turned round
        final boolean decisive = kind == PredicateKind.OR;
        int child = node - 1;
        for (int i = predicate.operandCount(node); i > 0; i--) {
            if (matches(child, codes) == decisive) {
                return decisive != (kind == PredicateKind.NOT);
            }
            child = predicate.treeStart(child) - 1;
        }
        return decisive == (kind == PredicateKind.NOT);
    }

    private long nextRow(final int node, final long row) {
        if (segmentStates[node] != UNKNOWN) {
            return segmentStates[node] == TRUE ? row : PostedRows.NONE;
        }
        if (isPosted[node]) {
            return posted[node].next(row);
        }
        final PredicateKind kind = predicate.kind(node);
        if (kind != PredicateKind.AND && kind != PredicateKind.OR) {
            return row;
        }
        long next = kind == PredicateKind.AND ? row : PostedRows.NONE;
        int child = node - 1;
        for (int i = predicate.operandCount(node); i > 0; i--) {
            next = kind == PredicateKind.AND ? Math.max(next, nextRow(child, row)) : Math.min(next, nextRow(child, row));
            child = predicate.treeStart(child) - 1;
        }
        return next;
    }

    private long knownRowsCost(final int node) {
        if (segmentStates[node] != UNKNOWN) {
            return segmentStates[node] == TRUE ? Long.MAX_VALUE : 0;
        }
        if (isPosted[node]) {
            return posted[node].from() + posted[node].count() * KNOWN_ROW_COST;
        }
        final PredicateKind kind = predicate.kind(node);
        if (kind != PredicateKind.AND && kind != PredicateKind.OR) {
            return Long.MAX_VALUE;
        }
        long cost = kind == PredicateKind.AND ? Long.MAX_VALUE : 0;
        int child = node - 1;
        for (int i = predicate.operandCount(node); i > 0; i--) {
            final long childCost = knownRowsCost(child);
            cost = kind == PredicateKind.AND ? Math.min(cost, childCost) : cost + childCost < 0 ? Long.MAX_VALUE : cost + childCost;
            child = predicate.treeStart(child) - 1;
        }
        return cost;
    }

    private boolean isInner(final int node) {
        final PredicateKind kind = predicate.kind(node);
        return kind == PredicateKind.AND || kind == PredicateKind.OR || kind == PredicateKind.NOT;
    }

    /** What follows for a node from its operands. */
    private byte combine(final int node, final byte[] states) {
        final PredicateKind kind = predicate.kind(node);
        int child = node - 1;
        if (kind == PredicateKind.NOT) {
            return states[child] == UNKNOWN ? UNKNOWN : states[child] == TRUE ? FALSE : TRUE;
        }
        final byte decisive = kind == PredicateKind.OR ? TRUE : FALSE;
        byte result = kind == PredicateKind.OR ? FALSE : TRUE;
        for (int i = predicate.operandCount(node); i > 0; i--) {
            if (states[child] == decisive) {
                return decisive;
            }
            result = states[child] == UNKNOWN ? UNKNOWN : result;
            child = predicate.treeStart(child) - 1;
        }
        return result;
    }

    private byte fold(final Block anyBlock) {
        for (int node = 0; node <= root; node++) {
            byte state = segmentStates[node];
            if (state == UNKNOWN) {
                state = switch (predicate.kind(node)) {
                    case IN, CONTAINS -> foldCodes(node, anyBlock);
                    case COMPARE -> foldCompare(node, anyBlock);
                    case METRIC_NULL -> foldNull(predicate.column(node), anyBlock);
                    default -> combine(node, blockStates);
                };
            }
            blockStates[node] = state;
        }
        return blockStates[root];
    }

    private boolean isPosted(final int node, final Block anyBlock) {
        return isPosted[node] && anyBlock.firstRow() >= posted[node].from();
    }

    private byte foldCodes(final int node, final Block anyBlock) {
        if (isPosted(node, anyBlock)) {
            return posted[node].isAnyIn(anyBlock.firstRow(), anyBlock.firstRow() + Block.MAX_ROWS) ? UNKNOWN : FALSE;
        }
        if (anyBlock.codeWidthBytes(predicate.column(node)) != 0) {
            return UNKNOWN;
        }
        return sets[node].contains(0) ? TRUE : FALSE;
    }

    private byte foldCompare(final int node, final Block anyBlock) {
        final int metric = predicate.column(node);
        if (anyBlock.metricEncoding(metric) == MetricEncoding.ABSENT) {
            return FALSE;
        }
        final double constant = predicate.constant(node);
        final double min = anyBlock.minMetric(metric);
        final double max = anyBlock.maxMetric(metric);
        final boolean none;
        final boolean all;
        switch (predicate.op(node)) {
            case EQUAL -> {
                none = constant < min || constant > max;
                all = min == constant && max == constant;
            }
            case NOT_EQUAL -> {
                none = min == constant && max == constant;
                all = constant < min || constant > max;
            }
            case LESS -> {
                none = min >= constant;
                all = max < constant;
            }
            case LESS_OR_EQUAL -> {
                none = min > constant;
                all = max <= constant;
            }
            case GREATER -> {
                none = max <= constant;
                all = min > constant;
            }
            default -> {
                none = max < constant;
                all = min >= constant;
            }
        }
        return none ? FALSE : all && anyBlock.nullsAddress(metric) == 0 ? TRUE : UNKNOWN;
    }

    private static byte foldNull(final int metric, final Block anyBlock) {
        if (anyBlock.metricEncoding(metric) == MetricEncoding.ABSENT) {
            return TRUE;
        }
        return anyBlock.nullsAddress(metric) == 0 ? FALSE : UNKNOWN;
    }

    /** Clears bits of rows that a node is not true of. */
    private void narrow(final int node, final int depth, final long[] words) {
        final int first = fromRow >>> 6;
        final int end = toRow + Long.SIZE - 1 >>> 6;
        if (blockStates[node] == FALSE) {
            Arrays.fill(words, first, end, 0);
        } else if (blockStates[node] == UNKNOWN) {
            switch (predicate.kind(node)) {
                case AND -> {
                    int child = node - 1;
                    for (int i = predicate.operandCount(node); i > 0; i--) {
                        narrow(child, depth, words);
                        child = predicate.treeStart(child) - 1;
                    }
                }
                case OR -> narrowToAny(node, depth, words);
                case NOT -> {
                    final long[] found = scratch(depth * 2);
                    System.arraycopy(words, first, found, first, end - first);
                    narrow(node - 1, depth + 1, found);
                    for (int i = first; i < end; i++) {
                        words[i] &= ~found[i];
                    }
                }
                case IN, CONTAINS -> {
                    if (isPosted(node, block)) {
                        posted[node].narrow(block.firstRow(), fromRow, toRow, words);
                    } else {
                        masks.codes(block, predicate.column(node), sets[node], fromRow, toRow, words);
                    }
                }
                case COMPARE -> masks.compare(block, predicate, node, fromRow, toRow, words);
                default -> RowMasks.nulls(block, predicate.column(node), fromRow, toRow, words);
            }
        }
    }

    private void narrowToAny(final int node, final int depth, final long[] words) {
        final int first = fromRow >>> 6;
        final int end = toRow + Long.SIZE - 1 >>> 6;
        final long[] left = scratch(depth * 2);
        final long[] found = scratch(depth * 2 + 1);
        System.arraycopy(words, first, left, first, end - first);
        Arrays.fill(words, first, end, 0);
        int child = node - 1;
        for (int i = predicate.operandCount(node); i > 0; i--) {
            System.arraycopy(left, first, found, first, end - first);
            narrow(child, depth + 1, found);
            for (int word = first; word < end; word++) {
                words[word] |= found[word];
                left[word] &= ~found[word];
            }
            child = predicate.treeStart(child) - 1;
        }
    }

    private long[] scratch(final int index) {
        if (index >= scratch.length) {
            final int known = scratch.length;
            scratch = Arrays.copyOf(scratch, index + 2);
            for (int i = known; i < scratch.length; i++) {
                scratch[i] = new long[Block.MAX_ROWS / Long.SIZE];
            }
        }
        return scratch[index];
    }
}
