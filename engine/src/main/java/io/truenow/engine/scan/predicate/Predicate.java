package io.truenow.engine.scan.predicate;

import io.truenow.codecs.query.CompareOp;
import io.truenow.codecs.query.PredicateKind;
import io.truenow.codecs.query.ShardQueryDecoder;
import io.truenow.engine.store.value.SegmentDictionary;
import io.truenow.engine.store.value.ValueTable;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

import java.util.Arrays;

/**
 * A query's filter as it came: nodes in postfix order, the last is the root; none: all rows. Holds its own copy of the values. Reused.
 *
 * <p>A comparison is false where the row lacks the metric, NOT negates plainly.
 */
public final class Predicate {
    /** More nodes are refused. */
    public static final int MAX_NODES = 1_024;
    /** Deeper trees are refused. */
    public static final int MAX_DEPTH = 32;
    /** More values are refused. */
    public static final int MAX_VALUES = 1 << 16;
    /** More bytes of values are refused. */
    public static final int MAX_VALUE_BYTES = 1 << 22;

    private final ExpandableArrayBuffer valueBytes = new ExpandableArrayBuffer(256);
    private PredicateKind[] kinds = new PredicateKind[8];
    private CompareOp[] ops = new CompareOp[8];
    private int[] columns = new int[8];
    private int[] operandCounts = new int[8];
    private boolean[] nullMatches = new boolean[8];
    private double[] constants = new double[8];
    /** Node n's values are valueStarts[n] .. valueStarts[n + 1] - 1 of the arrays by value. */
    private int[] valueStarts = new int[9];
    /** First node of the tree whose root the node is. */
    private int[] treeStarts = new int[8];
    private LeafKey[] leafKeys = new LeafKey[8];
    /** Of {@link #end}: roots of trees that have no parent yet, and depths of those. */
    private int[] roots = new int[8];
    private int[] depths = new int[8];
    private int nodeCount;
    private int[] valueOffsets = new int[8];
    private int[] valueLengths = new int[8];
    private int[] valueHashes = new int[8];
    private int valueCount;
    private int valueBytesUsed;
    /** Finds values by node and hash: 1 + index of the value, open addressing. */
    private int[] slots = new int[16];
    private boolean malformed;

    /** Starts over: all rows. */
    public void begin() {
        nodeCount = 0;
        valueCount = 0;
        valueBytesUsed = 0;
        malformed = false;
    }

    /** One more node. */
    public void node(
        final PredicateKind kind, final CompareOp op, final int column, final int operands, final boolean nulls, final double constant) {
        if (nodeCount == MAX_NODES) {
            malformed = true;
            return;
        }
        if (nodeCount == kinds.length) {
            growNodes();
        }
        kinds[nodeCount] = kind;
        ops[nodeCount] = op;
        columns[nodeCount] = column;
        operandCounts[nodeCount] = operands;
        nullMatches[nodeCount] = nulls;
        constants[nodeCount] = constant;
        valueStarts[nodeCount] = valueCount;
        nodeCount++;
        valueStarts[nodeCount] = valueCount;
    }

    /** One more value of the last node, with its hash. */
    public void value(final DirectBuffer buffer, final int offset, final int length, final int hash) {
        if (valueCount == MAX_VALUES || valueBytesUsed + length > MAX_VALUE_BYTES || nodeCount == 0) {
            malformed = true;
            return;
        }
        if (valueCount == valueOffsets.length) {
            valueOffsets = Arrays.copyOf(valueOffsets, valueCount * 2);
            valueLengths = Arrays.copyOf(valueLengths, valueCount * 2);
            valueHashes = Arrays.copyOf(valueHashes, valueCount * 2);
        }
        valueBytes.putBytes(valueBytesUsed, buffer, offset, length);
        valueOffsets[valueCount] = valueBytesUsed;
        valueLengths[valueCount] = length;
        valueHashes[valueCount] = hash;
        valueBytesUsed += length;
        valueCount++;
        valueStarts[nodeCount] = valueCount;
    }

    /** All nodes are told: whether they are one sound tree. If not, there must be no scan. */
    public boolean end() {
        int rootCount = 0;
        for (int node = 0; node < nodeCount && !malformed; node++) {
            final int operands = operandCounts[node];
            malformed = !isSoundNode(node) || operands > rootCount;
            if (!malformed) {
                rootCount -= operands;
                int depth = 0;
                for (int i = 0; i < operands; i++) {
                    depth = Math.max(depth, depths[rootCount + i]);
                }
                treeStarts[node] = operands == 0 ? node : treeStarts[roots[rootCount]];
                roots[rootCount] = node;
                depths[rootCount] = depth + 1;
                malformed = depth == MAX_DEPTH;
                rootCount++;
            }
        }
        malformed |= rootCount != 1 && nodeCount > 0;
        if (!malformed) {
            index();
        }
        return !malformed;
    }

    /** Takes over the predicate of a message, whose turn it is to be read, to its end; false if it is malformed. */
    public boolean read(final ShardQueryDecoder query, final ValueTable values) {
        begin();
        for (final ShardQueryDecoder.PredicateDecoder node : query.predicate()) {
            final int kind = node.kindRaw();
            final int op = node.opRaw();
            final boolean known = kind <= PredicateKind.METRIC_NULL.value() && op <= CompareOp.GREATER_OR_EQUAL.value();
            malformed |= !known;
            if (known) {
                node(PredicateKind.get((short) kind), CompareOp.get((short) op), node.column(), node.operands(),
                    node.nullMatches() == 1, node.constant());
            }
            for (final ShardQueryDecoder.PredicateDecoder.ValuesDecoder value : node.values()) {
                final int length = value.valueLength();
                final int offset = query.limit() + ShardQueryDecoder.PredicateDecoder.ValuesDecoder.valueHeaderLength();
                if (!malformed) {
                    value(query.buffer(), offset, length, values.hash(query.buffer(), offset, length));
                }
                query.limit(offset + length);
            }
        }
        return end();
    }

