package io.truenow.gateway.publish;

import io.truenow.fabric.peer.PeerLink;
import io.truenow.fabric.peer.Sent;
import org.agrona.DirectBuffer;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Random;

/** A publication with a small window, to whichever lane is there, that fails as Aeron's do. */
class SimulatedLink implements PeerLink {
    private static final int WINDOW = 8;

    private final Random random;
    private final Queue<byte[]> inFlight = new ArrayDeque<>();
    boolean isConnected;
    boolean isClosed;
    boolean isCalm;
    boolean isFailed;
    boolean isFull;

    SimulatedLink(final Random random) {
        this.random = random;
    }

    @Override
    public boolean isConnected() {
        return isConnected && !isClosed && !isFailed;
    }

    @Override
    public Sent offer(final DirectBuffer buffer, final int offset, final int length) {
        final Sent refusal = refusal();
        return refusal != Sent.YES ? refusal : accept(bytes(buffer, offset, length));
    }

    @Override
    public Sent offer(
        final DirectBuffer first,
        final int firstOffset,
        final int firstLength,
        final DirectBuffer second,
        final int secondOffset,
        final int secondLength) {
        final Sent refusal = refusal();
        if (refusal != Sent.YES) {
            return refusal;
        }
        final byte[] message = new byte[firstLength + secondLength];
        first.getBytes(firstOffset, message, 0, firstLength);
        second.getBytes(secondOffset, message, firstLength, secondLength);
        return accept(message);
    }

    @Override
    public void close() {
        isClosed = true;
    }

    byte[] poll() {
        return inFlight.poll();
    }

    /** The connection breaks: what is in flight is lost from some point on. */
    void disconnect() {
        isConnected = false;
        final int kept = random.nextInt(inFlight.size() + 1);
        final Queue<byte[]> survivors = new ArrayDeque<>();
        for (int i = 0; i < kept; i++) {
            survivors.add(inFlight.poll());
        }
        inFlight.clear();
        inFlight.addAll(survivors);
    }

    private Sent refusal() {
        if (isClosed || isFailed) {
            return Sent.LOST;
        }
        if (!isConnected) {
            return Sent.AWAY;
        }
        return isFull || inFlight.size() >= WINDOW || !isCalm && random.nextInt(4) == 0 ? Sent.BUSY : Sent.YES;
    }

    private Sent accept(final byte[] message) {
        inFlight.add(message);
        return Sent.YES;
    }

    private static byte[] bytes(final DirectBuffer buffer, final int offset, final int length) {
        final byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        return bytes;
    }
}
