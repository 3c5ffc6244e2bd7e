package io.truenow.fabric.http.route;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.truenow.fabric.access.Principal;
import io.truenow.fabric.problem.Problem;

/**
 * One request and its one answer. The accessors belong to the event loop; {@link #reply} and {@link #problem} may be called from any
 * thread, once: a second answer is ignored.
 */
public interface HttpExchange {
    /** Upper case. */
    String method();

    /** Without the query string. */
    String path();

    /** Value of a {@code {name}} part of the route, decoded. */
    String pathParameter(String name);

    /** First value of a query parameter, decoded, or null. */
    String queryParameter(String name);

    /** First value of a header, or null. */
    String header(String name);

    /** Who asks. */
    Principal principal();

    /** The whole body. Valid until the exchange is answered, or its reply begins as a stream. */
    ByteBuf body();

    /** The loop that this connection belongs to. */
    EventLoop eventLoop();

    /** Whether somebody is still there to be answered. Any thread may ask. */
    boolean isOpen();

    /**
     * Counts bytes that are kept for this request beside its body, until it is answered. A service's room factor covers what
     * is usual.
     */
    void hold(long bytes);

    /** Bytes that are counted for this request now: what it was let in with, and what was held since. */
    long countedBytes();

    /**
     * Answers. Takes over the body's reference. Where clients leave so much unread that there is no room, an answer of status 200 becomes a
     * 503: the others say what has been done, and are told whatever it takes.
     */
    void reply(int status, String contentType, ByteBuf body);

    /**
     * Begins an answer whose length is not known yet. On the event loop only.
     *
     * @param listener told when the stream takes more, and when it is cut off.
     * @return the stream, which is not open if the client has gone, or has asked for the head alone.
     * @throws IllegalStateException if the exchange has been answered.
     */
    ReplyStream stream(int status, String contentType, ReplyStream.Listener listener);

    /** Answers with a JSON text. */
    void replyJson(int status, String json);

    /** Answers with RFC 9457 problem JSON; adds {@code Retry-After} where the problem says so. */
    void problem(Problem problem);
}
