package io.truenow.engine.store.seal;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Nothing that a lane asks of the sealer and nothing that it answers is lost or out of order, be it more than the queues hold. */
class SealExchangeTest {
    private static final int CAPACITY = 1_024;
    private static final int MORE = CAPACITY + 300;

    private final SealExchange exchange = new SealExchange();

    @Test
    void tasksThatDoNotFitWaitAtTheLane() {
        for (int i = 0; i < MORE; i++) {
            exchange.offer(new SealTask.Settle(i));
        }
        assertEquals(CAPACITY, exchange.tasksWaiting());
        assertEquals(0, exchange.flushTasks());
        for (int i = 0; i < 10; i++) {
            assertEquals(new SealTask.Settle(i), exchange.pollTask());
        }
        assertEquals(10, exchange.flushTasks());
        for (int i = 10; i < MORE; i++) {
            assertEquals(new SealTask.Settle(i), exchange.pollTask());
            exchange.flushTasks();
        }
        assertNull(exchange.pollTask());
        assertEquals(0, exchange.tasksWaiting());
    }

    @Test
    void answersThatDoNotFitWaitAtTheSealer() {
        for (int i = 0; i < MORE; i++) {
            exchange.answer(new SealDone(new SealTask.Settle(i), null, i % 2 == 0 ? null : "no room"));
        }
        for (int i = 0; i < MORE; i++) {
            final SealDone done = exchange.pollDone();
            assertEquals(new SealTask.Settle(i), done.task());
            assertEquals(i % 2 == 0, done.isDone());
            assertEquals(i < 300 ? 1 : 0, exchange.flushAnswers());
        }
        assertNull(exchange.pollDone());
        assertFalse(new SealDone(new SealTask.Settle(1), null, "").isDone());
        assertTrue(new SealDone(new SealTask.Settle(1), null, null).isDone());
    }
}
