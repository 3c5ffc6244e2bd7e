package io.truenow.engine.scan.loop;

/** Where the doubles of a range of a block's rows are: in its column, or decoded in an array. Reused for every block; one thread. */
public final class ValueSource {
    private int fromRow;
    private int toRow;
    private long address;
    private double[] decoded;

    /** Of nothing yet. */
    public ValueSource() {
    }

    /** The column of a block, told by the address of its row 0. */
    public void column(final int newFromRow, final int newToRow, final long newAddress) {
        fromRow = newFromRow;
        toRow = newToRow;
        address = newAddress;
        decoded = null;
    }

    /** An array with room for whole words: what is at index 0 is of the first row of fromRow's word. */
    public void decoded(final int newFromRow, final int newToRow, final double[] newDecoded) {
        fromRow = newFromRow;
        toRow = newToRow;
        address = 0;
        decoded = newDecoded;
    }

    int firstWord() {
        return fromRow >>> 6;
    }

    int endWord() {
        return toRow + Long.SIZE - 1 >>> 6;
    }

    int toRow() {
        return toRow;
    }

    /** Whether they are in a column. */
    boolean isColumn() {
        return decoded == null;
    }

    long address() {
        return address;
    }

    double[] decoded() {
        return decoded;
    }
}
