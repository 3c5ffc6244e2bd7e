package io.truenow.tools.config;

import io.truenow.fabric.agent.IdleStrategies;

import java.nio.file.Path;
import java.time.Duration;

/**
 * Section {@code process}; the keys are explained in {@code truenow/process.yaml}.
 *
 * @param dataDir          root of everything kept.
 * @param bindHost         of ports and endpoints.
 * @param advertiseHost    where others reach this process.
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
    private static final Duration LEAST_SLICE = Duration.ofNanos(100_000);
    private static final Duration MOST_SLICE = Duration.ofMillis(100);

    public ProcessConfig {
        if (httpThreads < 1) {
            throw new IllegalArgumentException("http-threads must be at least 1");
        }
        if (metricsPort != null && (metricsPort < 0 || metricsPort > 65_535)) {
            throw new IllegalArgumentException("metrics-port must be 0 .. 65535");
        }
        if (!agentSlice.isZero() && (agentSlice.compareTo(LEAST_SLICE) < 0 || agentSlice.compareTo(MOST_SLICE) > 0)) {
            throw new IllegalArgumentException("agent-slice must be 0ms, or 100us .. 100ms");
        }
        if (controlTimeout.isNegative() || controlTimeout.isZero()) {
            throw new IllegalArgumentException("control-timeout must be positive");
        }
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
}
