package io.truenow.fabric.memory.os;

/** By how much the kernel may let a thread's timed waits last longer, to serve several timers at once; 50 µs unless asked otherwise. */
public final class TimerSlack {
    private static final long SET_TIMER_SLACK = 29;
    private static final long LEAST_NS = 1;

    private TimerSlack() {
    }

    /**
     * Lets the calling thread's timed waits end when they are due.
     *
     * @return null if granted, else a few words why not; then they last as long as before.
     */
    public static String least() {
        final long result = SystemCall.PRCTL.invoke(SET_TIMER_SLACK, LEAST_NS);
        return result < 0 ? ErrorNumbers.text(-result) : null;
    }
}
