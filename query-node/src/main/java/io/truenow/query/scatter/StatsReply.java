package io.truenow.query.scatter;

import java.util.List;

/** Where the lanes' statistics go. Called on the scatter agent's thread. */
public interface StatsReply {
    /** Gives what the lanes said in time. */
    void onStats(Totals totals);

    /** The node is shutting down or cannot ask. */
    void onUnavailable();

    /**
     * Sums over the lanes that answered.
     *
     * @param rowsHeld      visible rows.
     * @param rowsPerSecond new rows, over the last ten seconds.
     * @param unanswered    lanes that did not answer in time: {@code "node 3 lane 0"}.
     */
    record Totals(long rowsHeld, double rowsPerSecond, List<String> unanswered) {
        public Totals {
            unanswered = List.copyOf(unanswered);
        }
    }
}
