package io.truenow.hottier.lane;

import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.control.OwnerState;
import io.truenow.codecs.control.ServiceKind;
import io.truenow.codecs.control.ServiceState;
import io.truenow.codecs.ingest.AppliedDecoder;
import io.truenow.codecs.ingest.CaughtUpEncoder;
import io.truenow.codecs.ingest.ConnectEncoder;
import io.truenow.codecs.ingest.IngestEnvelopeEncoder;
import io.truenow.codecs.ingest.MessageHeaderDecoder;
import io.truenow.codecs.ingest.MessageHeaderEncoder;
import io.truenow.codecs.ingest.ResumeDecoder;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.ServiceLease;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.catalog.TableProperties;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.BatchPosition;
import io.truenow.format.batch.TableBinding;
import io.truenow.hottier.link.PeerSender;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The gateway's side of a lane's streams, by hand: what it sends waits to be polled, what the lane says is kept. */
final class FakeGateway implements LaneTransport {
    static final int GATEWAY_ID = 1;
    static final int NODE_ID = 2;
    static final int SHARD_ID = 7;
    static final int TABLE_ID = 3;

    final List<Said> resumes = new ArrayList<>();
    final List<Said> applied = new ArrayList<>();
    /** Batches with events that were there: sequence and how many. */
    final List<Map.Entry<Long, Integer>> repeats = new ArrayList<>();
    /** What the lane said last of the shard. */
    long keptFromUs = Long.MIN_VALUE;
    boolean connected = true;
    boolean backPressured;
    long imagesSeen;
    private final ArrayDeque<UnsafeBuffer> stream = new ArrayDeque<>();
    private final TableBinding binding = new TableBinding(
        new TableBinding.Schema(TABLE_ID, 1, 2, 1, 1), List.of("d"), List.of("m"), List.of(SHARD_ID));

    /** A position that the lane named. */
    record Said(long resumeId, int shardId, long epoch, long incarnation, long sequence) {
    }

    /** The table that its batches are for. */
    static Table table(final long createdUs, final EventIdentity identity) {
        return new Table(TABLE_ID, 1, "n", "t", createdUs, TableProperties.open(24 * 3_600_000_000L), 1, 2, 1, 1, identity,
            List.of("d"), List.of("m"), List.of(SHARD_ID));
    }

    /** The shard on lane 0 of a node. */
    static Shard shard(final long epoch, final int nodeId) {
        return new Shard(SHARD_ID, TABLE_ID, 0, epoch, List.of(new Owner(nodeId, 0, OwnerState.ACTIVE)));
    }

    /**
     * Table, shard, this gateway and the lane's node.
     *
     * @param gatewayCreated catalog version at which the gateway got its id.
     * @param nodeRegistered catalog version at which this start of the node registered.
     */
    static CatalogBuilder catalog(
        final Table table, final Shard shard, final long gatewayCreated, final long nodeIncarnation, final long nodeRegistered) {
        return new CatalogBuilder()
            .put(table)
            .put(shard)
            .put(new ServiceInstance(GATEWAY_ID, ServiceKind.GATEWAY, 1, 1, "h", 1, 1, 0,
                ServiceState.ACTIVE, gatewayCreated, gatewayCreated, ServiceLease.NONE))
            .put(new ServiceInstance(NODE_ID, ServiceKind.HOT_TIER, nodeIncarnation, 1, "h", 2, 2, 1,
                ServiceState.ACTIVE, 1, nodeRegistered, ServiceLease.NONE));
    }

    /** A batch of rows with ids from first on, one a microsecond. */
    void send(final long epoch, final long[] position, final long[] previous, final int firstId, final int rows, final long timeUs) {
        final BatchBuilder builder = new BatchBuilder(binding, 0);
        for (int i = 0; i < rows; i++) {
            builder.startRow(timeUs + i, firstId + i, firstId + i);
            builder.dimension(0, new byte[]{(byte)('a' + i % 3)}, 0, 1);
            builder.metric(0, i);
            builder.endRow();
        }
        final UnsafeBuffer message = new UnsafeBuffer(new byte[BatchBuilder.MAX_BATCH_BYTES + 64]);
        final IngestEnvelopeEncoder envelope = new IngestEnvelopeEncoder();
        envelope.wrapAndApplyHeader(message, 0, new MessageHeaderEncoder()).epoch(epoch);
        final int at = MessageHeaderEncoder.ENCODED_LENGTH + envelope.encodedLength();
        final int length = builder.encode(message, at, timeUs);
        BatchPosition.assign(message, at, GATEWAY_ID, position[0], position[1], previous[0], previous[1]);
        stream.add(new UnsafeBuffer(message, 0, at + length));
    }

