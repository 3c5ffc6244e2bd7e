package io.truenow.control.cluster;

import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.IdleStrategy;

/** Consensus module and archive share a thread: where the module waits for the archive, its idling must drive it. */
final class ArchiveDrivingIdleStrategy implements IdleStrategy {
    private final AgentInvoker archive;
    private final IdleStrategy whenNothingMoves;

    ArchiveDrivingIdleStrategy(final AgentInvoker archive, final IdleStrategy whenNothingMoves) {
        this.archive = archive;
        this.whenNothingMoves = whenNothingMoves;
    }

    @Override
    public void idle(final int workCount) {
        whenNothingMoves.idle(workCount + archive.invoke());
    }

    @Override
    public void idle() {
        if (archive.invoke() == 0) {
            whenNothingMoves.idle();
        }
    }

    @Override
    public void reset() {
        whenNothingMoves.reset();
    }
}
