package io.truenow.fabric.http;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.time.ProcessClock;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An edge's connections on one event loop, which it belongs to. Has them look at their deadlines a few times a second, all in one task, so
 * that a request sets no timer; and lets requests in that wait for room, in their order.
 */
final class LoopConnections {
    private static final long LONGEST_TICK_NS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final int TICKS_A_DEADLINE = 4;
    /** Room may be given back on other loops. */
    private static final long ROOM_POLL_MS = 5;

    private final EventLoop eventLoop;
    private final ClientBudget budget;
    private final long roomTimeoutNs;
    private final long tickNs;
    private final List<HttpConnection> connections = new ArrayList<>();
    /** Whose bodies wait to grow; they come first, since waiting gives nobody room. */
    private final ArrayDeque<HttpConnection> growing = new ArrayDeque<>();
    /** Whose requests wait to be let in. */
    private final ArrayDeque<HttpConnection> entering = new ArrayDeque<>();
    private final Runnable pollTask = this::pollRoom;
    private Future<?> ticks;
    private long nowNs;
    private boolean isPolling;
    private boolean isLettingIn;

    LoopConnections(final EventLoop eventLoop, final HttpEdge.Context context) {
        this.eventLoop = eventLoop;
        this.budget = context.budget;
        this.roomTimeoutNs = context.limits.roomTimeout().toNanos();
        final long shortestNs = Math.min(
            Math.min(context.limits.headerTimeout().toNanos(), context.limits.bodyTimeout().toNanos()),
            Math.min(context.limits.replyTimeout().toNanos(), context.limits.idleTimeout().toNanos()));
        this.tickNs = Math.min(LONGEST_TICK_NS, shortestNs / TICKS_A_DEADLINE);
    }

    /** Time of the last tick, or of the last connection. */
    long nowNs() {
        return nowNs;
    }

    void add(final HttpConnection connection) {
        nowNs = ProcessClock.INSTANCE.nanoTime();
        if (connections.isEmpty()) {
            ticks = eventLoop.scheduleAtFixedRate(this::tick, tickNs, tickNs, TimeUnit.NANOSECONDS);
        }
        connection.place = connections.size();
        connections.add(connection);
    }

    void remove(final HttpConnection connection) {
        growing.remove(connection);
        if (entering.remove(connection)) {
            budget.endClaim(this);
        }
        final HttpConnection last = connections.removeLast();
        if (last != connection) {
            connections.set(connection.place, last);
            last.place = connection.place;
        }
        if (connections.isEmpty()) {
            ticks.cancel(false);
        }
    }

    /** Whether a request got its room; if not, it may {@link #awaitEntry}. */
    boolean tryEnter(final long bytes) {
        return entering.isEmpty() && growing.isEmpty() && budget.tryEnter(bytes, this);
    }

    /** Calls {@link HttpConnection#onRoom} or {@link HttpConnection#onNoRoom} later. */
    void awaitEntry(final HttpConnection connection) {
        await(connection, entering);
    }

    /** The same for a body that is let in already. */
    void awaitGrowth(final HttpConnection connection) {
        await(connection, growing);
    }

    void giveBack(final long bytes) {
        budget.giveBack(bytes);
        if (!growing.isEmpty() || !entering.isEmpty()) {
            letIn();
        }
    }

    private void await(final HttpConnection connection, final ArrayDeque<HttpConnection> queue) {
        connection.roomDeadlineNs = ProcessClock.INSTANCE.nanoTime() + roomTimeoutNs;
        queue.add(connection);
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
            growing.poll().onRoom();
        }
        while (growing.isEmpty() && !entering.isEmpty()) {
            budget.claimNext(this);
            if (!budget.tryEnter(entering.peek().wantedRoom(), this)) {
                return;
            }
            final HttpConnection connection = entering.poll();
            budget.endClaim(this);
            connection.onRoom();
        }
    }

    private void giveUp(final ArrayDeque<HttpConnection> queue, final long now) {
        while (!queue.isEmpty() && now - queue.peek().roomDeadlineNs >= 0) {
            final HttpConnection connection = queue.poll();
            if (queue == entering) {
                budget.endClaim(this);
            }
            connection.onNoRoom();
        }
    }

    private void tick() {
        nowNs = ProcessClock.INSTANCE.nanoTime();
        // backwards: one that ends gives its place to the last
        for (int i = connections.size() - 1; i >= 0; i--) {
            if (i < connections.size()) {
                connections.get(i).onTick(nowNs);
            }
        }
    }
}