    void connect() {
        final UnsafeBuffer message = new UnsafeBuffer(new byte[64]);
        final ConnectEncoder encoder = new ConnectEncoder();
        encoder.wrapAndApplyHeader(message, 0, new MessageHeaderEncoder()).gatewayId(GATEWAY_ID).reserved(0).incarnation(1);
        stream.add(new UnsafeBuffer(message, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength()));
    }

    void caughtUp(final long resumeId, final long epoch, final long incarnation, final long sequence) {
        final UnsafeBuffer message = new UnsafeBuffer(new byte[128]);
        final CaughtUpEncoder encoder = new CaughtUpEncoder();
        encoder.wrapAndApplyHeader(message, 0, new MessageHeaderEncoder()).gatewayId(GATEWAY_ID).reserved(0).resumeId(resumeId)
            .shardsCount(1).next().shardId(SHARD_ID).reserved(0).epoch(epoch).incarnation(incarnation).sequence(sequence);
        stream.add(new UnsafeBuffer(message, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength()));
    }

    void garbage() {
        stream.add(new UnsafeBuffer(new byte[]{1, 2, 3}));
    }

    /** Flips a bit of the message sent last. */
    void damageLast() {
        final UnsafeBuffer last = stream.peekLast();
        final int at = last.capacity() - 20;
        last.putByte(at, (byte)(last.getByte(at) ^ 4));
    }

    /** What was not read is gone, as with a gateway that ended. */
    void forget() {
        stream.clear();
    }

    int unread() {
        return stream.size();
    }

    Said lastResume() {
        return resumes.getLast();
    }

    @Override
    public int nodeId() {
        return NODE_ID;
    }

    @Override
    public int poll(final ControlledFragmentHandler handler, final int fragmentLimit) {
        int count = 0;
        while (!stream.isEmpty() && count < fragmentLimit) {
            final UnsafeBuffer message = stream.peekFirst();
            final Action action = handler.onFragment(message, 0, message.capacity(), null);
            if (action == Action.ABORT) {
                break;
            }
            stream.pollFirst();
            count++;
            if (action == Action.BREAK) {
                break;
            }
        }
        return count;
    }

    @Override
    public long imagesSeen() {
        return imagesSeen;
    }

    @Override
    public PeerSender sender(final int gatewayId) {
        return new PeerSender() {
            @Override
            public void target(final ServiceInstance service) {
                if (service.id() != gatewayId) {
                    throw new AssertionError("another service's address");
                }
            }

            @Override
            public boolean isConnected() {
                return connected;
            }

            @Override
            public boolean offer(final DirectBuffer buffer, final int offset, final int length) {
                return connected && !backPressured && hear(buffer, offset);
            }

            @Override
            public void close() {
                connected = false;
            }
        };
    }

    @Override
    public void close() {
        connected = false;
    }

    private boolean hear(final DirectBuffer buffer, final int offset) {
        final MessageHeaderDecoder header = new MessageHeaderDecoder().wrap(buffer, offset);
        if (header.templateId() == ResumeDecoder.TEMPLATE_ID) {
            final ResumeDecoder resume = new ResumeDecoder().wrapAndApplyHeader(buffer, offset, header);
            for (final ResumeDecoder.ShardsDecoder shard : resume.shards()) {
                resumes.add(new Said(resume.resumeId(), shard.shardId(), shard.epoch(), shard.incarnation(), shard.sequence()));
                keptFromUs = shard.keptFromUs();
            }
        } else {
            final AppliedDecoder message = new AppliedDecoder().wrapAndApplyHeader(buffer, offset, header);
            for (final AppliedDecoder.ShardsDecoder shard : message.shards()) {
                applied.add(new Said(0, shard.shardId(), shard.epoch(), shard.incarnation(), shard.sequence()));
                keptFromUs = shard.keptFromUs();
            }
            message.repeats().forEach(batch -> repeats.add(Map.entry(batch.sequence(), batch.events())));
        }
        return true;
    }
}
