package io.truenow.query.scatter;

import io.aeron.logbuffer.FragmentHandler;
import io.aeron.logbuffer.FrameDescriptor;
import io.aeron.logbuffer.Header;
import io.aeron.protocol.DataHeaderFlyweight;
import io.truenow.codecs.query.CancelQueryDecoder;
import io.truenow.codecs.query.LaneStatsRequestDecoder;
import io.truenow.codecs.query.MessageHeaderDecoder;
import io.truenow.codecs.query.ShardQueryDecoder;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.peer.Sent;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Lanes that do what the test says. One thread. */
final class FakeLanes implements LaneLinks {
    final List<Asked> asked = new ArrayList<>();
    final List<Long> cancelled = new ArrayList<>();
    final List<Asked> statsAsked = new ArrayList<>();
    final Set<Integer> away = new HashSet<>();
    final Set<Integer> busy = new HashSet<>();
    boolean isClosed;
    int queryNodeId = 9;
    /** What the links say that they did in a turn. */
    int work;

    private final Deque<DirectBuffer> answers = new ArrayDeque<>();
    private final Header header = new Header(0, 16);

    /** A query as a lane saw it. */
    record Asked(int nodeId, long correlationId, List<Integer> shardIds, List<Long> epochs, List<Long> wanted, long startTimeUs,
        int timeoutMs) {
    }

    FakeLanes() {
        final UnsafeBuffer frame = new UnsafeBuffer(new byte[DataHeaderFlyweight.HEADER_LENGTH]);
        frame.putByte(DataHeaderFlyweight.FLAGS_FIELD_OFFSET, FrameDescriptor.UNFRAGMENTED);
        header.buffer(frame);
        header.offset(0);
    }

    void answer(final DirectBuffer message) {
        answers.add(message);
    }

    Asked last() {
        return asked.getLast();
    }

    Asked askedOf(final int nodeId) {
        return asked.stream().filter(query -> query.nodeId == nodeId).reduce((a, b) -> b).orElseThrow();
    }

    @Override
    public int queryNodeId() {
        return queryNodeId;
    }

    @Override
    public int doWork(final Catalog catalog) {
        return work;
    }

    @Override
    public Sent send(final ServiceInstance node, final int lane, final DirectBuffer buffer, final int lengthBytes) {
        if (away.contains(node.id())) {
            return Sent.AWAY;
        }
        if (busy.contains(node.id())) {
            return Sent.BUSY;
        }
        final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder().wrap(buffer, 0);
        switch (headerDecoder.templateId()) {
            case ShardQueryDecoder.TEMPLATE_ID ->
                asked.add(read(node.id(), new ShardQueryDecoder().wrapAndApplyHeader(buffer, 0, headerDecoder)));
            case CancelQueryDecoder.TEMPLATE_ID ->
                cancelled.add(new CancelQueryDecoder().wrapAndApplyHeader(buffer, 0, headerDecoder).correlationId());
            case LaneStatsRequestDecoder.TEMPLATE_ID -> statsAsked.add(new Asked(node.id(),
                new LaneStatsRequestDecoder().wrapAndApplyHeader(buffer, 0, headerDecoder).correlationId(),
                List.of(), List.of(), List.of(), 0, 0));
            default -> throw new AssertionError("template " + headerDecoder.templateId());
        }
        return Sent.YES;
    }

    private static Asked read(final int nodeId, final ShardQueryDecoder query) {
        final List<Integer> shardIds = new ArrayList<>();
        final List<Long> epochs = new ArrayList<>();
        query.shards().forEach(shard -> {
            shardIds.add(shard.shardId());
            epochs.add(shard.epoch());
        });
        final List<Long> wanted = new ArrayList<>();
        query.wanted().forEach(position -> wanted.add(position.sequence()));
        return new Asked(nodeId, query.correlationId(), shardIds, epochs, wanted, query.startTimeUs(), query.timeoutMs());
    }

    @Override
    public boolean isConnected(final int nodeId, final int lane) {
        return !away.contains(nodeId);
    }

    @Override
    public int poll(final FragmentHandler handler, final int limit) {
        int count = 0;
        while (!answers.isEmpty() && count < limit) {
            final DirectBuffer message = answers.poll();
            handler.onFragment(message, 0, message.capacity(), header);
            count++;
        }
        return count;
    }

    @Override
    public void close() {
        isClosed = true;
    }
}
