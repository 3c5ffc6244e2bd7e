package io.truenow.fabric.memory.os;

/** Lets threads give way to others. */
public final class ThreadNiceness {
    /** What threads get that give way; others have 0 unless the whole process was started nice. */
    public static final int NICENESS = 10;

    private ThreadNiceness() {
    }

    /**
     * From now on the calling thread gets about a tenth of a processor that others want too, and all of one that nobody wants.
     *
     * @return null if granted, else a few words why not; then the thread runs as before.
     */
    public static String giveWay() {
        return giveWay(0);
    }

    /** The same for another thread of this process, by the kernel's id. */
    public static String giveWay(final long threadId) {
        final long result = SystemCall.SETPRIORITY.invoke(0, threadId, NICENESS);
        return result < 0 ? ErrorNumbers.text(-result) : null;
    }
}
