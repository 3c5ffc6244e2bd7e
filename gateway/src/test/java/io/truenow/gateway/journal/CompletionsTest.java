package io.truenow.gateway.journal;

import io.truenow.codecs.edge.AckLevel;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

class CompletionsTest {
    private final Completions completions = new Completions();
    private final List<String> told = new ArrayList<>();

    @Test
    void tellsEachEdgeOnceATurnAfterItsRequests() {
        final Edge one = new Edge("one");
        final Edge other = new Edge("other");
        completions.complete(request(one), IngestOutcome.OK);
        completions.complete(request(other), IngestOutcome.JOURNAL_FULL);
        completions.complete(request(one), IngestOutcome.OK);
        assertEquals(List.of("one OK", "other JOURNAL_FULL", "one OK"), told);
        completions.endTurn();
        assertEquals(List.of("one turn", "other turn"), told.subList(3, told.size()));
        completions.endTurn();
        assertEquals(5, told.size(), "nothing was completed since");
        completions.complete(request(other), IngestOutcome.OK);
        completions.endTurn();
        assertEquals(List.of("other OK", "other turn"), told.subList(5, told.size()));
    }

    @Test
    void whoTakesARequestIsRung() {
        final int[] rings = new int[1];
        final JournalProxy proxy = new JournalProxy(new ManyToOneConcurrentArrayQueue<>(2), () -> rings[0]++);
        assertTrue(proxy.offer(request(new Edge("one"))));
        assertTrue(proxy.offer(request(new Edge("one"))));
        assertEquals(2, rings[0]);
        assertFalse(proxy.offer(request(new Edge("one"))), "the queue is full");
        assertEquals(2, rings[0]);
    }

    private static IngestRequest request(final Edge edge) {
        return new IngestRequest().reset(AckLevel.JOURNALED, edge);
    }

    private final class Edge implements IngestCompletion {
        private final String name;

        Edge(final String name) {
            this.name = name;
        }

        @Override
        public void onComplete(final IngestRequest request) {
            told.add(name + ' ' + request.outcome());
        }

        @Override
        public void onTurnEnd() {
            told.add(name + " turn");
        }
    }
}
