package io.truenow.fabric.http.serve;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.time.ProcessClock;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An edge's connections on one event loop, which it belongs to. Has them look at their deadlines a few times a second, all in one task, so
 * that a request sets no timer; and lets requests in that wait for room, in their order.
 */
public final class LoopConnections {
    private static final long LONGEST_TICK_NS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final int TICKS_A_DEADLINE = 4;
    /** Room may be given back on other loops. */
    private static final long ROOM_POLL_MS = 5;

    private final EventLoop eventLoop;
    private final ClientBudget budget;
    private final long roomTimeoutNs;
    private final long tickNs;
    private final List<Place> connections = new ArrayList<>();
    /** Whose bodies wait to grow; they come first, since waiting gives nobody room. */
    private final ArrayDeque<IncomingRequest> growing = new ArrayDeque<>();
    /** What waits to be let in. */
    private final ArrayDeque<IncomingRequest> entering = new ArrayDeque<>();
    private final Runnable pollTask = this::pollRoom;
    private Future<?> ticks;
    private long nowNs;
    private boolean isPolling;
    private boolean isLettingIn;

    /** Of an edge on one loop, with nobody in. */
    public LoopConnections(final EventLoop eventLoop, final EdgeCore edge) {
        this.eventLoop = eventLoop;
        this.budget = edge.budget();
        final HttpLimits limits = edge.limits();
        this.roomTimeoutNs = limits.roomTimeout().toNanos();
        final long shortestNs = Math.min(
            Math.min(limits.headerTimeout().toNanos(), limits.bodyTimeout().toNanos()),
            Math.min(limits.replyTimeout().toNanos(), limits.idleTimeout().toNanos()));
        this.tickNs = Math.min(LONGEST_TICK_NS, shortestNs / TICKS_A_DEADLINE);
    }

    /** Time of the last tick, or of the last connection. */
    public long nowNs() {
        return nowNs;
    }

    /**
     * Has a connection ticked from now on.
     *
     * @return what to {@link #remove}.
     */
    public Place add(final Ticked connection) {
        nowNs = ProcessClock.INSTANCE.nanoTime();
        if (connections.isEmpty()) {
            ticks = eventLoop.scheduleAtFixedRate(this::tick, tickNs, tickNs, TimeUnit.NANOSECONDS);
        }
        final Place place = new Place(connection, connections.size());
        connections.add(place);
        return place;
    }

    /** Ends that. */
    public void remove(final Place place) {
        final Place last = connections.removeLast();
        if (last != place) {
            connections.set(place.index, last);
            last.index = place.index;
        }
        if (connections.isEmpty()) {
            ticks.cancel(false);
        }
    }

    /** Forgets a request that may be waiting. */
    public void endWait(final IncomingRequest request) {
        growing.remove(request);
        if (entering.remove(request)) {
            budget.endClaim(this);
        }
    }

    /** Whether a request got its room; if not, it may {@link #awaitEntry}. */
    boolean tryEnter(final long bytes) {
        return entering.isEmpty() && growing.isEmpty() && budget.tryEnter(bytes, this);
    }

    /** Calls {@link RoomOwner#onRoom} or {@link RoomOwner#onNoRoom} later. */
    public void awaitEntry(final IncomingRequest request) {
        await(request, entering);
    }

    /** The same for a body that is let in already. */
    public void awaitGrowth(final IncomingRequest request) {
        await(request, growing);
    }

    /** Gives room back, and lets in who waits for it. */
    public void giveBack(final long bytes) {
        budget.giveBack(bytes);
        if (!growing.isEmpty() || !entering.isEmpty()) {
            letIn();
        }
    }

    private void await(final IncomingRequest request, final ArrayDeque<IncomingRequest> queue) {
        request.roomDeadlineNs = ProcessClock.INSTANCE.nanoTime() + roomTimeoutNs;
        queue.add(request);
        if (queue == entering) {
            budget.claimNext(this);
        }
        poll();
    }

    private void poll() {
        if (!isPolling) {
            isPolling = true;
            eventLoop.schedule(pollTask, ROOM_POLL_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void pollRoom() {
        isPolling = false;
        letIn();
        final long now = ProcessClock.INSTANCE.nanoTime();
        giveUp(growing, now);
        giveUp(entering, now);
        if (!growing.isEmpty() || !entering.isEmpty()) {
            poll();
        }
    }

    /** Not reentrant: who is let in may be answered at once, and give its room back. */
    private void letIn() {
        if (!isLettingIn) {
            isLettingIn = true;
            letInWhileThereIsRoom();
            isLettingIn = false;
        }
    }

    private void letInWhileThereIsRoom() {
        while (!growing.isEmpty() && budget.tryTake(growing.peek().wantedRoom())) {
            growing.poll().owner().onRoom();
        }
        while (growing.isEmpty() && !entering.isEmpty()) {
            budget.claimNext(this);
            if (!budget.tryEnter(entering.peek().wantedRoom(), this)) {
                return;
            }
            final IncomingRequest request = entering.poll();
            budget.endClaim(this);
            request.owner().onRoom();
        }
    }

    private void giveUp(final ArrayDeque<IncomingRequest> queue, final long now) {
        while (!queue.isEmpty() && now - queue.peek().roomDeadlineNs >= 0) {
            final IncomingRequest request = queue.poll();
            if (queue == entering) {
                budget.endClaim(this);
            }
            request.owner().onNoRoom();
        }
    }

    private void tick() {
        nowNs = ProcessClock.INSTANCE.nanoTime();
        // backwards: one that ends gives its place to the last
        for (int i = connections.size() - 1; i >= 0; i--) {
            if (i < connections.size()) {
                connections.get(i).connection.onTick(nowNs);
            }
        }
    }

    /** A connection's place among the others. */
    public static final class Place {
        private final Ticked connection;
        private int index;

        private Place(final Ticked connection, final int index) {
            this.connection = connection;
            this.index = index;
        }
    }
}
