package io.truenow.fabric.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.truenow.fabric.http.limits.BodyBuffer;

/**
 * The request that a connection receives: its head, what has come of its body, and the room that both have of the edge's budget. A request
 * takes room for its whole body before the body is read, a chunked one as it grows. Belongs to the connection's event loop.
 */
final class IncomingRequest {
    /** The objects of a request, and what it needs beside its body. */
    static final int HEAD_BYTES = 1_024;
    /** Of a chunked body, before it has shown to be longer. */
    private static final int FIRST_ROOM = 4 * 1024;
    /** The rest of a refused request, which is rather read than the connection closed. */
    private static final int MAX_SKIPPED_BYTES = 64 * 1024;

    private final HttpEdge edge;
    private final LoopConnections loop;
    private final BodyBuffer body = new BodyBuffer();
    private Head head;
    private long room;
    /** What the body may become with that. */
    private int bodyRoom;
    private long wantedRoom;
    private int wantedBodyRoom;

    IncomingRequest(final HttpEdge edge, final LoopConnections loop) {
        this.edge = edge;
        this.loop = loop;
    }

    /** Null between requests. */
    Head head() {
        return head;
    }

    void begin(final Head newHead) {
        head = newHead;
    }

    /** False: there is no room for it now, {@link #wantedRoom} are needed. */
    boolean tryEnter() {
        wantedBodyRoom = head.isChunked() ? Math.min(FIRST_ROOM, edge.maxBodyBytes()) : (int) head.bodyLength();
        wantedRoom = roomFor(wantedBodyRoom);
        return taken(head.isForMonitoring() ? edge.budget().tryTakeReserved(wantedRoom) : loop.tryEnter(wantedRoom));
    }

    /** The same for what a part of the body makes of it. */
    boolean tryGrow(final ByteBuf part) {
        final int length = body.length() + part.readableBytes();
        if (length <= bodyRoom) {
            return true;
        }
        wantedBodyRoom = BodyBuffer.capacityFor(length, edge.maxBodyBytes());
        wantedRoom = Math.max(0, roomFor(wantedBodyRoom) - room);
        return taken(edge.budget().tryTake(wantedRoom));
    }

    /** What it waits for. */
    long wantedRoom() {
        return wantedRoom;
    }

    /** That has been taken from the budget. */
    void onRoom() {
        room += wantedRoom;
        bodyRoom = wantedBodyRoom;
    }

    /** Whether nothing of it has been let in yet. */
    boolean isOutside() {
        return room == 0;
    }

    boolean isTooLongWith(final ByteBuf part) {
        return (long) body.length() + part.readableBytes() > edge.maxBodyBytes();
    }

    boolean expectsContinue() {
        return HttpUtil.is100ContinueExpected(head.request());
    }

    /** Whether it can be refused and its connection kept: not much of it is to come. */
    boolean canBeSkipped() {
        return !head.isChunked() && head.bodyLength() <= MAX_SKIPPED_BYTES && head.keepAlive() && !expectsContinue();
    }

    /** Takes over the reference; there is room. */
    void add(final ByteBuf part, final ByteBufAllocator allocator) {
        body.add(part, bodyRoom, allocator);
    }

    /** It has come whole: makes it what is answered, which has its room from now on. */
    ServerExchange complete(final HttpConnection connection) {
        final ServerExchange exchange = new ServerExchange(connection, head, body.take(), System.nanoTime(), room);
        exchange.hold(HEAD_BYTES + exchange.body().readableBytes());
        room = 0;
        bodyRoom = 0;
        head = null;
        return exchange;
    }

    /** Forgets it and gives its room back. */
    void drop() {
        body.release();
        head = null;
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

    /** One that could never have it all is let in when it is alone. */
    private long roomFor(final int bodyBytes) {
        return Math.min(HEAD_BYTES + edge.roomFactor() * (long) bodyBytes, edge.budget().limitBytes());
    }

    /**
     * A request without its body.
     *
     * @param routePath  null if there is nothing at the path.
     * @param route      null if the path knows no such method.
     * @param bodyLength 0 if there is none, or it is chunked.
     */
    record Head(
        HttpRequest request, String path, RouteTable.Path routePath, RouteTable.Route route, long bodyLength, boolean isChunked) {

        static Head of(final HttpRequest request, final RouteTable routes) {
            final String path = pathOf(request.uri());
            final RouteTable.Path routePath = routes.find(path);
            final boolean isChunked = HttpUtil.isTransferEncodingChunked(request);
            return new Head(request, path, routePath, routePath == null ? null : routePath.method(request.method().name()),
                isChunked ? 0 : HttpUtil.getContentLength(request, 0L), isChunked);
        }

        boolean isHead() {
            return "HEAD".equals(request.method().name());
        }

        boolean keepAlive() {
            return HttpUtil.isKeepAlive(request);
        }

        boolean isHttp10() {
            return request.protocolVersion().equals(HttpVersion.HTTP_1_0);
        }

        /** Whether it is answered also when there is no room for others: it brings no body. */
        boolean isForMonitoring() {
            return routePath != null && routePath.isForMonitoring && bodyLength == 0 && !isChunked;
        }

        private static String pathOf(final String uri) {
            int start = 0;
            if (!uri.startsWith("/")) {
                final int scheme = uri.indexOf("://");
                final int slash = scheme < 0 ? -1 : uri.indexOf('/', scheme + 3);
                start = Math.max(slash, 0);
            }
            final int queryStart = uri.indexOf('?', start);
            return start == 0 && queryStart < 0 ? uri : uri.substring(start, queryStart < 0 ? uri.length() : queryStart);
        }
    }
}
