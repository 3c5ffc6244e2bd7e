package io.truenow.gateway.edge.rest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.truenow.fabric.access.Principal;
import io.truenow.fabric.http.route.HttpExchange;
import io.truenow.fabric.http.route.HttpStatuses;
import io.truenow.fabric.http.route.ReplyStream;
import io.truenow.fabric.problem.Problem;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** One request without a connection: remembers its answers and what was held for it. */
final class HeldExchange implements HttpExchange {
    final Map<String, String> headers = new HashMap<>();
    String ack;
    int answers;
    int status;
    String json;
    Problem problem;
    long heldBytes;
    private final ByteBuf body;

    HeldExchange(final String body) {
        this.body = Unpooled.copiedBuffer(body, StandardCharsets.UTF_8);
    }

    /** Its code, or what was answered instead. */
    String code() {
        return problem == null ? status + " " + json : problem.code().text();
    }

    @Override
    public String method() {
        return "POST";
    }

    @Override
    public String path() {
        return "/v1/ingest";
    }

    @Override
    public String pathParameter(final String name) {
        return null;
    }

    @Override
    public String queryParameter(final String name) {
        return "ack".equals(name) ? ack : null;
    }

    @Override
    public String header(final String name) {
        return headers.get(name);
    }

    @Override
    public Principal principal() {
        return Principal.ANONYMOUS;
    }

    @Override
    public ByteBuf body() {
        return body;
    }

    @Override
    public EventLoop eventLoop() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public long countedBytes() {
        return 0;
    }

    @Override
    public void hold(final long bytes) {
        heldBytes += bytes;
    }

    @Override
    public void reply(final int newStatus, final String contentType, final ByteBuf newBody) {
        answers++;
        status = newStatus;
        json = newBody.toString(StandardCharsets.UTF_8);
        newBody.release();
    }

    @Override
    public ReplyStream stream(final int newStatus, final String contentType, final ReplyStream.Listener listener) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void replyJson(final int newStatus, final String newJson) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void problem(final Problem newProblem) {
        answers++;
        status = HttpStatuses.of(newProblem.code());
        problem = newProblem;
    }
}
