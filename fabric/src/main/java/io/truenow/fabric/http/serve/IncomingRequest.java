package io.truenow.fabric.http.serve;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.truenow.fabric.access.Principal;
import io.truenow.fabric.http.limits.BodyBuffer;

/**
 * The request that a connection or a stream receives: its head, what has come of its body, and the room that both have of the edge's
 * budget. A request takes room for its whole body before the body is read, one of unknown length as it grows. Belongs to the event loop.
 */
public final class IncomingRequest {
    /** The objects of a request, and what it needs beside its body. */
    public static final int HEAD_BYTES = 1_024;
    /** Of a chunked body, before it has shown to be longer. */
    private static final int FIRST_ROOM = 4 * 1024;
    /** The rest of a refused request, which is rather read than the connection closed. */
    private static final int MAX_SKIPPED_BYTES = 64 * 1024;

    /** Of {@link LoopConnections}. */
    long roomDeadlineNs;

    private final EdgeCore edge;
    private final LoopConnections loop;
    private final RoomOwner owner;
    private final BodyBuffer body = new BodyBuffer();
    private RequestHead head;
    private Principal principal = Principal.ANONYMOUS;
    private long room;
    private boolean isInside;
    /** What the body may become with that. */
    private int bodyRoom;
    /** To have in all, with what it has. */
    private long wholeRoom;
    private int wantedBodyRoom;

    /** None yet. */
    public IncomingRequest(final EdgeCore edge, final LoopConnections loop, final RoomOwner owner) {
        this.edge = edge;
        this.loop = loop;
        this.owner = owner;
    }

    /** Null between requests. */
    public RequestHead head() {
        return head;
    }

    /** The next one. */
    public void begin(final RequestHead newHead) {
        head = newHead;
        principal = Principal.ANONYMOUS;
    }

    /** Says who asks. */
    void principal(final Principal who) {
        principal = who;
    }

    RoomOwner owner() {
        return owner;
    }

    /** False: there is no room for it now; it may wait for that. */
    public boolean tryEnter() {
        wantedBodyRoom = head.isChunked() ? Math.min(FIRST_ROOM, edge.maxBodyBytes()) : (int) head.bodyLength();
        wholeRoom = roomFor(wantedBodyRoom);
        return taken(head.isForMonitoring() ? edge.budget().tryTakeReserved(wantedRoom()) : loop.tryEnter(wantedRoom()));
    }

    /** The same for what a part of the body makes of it. */
    public boolean tryGrow(final ByteBuf part) {
        final int length = body.length() + part.readableBytes();
        if (length <= bodyRoom) {
            return true;
        }
        wantedBodyRoom = BodyBuffer.capacityFor(length, edge.maxBodyBytes());
        wholeRoom = roomFor(wantedBodyRoom);
        return taken(edge.budget().tryTake(wantedRoom()));
    }

    /** What it waits for. */
    long wantedRoom() {
        return Math.max(0, wholeRoom - room);
    }

    /** Counts what has come while it waits, as a part of the room that it waits for. */
    public void hold(final int bytes) {
        edge.budget().take(bytes);
        room += bytes;
    }

    /** That has been taken from the budget. */
    public void onRoom() {
        room += wantedRoom();
        bodyRoom = wantedBodyRoom;
        isInside = true;
    }

    /** Whether it has not been let in yet. */
    public boolean isOutside() {
        return !isInside;
    }

    /** Whether that part would make the body longer than a body may be. */
    public boolean isTooLongWith(final ByteBuf part) {
        return (long) body.length() + part.readableBytes() > edge.maxBodyBytes();
    }

    /** Whether it can be refused and its connection kept: not much of it is to come. */
    public boolean canBeSkipped() {
        return !head.isChunked() && head.bodyLength() <= MAX_SKIPPED_BYTES && head.keepAlive() && !head.expectsContinue();
    }

    /** Takes over the reference; there is room. */
    public void add(final ByteBuf part, final ByteBufAllocator allocator) {
        body.add(part, bodyRoom, allocator);
    }

    /** Copies the part, which stays the caller's; there is room. */
    public void addCopy(final ByteBuf part, final ByteBufAllocator allocator) {
        body.addCopy(part, bodyRoom, allocator);
    }

    /** It has come whole: makes it what is answered, which has its room from now on. */
    public ServerExchange complete(final ExchangeOrigin origin) {
        final ServerExchange exchange = new ServerExchange(origin, head, principal, body.take(), System.nanoTime(), room);
        exchange.hold(headBytes() + exchange.body().readableBytes());
        room = 0;
        isInside = false;
        bodyRoom = 0;
        head = null;
        return exchange;
    }

    /** Forgets it and gives its room back. */
    public void drop() {
        body.release();
        head = null;
        isInside = false;
        bodyRoom = 0;
        if (room != 0) {
            final long former = room;
            room = 0;
            loop.giveBack(former);
        }
    }

    private boolean taken(final boolean isTaken) {
        if (isTaken) {
            onRoom();
        }
        return isTaken;
    }

    private int headBytes() {
        return Math.max(HEAD_BYTES, head.headerBytes());
    }

    /** One that could never have it all is let in when it is alone. */
    private long roomFor(final int bodyBytes) {
        return Math.min(headBytes() + edge.roomFactor() * (long) bodyBytes, edge.budget().limitBytes());
    }
}
