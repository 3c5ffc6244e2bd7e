package io.truenow.fabric.catalog;

/**
 * What an operator may change about a table.
 *
 * @param retentionUs how long after its event time an event is held.
 * @param isClosed    whether events may not add columns.
 * @param description for people; empty if there is none.
 */
public record TableProperties(long retentionUs, boolean isClosed, String description) {
    /** Open, without description. */
    public static TableProperties open(final long retentionUs) {
        return new TableProperties(retentionUs, false, "");
    }
}
