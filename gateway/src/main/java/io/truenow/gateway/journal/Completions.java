package io.truenow.gateway.journal;

import java.util.ArrayList;
import java.util.List;

/**
 * Hands requests back to their edges, and tells each edge once when a turn's last one has been handed back: waking an edge's thread costs
 * more than journaling an event. Owned by the journal agent.
 */
public final class Completions {
    /** Those told something in this turn: one for each event loop and agent that takes events, so a list is searched. */
    private final List<IngestCompletion> told = new ArrayList<>();

    /** Ends the request, which is the edge's from then on. */
    public void complete(final IngestRequest request, final IngestOutcome outcome) {
        final IngestCompletion completion = request.completion();
        request.complete(outcome);
        if (!told.contains(completion)) {
            told.add(completion);
        }
    }

    /** To be called before the agent rests, and often enough for none to wait long. */
    public void endTurn() {
        for (int i = 0; i < told.size(); i++) {
            told.get(i).onTurnEnd();
        }
        told.clear();
    }
}
