package io.truenow.fabric.service;

import io.truenow.fabric.metrics.Metrics;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.EpochMicroClock;
import org.agrona.concurrent.NanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * What a service has to refuse, or cannot do, for longer than a moment: a full journal, say. Each trouble is a line of the log when it
 * begins and when it ends, an entry on {@code /status} while it lasts, and {@code truenow_trouble} 1, so that nobody has to guess it from
 * refused requests. Filled by the launching thread before the agent runs; {@link #status} is for any thread.
 */
public final class Troubles implements Agent {
    private static final Logger LOGGER = LoggerFactory.getLogger(Troubles.class);
    private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(200);
    /** What is over sooner is no trouble; and it is over when it has been away for so long. */
    private static final long LASTING_NS = TimeUnit.SECONDS.toNanos(1);
    /** Of what is usual while services start. */
    private static final long AT_START_NS = TimeUnit.SECONDS.toNanos(5);

    private final String service;
    private final Metrics metrics;
    private final NanoClock clock;
    private final EpochMicroClock wallClock;
    private final List<Trouble> troubles = new ArrayList<>();
    private long nextLookNs;

    public Troubles(final String service, final Metrics metrics, final NanoClock clock, final EpochMicroClock wallClock) {
        this.service = service;
        this.metrics = metrics;
        this.clock = clock;
        this.wallClock = wallClock;
        this.nextLookNs = clock.nanoTime();
    }

    /**
     * Adds one that counts after a second.
     *
     * @param name   in words joined by underscores, such as {@code journal_full}.
     * @param reason null while all is well, else what is wrong and what would mend it, in a sentence; called on the agent's thread.
     */
    public Troubles add(final String name, final Supplier<String> reason) {
        return add(new Trouble(name, reason, LASTING_NS));
    }

    /** Adds one that counts after five seconds, as others may have to start first. */
    public Troubles addSlow(final String name, final Supplier<String> reason) {
        return add(new Trouble(name, reason, AT_START_NS));
    }

    /** Those that last, for {@code /status}. */
    public List<Map<String, Object>> status() {
        final List<Map<String, Object>> lasting = new ArrayList<>();
        for (final Trouble trouble : troubles) {
            final String reason = trouble.lastingReason;
            if (reason != null) {
                final Map<String, Object> entry = new LinkedHashMap<>();
                entry.put("trouble", trouble.name);
                entry.put("since", trouble.since.toString());
                entry.put("reason", reason);
                lasting.add(entry);
            }
        }
        return lasting;
    }

    @Override
    public int doWork() {
        final long nowNs = clock.nanoTime();
        if (nowNs - nextLookNs < 0) {
            return 0;
        }
        nextLookNs = nowNs + LOOK_NS;
        for (int i = 0; i < troubles.size(); i++) {
            look(troubles.get(i), nowNs);
        }
        return 0;
    }

    @Override
    public String roleName() {
        return service + "-troubles";
    }

    private Troubles add(final Trouble trouble) {
        troubles.add(trouble);
        metrics.gauge("truenow_trouble", "1 while it lasts.", () -> trouble.lastingReason == null ? 0 : 1,
            "service", service, "trouble", trouble.name);
        return this;
    }

    private void look(final Trouble trouble, final long nowNs) {
        final String reason = trouble.reason.get();
        final boolean isLasting = trouble.lastingReason != null;
        if (reason != null == isLasting) {
            trouble.isChanging = false;
            if (isLasting) {
                trouble.lastingReason = reason;
            }
            return;
        }
        if (!trouble.isChanging) {
            trouble.isChanging = true;
            trouble.changedNs = nowNs;
        }
        if (nowNs - trouble.changedNs >= (isLasting ? LASTING_NS : trouble.countsAfterNs)) {
            trouble.isChanging = false;
            if (isLasting) {
                trouble.lastingReason = null;
                LOGGER.info("{}: {} is over after {} s", service, trouble.name,
                    TimeUnit.NANOSECONDS.toSeconds(trouble.changedNs - trouble.beganNs));
            } else {
                trouble.beganNs = trouble.changedNs;
                trouble.since = Instant.ofEpochMilli(
                    TimeUnit.MICROSECONDS.toMillis(wallClock.microTime()) - TimeUnit.NANOSECONDS.toMillis(nowNs - trouble.changedNs));
                trouble.lastingReason = reason;
                LOGGER.warn("{}: {}: {}", service, trouble.name, reason);
            }
        }
    }

    private static final class Trouble {
        private final String name;
        private final Supplier<String> reason;
        private final long countsAfterNs;
        /** Before {@link #lastingReason} is. */
        private Instant since;
        private volatile String lastingReason;
        private boolean isChanging;
        private long changedNs;
        private long beganNs;

        private Trouble(final String name, final Supplier<String> reason, final long countsAfterNs) {
            this.name = name;
            this.reason = reason;
            this.countsAfterNs = countsAfterNs;
        }
    }
}
