package io.truenow.tools.process;

import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Tells the person who starts a process how far it is. Used by the launching thread. */
final class Progress {
    private static final double NS_PER_SECOND = 1e9;

    private final PrintStream out;
    /** Of the Java machine, which is when the person began to wait. */
    private final long startNs = System.nanoTime()
        - TimeUnit.MILLISECONDS.toNanos(ManagementFactory.getRuntimeMXBean().getUptime());
    private long stepNs = startNs;

    Progress(final PrintStream out) {
        this.out = out;
    }

    /** A step is done. */
    void done(final String step, final String detail) {
        final long nowNs = System.nanoTime();
        // in one piece: the log goes to the same terminal
        line(String.format(Locale.ROOT, "  %-14s %5.2f s  %s", step, (nowNs - stepNs) / NS_PER_SECOND, detail));
        stepNs = nowNs;
    }

    /** A line of its own. */
    void line(final String text) {
        out.println(text);
        out.flush();
    }

    /** Since the Java machine started. */
    String elapsed() {
        return String.format(Locale.ROOT, "%.2f s", (System.nanoTime() - startNs) / NS_PER_SECOND);
    }
}
