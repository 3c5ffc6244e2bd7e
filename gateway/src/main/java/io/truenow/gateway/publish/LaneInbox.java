package io.truenow.gateway.publish;

import io.aeron.FragmentAssembler;
import io.aeron.logbuffer.FragmentHandler;
import io.aeron.logbuffer.Header;
import io.truenow.codecs.ingest.AppliedDecoder;
import io.truenow.codecs.ingest.MessageHeaderDecoder;
import io.truenow.codecs.ingest.ResumeDecoder;
import io.truenow.fabric.channel.InboxSubscription;
import io.truenow.gateway.journal.Acknowledgements;
import io.truenow.gateway.table.KeptFrom;
import org.agrona.DirectBuffer;

/** What lanes say to this gateway. Owned by the journal agent. */
final class LaneInbox implements AutoCloseable {
    private static final int FRAGMENT_LIMIT = 64;

    private final InboxSubscription subscription;
    private final Destinations destinations;
    private final Acknowledgements acknowledgements;
    private final KeptFrom keptFrom;
    private final GatewayCounters counters;
    private final FragmentHandler assembler = new FragmentAssembler(this::onMessage);
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final ResumeDecoder resume = new ResumeDecoder();
    private final AppliedDecoder applied = new AppliedDecoder();

    LaneInbox(
        final InboxSubscription subscription,
        final Destinations destinations,
        final Acknowledgements acknowledgements,
        final KeptFrom keptFrom,
        final GatewayCounters counters) {
        this.subscription = subscription;
        this.destinations = destinations;
        this.acknowledgements = acknowledgements;
        this.keptFrom = keptFrom;
        this.counters = counters;
    }

    int poll() {
        return subscription.poll(assembler, FRAGMENT_LIMIT);
    }

    @Override
    public void close() {
        subscription.close();
    }

    private void onMessage(final DirectBuffer buffer, final int offset, final int length, final Header frame) {
        header.wrap(buffer, offset);
        if (header.schemaId() != ResumeDecoder.SCHEMA_ID) {
            return;
        }
        switch (header.templateId()) {
            case ResumeDecoder.TEMPLATE_ID -> onResume(buffer, offset);
            case AppliedDecoder.TEMPLATE_ID -> onApplied(buffer, offset);
            default -> {
            }
        }
    }

    private void onResume(final DirectBuffer buffer, final int offset) {
        counters.onResume();
        resume.wrapAndApplyHeader(buffer, offset, header);
        destinations.onResume(resume);
        resume.sbeRewind();
        final int nodeId = resume.nodeId();
        final int lane = resume.lane();
        for (final ResumeDecoder.ShardsDecoder shard : resume.shards()) {
            keptFrom.onTold(shard.shardId(), shard.epoch(), shard.keptFromUs());
            acknowledgements.onFound(shard.shardId(), nodeId, lane, shard.epoch(), shard.incarnation(), shard.sequence());
        }
    }

    private void onApplied(final DirectBuffer buffer, final int offset) {
        counters.onApplied();
        applied.wrapAndApplyHeader(buffer, offset, header);
        final int nodeId = applied.nodeId();
        final int lane = applied.lane();
        readRepeats();
        for (final AppliedDecoder.ShardsDecoder shard : applied.shards()) {
            keptFrom.onTold(shard.shardId(), shard.epoch(), shard.keptFromUs());
            acknowledgements.onApplied(shard.shardId(), nodeId, lane, shard.epoch(), shard.incarnation(), shard.sequence());
        }
    }

    /** They stand behind the positions, and are to be known before these. */
    private void readRepeats() {
        for (AppliedDecoder.ShardsDecoder _ : applied.shards()) {
            // passed over
        }
        for (final AppliedDecoder.RepeatsDecoder batch : applied.repeats()) {
            acknowledgements.onRepeated(batch.shardId(), batch.incarnation(), batch.sequence(), batch.events());
        }
        applied.sbeRewind();
    }
}
