package io.truenow.control.cluster;

import io.aeron.Aeron;
import io.aeron.RethrowingErrorHandler;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.EpochClock;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.YieldingIdleStrategy;

/**
 * Where a member's parts find their media driver and by which clocks they go: those of the process' own client. Left alone, consensus
 * module and service container take the machine's for their clients, which a pause of the process then closes. Immutable.
 *
 * @param aeronDirectory of the driver.
 * @param driverClock    the driver's time, which keepalives are written in.
 * @param nanoClock      the process' running time.
 */
record MemberClocks(String aeronDirectory, EpochClock driverClock, NanoClock nanoClock) {
    static MemberClocks of(final Aeron aeron) {
        final Aeron.Context context = aeron.context();
        return new MemberClocks(context.aeronDirectoryName(), context.epochClock(), context.nanoClock());
    }

    /** A client for a part that closes it; otherwise as the part would make it. */
    Aeron connect(final Aeron.Context context, final ErrorHandler errors) {
        return Aeron.connect(context
            .aeronDirectoryName(aeronDirectory)
            .epochClock(driverClock)
            .nanoClock(nanoClock)
            .errorHandler(errors)
            .subscriberErrorHandler(RethrowingErrorHandler.INSTANCE)
            .awaitingIdleStrategy(YieldingIdleStrategy.INSTANCE));
    }
}
