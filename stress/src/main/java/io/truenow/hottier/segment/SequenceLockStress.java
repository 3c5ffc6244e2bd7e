package io.truenow.engine.store.segment;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * Two publications of three fields, beside one read: what the reader uses is one publication, whole.
 */
@JCStressTest
@Outcome(id = "-1, -1, -1", expect = Expect.ACCEPTABLE, desc = "A publication was under way.")
@Outcome(id = {"0, 0, 0", "1, 1, 1", "2, 2, 2"}, expect = Expect.ACCEPTABLE, desc = "One publication.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Parts of two publications.")
@State
public class SequenceLockStress {
    private final SequenceLock lock = new SequenceLock();
    private int first;
    private int second;
    private int third;

    /** Publishes twice. */
    @Actor
    public void writer() {
        publish(1);
        publish(2);
    }

    /** Reads once. */
    @Actor
    public void reader(final III_Result result) {
        final long begun = lock.beginRead();
        final int readThird = third;
        final int readFirst = first;
        final int readSecond = second;
        final boolean isWhole = begun >= 0 && lock.endRead(begun);
        result.r1 = isWhole ? readFirst : -1;
        result.r2 = isWhole ? readSecond : -1;
        result.r3 = isWhole ? readThird : -1;
    }

    private void publish(final int value) {
        lock.beginWrite();
        first = value;
        second = value;
        third = value;
        lock.endWrite();
    }
}
