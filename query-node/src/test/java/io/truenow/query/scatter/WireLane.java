package io.truenow.query.scatter;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.FragmentAssembler;
import io.aeron.logbuffer.Header;
import io.truenow.codecs.StreamIds;
import io.truenow.codecs.query.LaneStatsRequestDecoder;
import io.truenow.codecs.query.MessageHeaderDecoder;
import io.truenow.codecs.query.ShardQueryDecoder;
import io.truenow.fabric.channel.Inbox;
import io.truenow.fabric.channel.InboxSubscription;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.Agent;

import java.util.ArrayDeque;
import java.util.Deque;

/** A lane that speaks over Aeron what a real one would, and answers every query with the same groups. */
final class WireLane implements Agent {
    static final int GROUPS = 3_000;

    private final Aeron aeron;
    private final int nodeId;
    private final InboxSubscription queries;
    private final FragmentAssembler assembler = new FragmentAssembler(this::onMessage);
    private final Deque<DirectBuffer> answers = new ArrayDeque<>();
    private ExclusivePublication publication;

    WireLane(final Aeron aeron, final Inbox inbox, final int nodeId) {
        this.aeron = aeron;
        this.nodeId = nodeId;
        this.queries = inbox.subscribe(StreamIds.query(nodeId, 0));
    }

    /** Called before the lane runs. */
    void answerTo(final String channel, final int queryNodeId) {
        publication = aeron.addExclusivePublication(channel, StreamIds.queryInbox(queryNodeId));
    }

    @Override
    public int doWork() {
        int work = queries.poll(assembler, 10);
        while (!answers.isEmpty() && publication.offer(answers.peek(), 0, answers.peek().capacity()) > 0) {
            answers.poll();
            work++;
        }
        return work;
    }

    private void onMessage(final DirectBuffer buffer, final int offset, final int length, final Header header) {
        final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder().wrap(buffer, offset);
        if (headerDecoder.templateId() == ShardQueryDecoder.TEMPLATE_ID) {
            final ShardQueryDecoder query = new ShardQueryDecoder().wrapAndApplyHeader(buffer, offset, headerDecoder);
            answers.addAll(Partials.groups(query.correlationId(), nodeId, GROUPS, nodeId));
        } else if (headerDecoder.templateId() == LaneStatsRequestDecoder.TEMPLATE_ID) {
            final LaneStatsRequestDecoder request = new LaneStatsRequestDecoder().wrapAndApplyHeader(buffer, offset, headerDecoder);
            answers.add(Partials.stats(request.correlationId(), nodeId, GROUPS));
        }
    }

    @Override
    public void onClose() {
        CloseHelper.closeAll(queries, publication);
    }

    @Override
    public String roleName() {
        return "wire-lane";
    }
}
