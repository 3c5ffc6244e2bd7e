package io.truenow.fabric.agent;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The threads of a process that rest. Whoever brings news from outside, a media driver in the same process, ends their rests, so that these
 * may be long. Any thread.
 */
public final class RestingThreads implements Doorbell {
    private final List<RestingIdleStrategy> strategies = new CopyOnWriteArrayList<>();

    @Override
    public void ring() {
        for (final RestingIdleStrategy strategy : strategies) {
            strategy.ring();
        }
    }

    void add(final RestingIdleStrategy strategy) {
        strategies.add(strategy);
    }
}
