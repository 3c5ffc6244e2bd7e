package io.truenow.control.state;

import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The last command of each client and its reply, so that a resent command is answered, not repeated. The state machine's thread only. */
final class CommandSessions {
    static final int MAX_SESSIONS = 4_096;
    static final long IDLE_TIMEOUT_US = 600_000_000L;

    record Session(long sequence, long lastActiveUs, byte[] reply) {
    }

    private final NavigableMap<Long, Session> byClientId = new TreeMap<>();

    Session get(final long clientId) {
        return byClientId.get(clientId);
    }

    NavigableMap<Long, Session> all() {
        return byClientId;
    }

    void put(final long clientId, final Session session) {
        byClientId.put(clientId, session);
        if (byClientId.size() > MAX_SESSIONS) {
            removeOldest(clientId);
        }
    }

    /** Forgets clients that have been silent for long; they are gone, or their commands are. */
    void expire(final long nowUs) {
        byClientId.values().removeIf(session -> nowUs - session.lastActiveUs() > IDLE_TIMEOUT_US);
    }

    private void removeOldest(final long exceptClientId) {
        long oldestId = 0;
        long oldestUs = Long.MAX_VALUE;
        for (final Map.Entry<Long, Session> entry : byClientId.entrySet()) {
            if (entry.getKey() != exceptClientId && entry.getValue().lastActiveUs() < oldestUs) {
                oldestId = entry.getKey();
                oldestUs = entry.getValue().lastActiveUs();
            }
        }
        byClientId.remove(oldestId);
    }
}