    /** Whether it is true of all rows, having no nodes. */
    public boolean isEmpty() {
        return nodeCount == 0;
    }

    /** Nodes; the last is the root. */
    public int nodeCount() {
        return nodeCount;
    }

    /** Kind of a node. */
    public PredicateKind kind(final int node) {
        return kinds[node];
    }

    /** Dimension of IN and CONTAINS, metric of COMPARE and METRIC_NULL. */
    public int column(final int node) {
        return columns[node];
    }

    CompareOp op(final int node) {
        return ops[node];
    }

    double constant(final int node) {
        return constants[node];
    }

    boolean nullMatches(final int node) {
        return nullMatches[node];
    }

    int operandCount(final int node) {
        return operandCounts[node];
    }

    /** First node of a tree. The last operand's root is the node before the tree's, the one before that lies before that operand. */
    int treeStart(final int node) {
        return treeStarts[node];
    }

    /** What an IN or CONTAINS asks, to remember answers by; null for others. */
    LeafKey leafKey(final int node) {
        return isLeaf(node) ? leafKeys[node] : null;
    }

    int valueCount(final int node) {
        return valueStarts[node + 1] - valueStarts[node];
    }

    int valueHash(final int node, final int index) {
        return valueHashes[valueStarts[node] + index];
    }

    int valueLength(final int node, final int index) {
        return valueLengths[valueStarts[node] + index];
    }

    byte valueByte(final int node, final int index, final int at) {
        return valueBytes.getByte(valueOffsets[valueStarts[node] + index] + at);
    }

    /** Whether the value of a segment's code is among those of an IN. */
    boolean isListed(final int node, final ValueTable values, final SegmentDictionary dictionary, final int code) {
        final int hash = dictionary.hash(code);
        for (int slot = slot(node, hash); slots[slot] != 0; slot = slot + 1 & slots.length - 1) {
            final int i = slots[slot] - 1;
            if (valueHashes[i] == hash && i >= valueStarts[node] && i < valueStarts[node + 1]
                && values.isEqual(dictionary.laneCode(code), valueBytes, valueOffsets[i], valueLengths[i])) {
                return true;
            }
        }
        return false;
    }

    /** Whether a lane code's value is one of those of an IN. */
    boolean isValue(final int node, final int index, final ValueTable values, final int laneCode) {
        final int i = valueStarts[node] + index;
        return values.isEqual(laneCode, valueBytes, valueOffsets[i], valueLengths[i]);
    }

    private boolean isSoundNode(final int node) {
        final int operands = operandCounts[node];
        final int nodeValues = valueCount(node);
        return switch (kinds[node]) {
            case AND, OR -> nodeValues == 0;
            case NOT -> operands == 1 && nodeValues == 0;
            case IN -> operands == 0;
            case CONTAINS -> operands == 0 && nodeValues == 1;
            case COMPARE -> operands == 0 && nodeValues == 0 && ops[node] != CompareOp.NONE && !Double.isNaN(constants[node]);
            case METRIC_NULL -> operands == 0 && nodeValues == 0;
            case NULL_VAL -> false;
        };
    }

    private void index() {
        if (slots.length < valueCount * 2) {
            slots = new int[Integer.highestOneBit(valueCount) * 4];
        } else {
            Arrays.fill(slots, 0);
        }
        for (int node = 0; node < nodeCount; node++) {
            if (isLeaf(node)) {
                leafKeys[node] = leafKeys[node] == null ? new LeafKey() : leafKeys[node];
                leafKeys[node].begin(kinds[node], columns[node], nullMatches[node]);
                for (int i = valueStarts[node]; i < valueStarts[node + 1]; i++) {
                    leafKeys[node].value(valueBytes, valueOffsets[i], valueLengths[i]);
                    int slot = slot(node, valueHashes[i]);
                    while (slots[slot] != 0) {
                        slot = slot + 1 & slots.length - 1;
                    }
                    slots[slot] = i + 1;
                }
            }
        }
    }

    private boolean isLeaf(final int node) {
        return kinds[node] == PredicateKind.IN || kinds[node] == PredicateKind.CONTAINS;
    }

    private int slot(final int node, final int hash) {
        return hash + node * 0x9E37_79B9 & slots.length - 1;
    }

    private void growNodes() {
        final int length = nodeCount * 2;
        kinds = Arrays.copyOf(kinds, length);
        ops = Arrays.copyOf(ops, length);
        columns = Arrays.copyOf(columns, length);
        operandCounts = Arrays.copyOf(operandCounts, length);
        nullMatches = Arrays.copyOf(nullMatches, length);
        constants = Arrays.copyOf(constants, length);
        valueStarts = Arrays.copyOf(valueStarts, length + 1);
        treeStarts = Arrays.copyOf(treeStarts, length);
        leafKeys = Arrays.copyOf(leafKeys, length);
        roots = Arrays.copyOf(roots, length);
        depths = Arrays.copyOf(depths, length);
    }
}
