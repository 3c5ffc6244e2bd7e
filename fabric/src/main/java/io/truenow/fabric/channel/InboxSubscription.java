package io.truenow.fabric.channel;

import io.aeron.Subscription;
import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.FragmentHandler;
import org.agrona.CloseHelper;

/** One stream of an {@link Inbox}: its IPC and its UDP half. Polled by one thread. */
public final class InboxSubscription implements AutoCloseable {
    private final Subscription ipc;
    private final Subscription udp;

    InboxSubscription(final Subscription ipc, final Subscription udp) {
        this.ipc = ipc;
        this.udp = udp;
    }

    /**
     * Polls both halves.
     *
     * @param handler gets fragments; wrap it in a {@link io.aeron.FragmentAssembler} where messages may exceed a frame.
     * @param limit   of fragments from each half.
     * @return fragments read.
     */
    public int poll(final FragmentHandler handler, final int limit) {
        return ipc.poll(handler, limit) + udp.poll(handler, limit);
    }

    /**
     * Polls both halves; a handler that answers ABORT leaves the message in the stream.
     *
     * @param handler gets fragments; wrap it in a {@link io.aeron.ControlledFragmentAssembler} where messages may exceed a frame.
     * @param limit   of fragments from each half.
     * @return fragments consumed.
     */
    public int controlledPoll(final ControlledFragmentHandler handler, final int limit) {
        return ipc.controlledPoll(handler, limit) + udp.controlledPoll(handler, limit);
    }

    /** Whether a publisher is connected on either half. */
    public boolean isConnected() {
        return ipc.isConnected() || udp.isConnected();
    }

    @Override
    public void close() {
        CloseHelper.closeAll(ipc, udp);
    }
}
