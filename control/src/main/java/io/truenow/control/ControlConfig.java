package io.truenow.control;

import io.truenow.fabric.config.Require;
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
    private static final Duration MOST_TIMEOUT = Duration.ofHours(1);

    public ControlConfig {
        members = List.copyOf(members);
        final List<String> addresses = members;
        final int count = Require.readable(() -> ControlMembers.parse(addresses), "members").members().size();
        Require.that(memberId >= 0 && memberId < count, "member-id", "0 to " + (count - 1) + ", a place in control.members");
        Require.port(httpPort, "http-port");
        Require.that(snapshotIntervalCommands >= 1, "snapshot-interval-commands", "1 or more");
        Require.between(Duration.ofMillis(100), leaderHeartbeatTimeout, MOST_TIMEOUT, "leader-heartbeat-timeout");
        Require.between(Duration.ofMillis(50), electionTimeout, MOST_TIMEOUT, "election-timeout");
        Require.between(Duration.ofSeconds(1), sessionTimeout, MOST_TIMEOUT, "session-timeout");
    }

    /** The members, read. */
    public ControlMembers controlMembers() {
        return ControlMembers.parse(members);
    }
}
