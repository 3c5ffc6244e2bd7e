package io.truenow.hottier.lane;

import io.truenow.fabric.agent.Doorbell;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * A query begins to wait for rows while the lane publishes them: the query agent sees them or is rung, or it would rest beside them.
 */
@JCStressTest
@Outcome(id = {"true, false", "false, true", "true, true"}, expect = Expect.ACCEPTABLE, desc = "Seen, or rung.")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "Neither: the query agent rests beside what it waits for.")
@State
public class AwaitedRowsStress {
    private boolean isRung;
    private boolean isSeen;
    private final Doorbell bell = () -> isRung = true;
    private final LaneExchange exchange = new LaneExchange(bell);
    /** Plain, as the rows and the counts behind a sequence lock are. */
    private boolean isPublished;

    /** Publishes rows. */
    @Actor
    public void lane() {
        isPublished = true;
        exchange.onProgress();
    }

    /** Says that it waits, then looks again. */
    @Actor
    public void queryAgent() {
        exchange.awaitRows(true);
        isSeen = isPublished;
    }

    /** After both. */
    @Arbiter
    public void end(final ZZ_Result result) {
        result.r1 = isSeen;
        result.r2 = isRung;
    }
}
