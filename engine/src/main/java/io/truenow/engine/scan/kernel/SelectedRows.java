package io.truenow.engine.scan.kernel;

/** The rows of a block that a query selected, with the numbers of their groups. What it gives is valid until the next block. */
public interface SelectedRows {
    /** Rows selected, at most 4 096. */
    int selectedCount();

    /** Groups of the selected rows, in their order. */
    int[] groups();

    /** All groups of the segment so far are below this. */
    int groupLimit();

    /** Reads the local codes of a dimension for the selected rows, 0 for null. */
    void codes(int dimension, int[] target);

    /** Reads a metric for those of the selected rows that have it; tells how many, see {@link #values()} and {@link #valueGroups()}. */
    int values(int metric);

    /** What {@link #values(int)} read. */
    double[] values();

    /** The groups of what {@link #values(int)} read. */
    int[] valueGroups();
}
