package io.truenow.tools.process;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Whether all services of a process say that they are ready, and the wait until they do. Used by the launching thread. */
final class Readiness {
    /** Waits a little; true if the process is to stop. */
    @FunctionalInterface
    interface Pause {
        /** As {@link StopSignal#await(long)}. */
        boolean isStoppedWithin(long timeoutMs) throws InterruptedException;
    }

    private static final long POLL_MS = 5;
    private static final long TELL_NS = TimeUnit.SECONDS.toNanos(5);

    private Readiness() {
    }

    /** Null if every service is ready, else the first reason why not. */
    static String whyNot(final String host, final Map<String, Integer> httpPorts) {
        for (final Map.Entry<String, Integer> service : httpPorts.entrySet()) {
            final String whyNot = ReadyProbe.whyNotReady(host, service.getValue());
            if (whyNot != null) {
                return service.getKey() + ": " + whyNot;
            }
        }
        return null;
    }

    /**
     * Waits until there is no reason left or the process is to stop; tells the reason every few seconds.
     *
     * @return null if all is ready, else the last reason.
     */
    static String await(final Supplier<String> whyNotReady, final Pause pause, final Consumer<String> tell) throws InterruptedException {
        String whyNot = whyNotReady.get();
        long tellAtNs = System.nanoTime() + TELL_NS;
        while (whyNot != null && !pause.isStoppedWithin(POLL_MS)) {
            if (System.nanoTime() - tellAtNs > 0) {
                tell.accept("  waiting, " + whyNot);
                tellAtNs = System.nanoTime() + TELL_NS;
            }
            whyNot = whyNotReady.get();
        }
        return whyNot;
    }
}
