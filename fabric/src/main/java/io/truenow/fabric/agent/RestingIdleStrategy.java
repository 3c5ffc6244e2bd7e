package io.truenow.fabric.agent;

import org.agrona.concurrent.IdleStrategy;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Spins, yields, then pauses, ever longer. A pause ends by a {@link #ring} or by itself. Each pause that ends by itself costs some 25 µs of
 * a core, so how long they get depends on how work comes: as long as it is announced by rings, or comes seldom, pauses may be long
 * rests; when pauses that nobody ended kept work waiting several times, one soon after the other, pauses stay short for a while. A sign of
 * life now and then does not keep a thread from resting, nor does a burst of them.
 *
 * <p>Belongs to the one thread that idles by it, but for {@link #ring}, which any thread may call.
 */
final class RestingIdleStrategy implements IdleStrategy {
    /** Work that came unannounced keeps pauses short for so long. */
    static final long ALERT_NS = 100_000_000L;
    /** Unannounced work that comes within so long is one burst. */
    static final long BURST_NS = 5_000_000L;
    /** Bursts that are not farther apart follow one another. */
    static final long NEAR_NS = 50_000_000L;
    /** So many that follow one another are a stream. */
    static final int STREAM_BURSTS = 3;
    static final long FIRST_PAUSE_NS = 50_000L;
    static final int SPINS = 50;
    static final int YIELDS = 20;
    private static final VarHandle RESTS;

    static {
        try {
            RESTS = MethodHandles.lookup().findVarHandle(RestingIdleStrategy.class, "rests", boolean.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final long maxPauseNs;
    private final long maxRestNs;
    private final Pauses pauses;
    private Thread thread;
    private int idleTurns;
    private long pauseNs;
    private boolean hasRunOut;
    private boolean isAlert;
    private long alertUntilNs;
    private int bursts;
    private long burstNs;
    /** Whether the thread pauses or will without another look, unless it is rung; written by both sides. */
    @SuppressWarnings("unused") // by the handle
    private volatile boolean rests;

    /**
     * A strategy for one thread.
     *
     * @param maxPauseNs longest pause while work comes unannounced.
     * @param maxRestNs  longest pause otherwise; not less.
     */
    RestingIdleStrategy(final long maxPauseNs, final long maxRestNs, final Pauses pauses) {
        this.maxPauseNs = maxPauseNs;
        this.maxRestNs = Math.max(maxPauseNs, maxRestNs);
        this.pauses = pauses;
        reset();
    }

    @Override
    public void idle(final int workCount) {
        if (workCount > 0) {
            onWork();
        } else {
            idle();
        }
    }

    @Override
    public void idle() {
        if (idleTurns < SPINS) {
            idleTurns++;
            Thread.onSpinWait();
        } else if (idleTurns < SPINS + YIELDS) {
            idleTurns++;
            Thread.yield();
        } else if (!rests) {
            // from here on others ring, so what they handed over before is looked for once more
            if (thread == null) {
                thread = Thread.currentThread();
                pauses.begin();
            }
            hasRunOut = false;
            rests = true;
        } else {
            pause();
        }
    }

    @Override
    public void reset() {
        idleTurns = 0;
        pauseNs = Math.min(FIRST_PAUSE_NS, maxPauseNs);
        hasRunOut = false;
        rests = false;
    }

    @Override
    public String alias() {
        return "resting";
    }

    /** Ends the pause, if there is one. */
    void ring() {
        // what was handed over may have been written without an order against this read
        VarHandle.fullFence();
        if (rests && RESTS.compareAndSet(this, true, false)) {
            pauses.wake(thread);
        }
    }

    private void onWork() {
        if (idleTurns == 0) {
            return;
        }
        if (hasRunOut) {
            onUnannouncedWork(pauses.nanoTime());
        }
        reset();
    }

    private void onUnannouncedWork(final long nowNs) {
        final long apartNs = nowNs - burstNs;
        if (bursts == 0 || apartNs >= BURST_NS) {
            bursts = bursts > 0 && apartNs <= NEAR_NS ? Math.min(bursts + 1, STREAM_BURSTS) : 1;
            burstNs = nowNs;
        }
        if (bursts == STREAM_BURSTS) {
            isAlert = true;
            alertUntilNs = nowNs + ALERT_NS;
        }
    }

    private void pause() {
        pauses.pause(pauseNs);
        hasRunOut = rests;
        if (isAlert && pauses.nanoTime() - alertUntilNs >= 0) {
            isAlert = false;
        }
        pauseNs = Math.min(2 * pauseNs, isAlert ? maxPauseNs : maxRestNs);
    }
}
