package io.truenow.gateway.publish;

import io.truenow.codecs.control.OwnerState;
import io.truenow.codecs.ingest.AppliedEncoder;
import io.truenow.codecs.ingest.CaughtUpDecoder;
import io.truenow.codecs.ingest.ConnectDecoder;
import io.truenow.codecs.ingest.IngestBatchDecoder;
import io.truenow.codecs.ingest.IngestEnvelopeDecoder;
import io.truenow.codecs.ingest.MessageHeaderDecoder;
import io.truenow.codecs.ingest.MessageHeaderEncoder;
import io.truenow.codecs.ingest.ResumeEncoder;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.position.Position;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A lane as the contract describes it: applies what is next at its epoch, asks to resume otherwise. Volatile: a restart makes a new one.
 */
final class ModelLane {
    private record Vector(long incarnation, long sequence) {
    }

    final int nodeId;
    final int lane;
    final long nodeIncarnation;
    /** Ids of applied batches by shard, in order. */
    final Map<Integer, List<Long>> appliedByShard = new TreeMap<>();
    /** Messages to the gateway. */
    final Queue<byte[]> outbox = new ArrayDeque<>();
    /** Told with all that it says. */
    long keptFromUs = Long.MIN_VALUE;
    private final Map<Integer, Vector> vectors = new HashMap<>();
    private final Map<Integer, Vector> caughtUp = new HashMap<>();
    private final TreeSet<Integer> toResume = new TreeSet<>();
    private final TreeSet<Integer> toAcknowledge = new TreeSet<>();
    private final Map<Integer, Long> epochs = new TreeMap<>();
    private long resumeId;
    long ignored;
    long gaps;

    ModelLane(final int nodeId, final int lane, final long nodeIncarnation) {
        this.nodeId = nodeId;
        this.lane = lane;
        this.nodeIncarnation = nodeIncarnation;
    }

    void onCatalog(final Catalog catalog) {
        for (final Shard shard : catalog.shards().values()) {
            final Owner owner = shard.ownerOn(nodeId);
            if (owner == null || owner.lane() != lane || owner.state() != OwnerState.ACTIVE) {
                epochs.remove(shard.id());
            } else if (epochs.getOrDefault(shard.id(), -1L) != shard.epoch()) {
                epochs.put(shard.id(), shard.epoch());
                toResume.add(shard.id());
            }
        }
    }

    boolean hasShards() {
        return !epochs.isEmpty();
    }

    boolean isInSync(final int shardId) {
        final Vector wanted = caughtUp.get(shardId);
        final Vector vector = vector(shardId);
        return wanted != null
            && Position.reached(vector.incarnation, vector.sequence, wanted.incarnation, wanted.sequence);
    }

    void onMessage(final byte[] message) {
        final UnsafeBuffer buffer = new UnsafeBuffer(message);
        final MessageHeaderDecoder header = new MessageHeaderDecoder().wrap(buffer, 0);
        switch (header.templateId()) {
            case ConnectDecoder.TEMPLATE_ID -> {
                toResume.addAll(epochs.keySet());
                if (epochs.isEmpty()) {
                    sendResume();
                }
            }
            case IngestEnvelopeDecoder.TEMPLATE_ID -> onBatch(
                new IngestEnvelopeDecoder().wrapAndApplyHeader(buffer, 0, header).epoch(),
                buffer,
                MessageHeaderDecoder.ENCODED_LENGTH + IngestEnvelopeDecoder.BLOCK_LENGTH);
            case CaughtUpDecoder.TEMPLATE_ID -> {
                for (final CaughtUpDecoder.ShardsDecoder shard : new CaughtUpDecoder().wrapAndApplyHeader(buffer, 0, header).shards()) {
                    caughtUp.put(shard.shardId(), new Vector(shard.incarnation(), shard.sequence()));
                }
            }
            default -> throw new AssertionError("template " + header.templateId());
        }
    }

    /** What a lane does once a duty cycle: asks and acknowledges. */
    void poll() {
        if (!toResume.isEmpty()) {
            sendResume();
        }
        if (!toAcknowledge.isEmpty()) {
            final UnsafeBuffer buffer = new UnsafeBuffer(new byte[4096]);
            final AppliedEncoder applied = new AppliedEncoder();
            final AppliedEncoder.ShardsEncoder shards = applied.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .nodeId(nodeId).lane(lane).nodeIncarnation(nodeIncarnation).shardsCount(toAcknowledge.size());
            for (final int shardId : toAcknowledge) {
                final Vector vector = vector(shardId);
                shards.next().shardId(shardId).reserved(0).epoch(epochs.getOrDefault(shardId, -2L))
                    .incarnation(vector.incarnation).sequence(vector.sequence).keptFromUs(keptFromUs);
            }
            applied.repeatsCount(0);
            toAcknowledge.clear();
            send(buffer, applied.encodedLength());
        }
    }

    private void sendResume() {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[4096]);
        final ResumeEncoder resume = new ResumeEncoder();
        toResume.retainAll(epochs.keySet());
        final ResumeEncoder.ShardsEncoder shards = resume.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
            .nodeId(nodeId).lane(lane).nodeIncarnation(nodeIncarnation).resumeId(++resumeId).shardsCount(toResume.size());
        for (final int shardId : toResume) {
            final Vector vector = vector(shardId);
            shards.next().shardId(shardId).reserved(0).epoch(epochs.get(shardId))
                .incarnation(vector.incarnation).sequence(vector.sequence).keptFromUs(keptFromUs);
        }
        toResume.clear();
        send(buffer, resume.encodedLength());
    }

    private void send(final UnsafeBuffer buffer, final int bodyLength) {
        final byte[] message = new byte[MessageHeaderEncoder.ENCODED_LENGTH + bodyLength];
        buffer.getBytes(0, message);
        outbox.add(message);
    }

    private void onBatch(final long epoch, final UnsafeBuffer buffer, final int offset) {
        final IngestBatchDecoder batch = new IngestBatchDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        final int shardId = batch.shardId();
        if (epochs.getOrDefault(shardId, -1L) != epoch) {
            if (epochs.containsKey(shardId)) {
                toResume.add(shardId);
            }
            return;
        }
        final Vector vector = vector(shardId);
        if (Position.reached(vector.incarnation, vector.sequence, batch.incarnation(), batch.sequence())) {
            ignored++;
            return;
        }
        final boolean isFirstHeld = batch.previousIncarnation() == 0 && batch.previousSequence() == 0;
        final boolean isNext = batch.previousIncarnation() == vector.incarnation && batch.previousSequence() == vector.sequence;
        if (isFirstHeld || isNext) {
            vectors.put(shardId, new Vector(batch.incarnation(), batch.sequence()));
            appliedByShard.computeIfAbsent(shardId, id -> new ArrayList<>()).add(batch.acceptTimeUs());
            toAcknowledge.add(shardId);
        } else {
            gaps++;
            toResume.add(shardId);
        }
    }

    private Vector vector(final int shardId) {
        return vectors.getOrDefault(shardId, new Vector(0, 0));
    }
}
