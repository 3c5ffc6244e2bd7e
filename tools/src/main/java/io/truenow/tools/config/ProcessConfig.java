package io.truenow.tools.config;

import io.truenow.fabric.agent.IdleStrategies;

import io.truenow.fabric.config.Require;
import io.truenow.fabric.host.HostText;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Section {@code process}; the keys are explained in {@code truenow/process.yaml}.
 *
 * @param dataDir          root of everything kept.
 * @param bindHost         of ports and endpoints, without brackets.
 * @param advertiseHost    where others reach this process, without brackets; null for {@code bindHost}, or for the loopback interface where
 *                         that stands for all addresses.
 * @param metricsPort      0 for any; null for what {@link #metricsPortOf} says.
 * @param httpThreads      event loops.
 * @param agentThreads     how agents share threads.
 * @param agentIdle        of agent threads.
 * @param agentMaxPark     longest pause of theirs while work comes unannounced.
 * @param agentMaxRest     longest pause of theirs otherwise.
 * @param agentSlice       how long threads of events and queries run at a stretch; zero for what the machine gives others.
 * @param compilersGiveWay the Java machine's, to all others.
 * @param controlTimeout   of a command.
 */
public record ProcessConfig(
    Path dataDir,
    String bindHost,
    String advertiseHost,
    Integer metricsPort,
    int httpThreads,
    AgentThreads agentThreads,
    IdleStrategies agentIdle,
    Duration agentMaxPark,
    Duration agentMaxRest,
    Duration agentSlice,
    boolean compilersGiveWay,
    Duration controlTimeout) {

    private static final int DEFAULT_METRICS_PORT = 8090;
    private static final int MANY_PROCESSORS = 5;
    private static final int MAX_HTTP_THREADS = 1_024;
    private static final Duration LEAST_PARK = Duration.ofNanos(1_000);
    private static final Duration MOST_PARK = Duration.ofSeconds(1);
    private static final Duration LEAST_SLICE = Duration.ofNanos(100_000);
    private static final Duration MOST_SLICE = Duration.ofMillis(100);

    public ProcessConfig {
        bindHost = HostText.plain(bindHost);
        Require.that(HostText.isHost(bindHost), "bind-host", "an address or a name of this machine, such as 127.0.0.1, 0.0.0.0, ::1 or ::");
        advertiseHost = advertiseHost == null ? reachable(bindHost) : HostText.plain(advertiseHost);
        Require.that(HostText.isHost(advertiseHost) && !HostText.isWildcard(advertiseHost), "advertise-host",
            "one address or name of this machine, such as 10.0.0.5, fd00::5 or node-5.example.org");
        if (metricsPort != null) {
            Require.port(metricsPort, "metrics-port");
        }
        Require.that(httpThreads >= 1 && httpThreads <= MAX_HTTP_THREADS, "http-threads", "1 to " + MAX_HTTP_THREADS);
        Require.between(LEAST_PARK, agentMaxPark, MOST_PARK, "agent-max-park");
        Require.between(LEAST_PARK, agentMaxRest, MOST_PARK, "agent-max-rest");
        if (!agentSlice.isZero()) {
            Require.that(agentSlice.compareTo(LEAST_SLICE) >= 0 && agentSlice.compareTo(MOST_SLICE) <= 0,
                "agent-slice", "0ms, or 100us to 100ms");
        }
        Require.between(Duration.ofMillis(1), controlTimeout, Duration.ofHours(1), "control-timeout");
    }

    /**
     * The port of metrics that a process opens, null for none.
     *
     * @param isDefault whether it opens one without being told so.
     */
    public Integer metricsPortOf(final boolean isDefault) {
        return metricsPort == null && isDefault ? Integer.valueOf(DEFAULT_METRICS_PORT) : metricsPort;
    }

    /** How agents get threads. */
    public enum AgentThreads {
        /** By the number of processors. */
        AUTO,
        /** Agents of one duty share a thread. */
        SHARED,
        /** Each agent has its own. */
        DEDICATED
    }

    /** Whether agents share threads on this machine. */
    public boolean isShared() {
        return agentThreads == AgentThreads.SHARED
            || agentThreads == AgentThreads.AUTO && Runtime.getRuntime().availableProcessors() < MANY_PROCESSORS;
    }

    /** Where this machine reaches its own ports. */
    public String connectHost() {
        return reachable(bindHost);
    }

    private static String reachable(final String host) {
        if (HostText.isWildcard(host)) {
            return host.indexOf(':') < 0 ? "127.0.0.1" : "::1";
        }
        return host;
    }
}
