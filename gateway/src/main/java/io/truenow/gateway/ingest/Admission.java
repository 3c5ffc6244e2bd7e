package io.truenow.gateway.ingest;

import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;

import java.util.Locale;

/**
 * What all edges of a gateway may hold for their clients together, and who is refused first when that becomes scarce ({@link Priority}).
 * Any thread.
 *
 * <p>An edge that can make its clients wait, as HTTP does by not reading, does so first.
 */
public final class Admission {
    private static final Problem NO_ROOM =
        Problem.of(ProblemCode.GATEWAY_BUSY, "Too much is in flight. Nothing was accepted; send the request again.");

    private final ClientBudget budget;

    /** Over the bytes that the gateway's edges count. */
    public Admission(final ClientBudget budget) {
        this.budget = budget;
    }

    /** What is told where there is no room, whatever the priority. */
    static Problem noRoom() {
        return NO_ROOM;
    }

    /**
     * Judges a request.
     *
     * @param ownBytes that its edge has counted for it: a request alone is never too much.
     * @return null if it may go on, else why not.
     */
    Problem judge(final Priority priority, final long ownBytes) {
        final double load = (double) (budget.usedBytes() - ownBytes) / budget.limitBytes();
        return load < priority.refusedFrom() ? null : Problem.of(ProblemCode.GATEWAY_BUSY, String.format(Locale.ROOT,
            "The gateway holds %.0f %% of %s, and refuses requests of priority %s from %.0f %% on. Nothing was accepted; send it again.",
            100 * load, budget.key(), priority.text(), 100 * priority.refusedFrom()));
    }

    boolean tryTake(final long bytes) {
        return budget.tryTake(bytes);
    }

    void giveBack(final long bytes) {
        budget.giveBack(bytes);
    }
}
