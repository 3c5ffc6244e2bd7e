package io.truenow.fabric.agent;

import java.util.Arrays;
import java.util.List;

/** Rings all threads of one duty. Threads come and go under the scheduler's lock; {@link #ring} takes none. */
final class DutyDoorbell implements Doorbell {
    private static final AgentThread[] NOBODY = {};

    private volatile AgentThread[] threads = NOBODY;

    @Override
    public void ring() {
        for (final AgentThread thread : threads) {
            thread.ring();
        }
    }

    void add(final AgentThread thread) {
        if (!List.of(threads).contains(thread)) {
            final AgentThread[] more = Arrays.copyOf(threads, threads.length + 1);
            more[threads.length] = thread;
            threads = more;
        }
    }

    void remove(final AgentThread thread) {
        threads = Arrays.stream(threads).filter(other -> other != thread).toArray(AgentThread[]::new);
    }
}
