package io.truenow.control;

import io.truenow.fabric.control.ControlMembers;

import java.time.Duration;
import java.util.List;

/**
 * Section {@code control} of the configuration; every key is explained in {@code truenow/control.yaml}.
 *
 * @param memberId                 this member's place in {@code members}.
 * @param members                  {@code host:port} of 1, 3 or 5 members; a member uses six UDP ports from there on.
 * @param httpPort                 of the REST face, 0 for any.
 * @param snapshotIntervalCommands log entries after which a snapshot is taken.
 * @param leaderHeartbeatTimeout   silence of the leader after which followers elect another.
 * @param electionTimeout          for gathering votes.
 * @param sessionTimeout           silence of a client after which its session ends.
 */
public record ControlConfig(
    int memberId,
    List<String> members,
    int httpPort,
    int snapshotIntervalCommands,
    Duration leaderHeartbeatTimeout,
    Duration electionTimeout,
    Duration sessionTimeout) {
    public ControlConfig {
        members = List.copyOf(members);
        final int count = ControlMembers.parse(members).members().size();
        require(memberId >= 0 && memberId < count, "member-id", "is not a place in control.members");
        require(httpPort >= 0 && httpPort <= 65_535, "http-port", "is not a port");
        require(snapshotIntervalCommands >= 1, "snapshot-interval-commands", "must be 1 or more");
        require(leaderHeartbeatTimeout.toMillis() >= 100, "leader-heartbeat-timeout", "must be 100ms or more");
        require(electionTimeout.toMillis() >= 50, "election-timeout", "must be 50ms or more");
        require(sessionTimeout.toMillis() >= 1_000, "session-timeout", "must be 1s or more");
    }

    /** The members, read. */
    public ControlMembers controlMembers() {
        return ControlMembers.parse(members);
    }

    private static void require(final boolean condition, final String key, final String text) {
        if (!condition) {
            throw new IllegalArgumentException("control." + key + " " + text);
        }
    }
}
