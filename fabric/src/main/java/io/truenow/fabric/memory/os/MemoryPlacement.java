package io.truenow.fabric.memory.os;

/**
 * How memory is wanted from the machine.
 *
 * @param hugePages asked for or not.
 * @param numaNode  on which it is wanted, or {@link #ANY_NODE}. A full node is passed over: slower memory is better than none.
 */
public record MemoryPlacement(HugePages hugePages, int numaNode) {
    /** No node is wanted. */
    public static final int ANY_NODE = -1;
    /** As the machine gives it. */
    public static final MemoryPlacement ANY = new MemoryPlacement(HugePages.OFF, ANY_NODE);
    /** Nodes that a mask can name. */
    public static final int MAX_NODES = 64;

    public MemoryPlacement {
        if (numaNode < ANY_NODE || numaNode >= MAX_NODES) {
            throw new IllegalArgumentException("a NUMA node is 0 to " + (MAX_NODES - 1) + ", or -1 for any: " + numaNode);
        }
    }
}
