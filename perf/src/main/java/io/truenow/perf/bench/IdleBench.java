package io.truenow.perf.bench;

import io.truenow.perf.Bench;
import io.truenow.perf.BenchEnvironment;
import io.truenow.perf.BenchFailure;
import io.truenow.perf.process.ThreadTimes;

import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What a TrueNow costs that nobody uses: the processor time of all services in one process, by thread, as a percentage of one core.
 * Options: {@code quiet} seconds before, {@code seconds} measured.
 */
public final class IdleBench implements Bench {
    private static final double SHOWN_FROM_PERCENT = 0.02;

    @Override
    public String name() {
        return "idle";
    }

    @Override
    public String description() {
        return "Processor time of a TrueNow without load, by thread";
    }

    @Override
    public Map<String, Integer> options() {
        return Map.of("quiet", 60, "seconds", 30);
    }

    @Override
    public void run(final BenchEnvironment environment) throws Exception {
        if (environment.pid() == 0) {
            throw new BenchFailure("bench idle looks at the threads of a TrueNow that it starts itself: leave out --gateway and --query");
        }
        rest(environment.option("quiet"));
        final ThreadTimes before = ThreadTimes.of(environment.pid());
        final long startNs = System.nanoTime();
        rest(environment.option("seconds"));
        final Map<String, Long> nanosByThread = ThreadTimes.of(environment.pid()).since(before);
        final double elapsedNs = System.nanoTime() - startNs;
        nanosByThread.entrySet().stream().sorted(Map.Entry.comparingByValue(Comparator.reverseOrder())).forEach(thread -> {
            final double percent = 100 * thread.getValue() / elapsedNs;
            if (percent >= SHOWN_FROM_PERCENT) {
                environment.report("%-16s %6.2f %%", thread.getKey(), percent);
            }
        });
        final Figures figures = new Figures(environment);
        figures.add("idle.cpu_percent", 100 * nanosByThread.values().stream().mapToLong(nanos -> nanos).sum() / elapsedNs, "%");
        figures.print();
    }

    private static void rest(final int seconds) {
        final long untilNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        long leftNs = untilNs - System.nanoTime();
        while (leftNs > 0) {
            LockSupport.parkNanos(leftNs);
            leftNs = untilNs - System.nanoTime();
        }
    }
}
