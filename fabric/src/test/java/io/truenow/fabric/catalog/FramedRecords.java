package io.truenow.fabric.catalog;

import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.codecs.control.NamespaceRecordEncoder;
import io.truenow.codecs.control.ServiceRecordEncoder;
import io.truenow.codecs.control.ShardRecordEncoder;
import io.truenow.codecs.control.TableRecordEncoder;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;

/** Records as control sends them, one behind the other. */
final class FramedRecords {
    private static final int CAPACITY_BYTES = 8_192;

    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final MutableDirectBuffer buffer = new UnsafeBuffer(new byte[CAPACITY_BYTES]);
    private int lengthBytes;

    FramedRecords namespace(final Namespace namespace) {
        final NamespaceRecordEncoder encoder = new NamespaceRecordEncoder();
        encoder.wrapAndApplyHeader(buffer, record(), header)
            .createdUs(namespace.createdUs())
            .namespaceId(namespace.id())
            .autoCreateTables((short) (namespace.autoCreateTables() ? 1 : 0))
            .name(namespace.name());
        return frame(encoder.encodedLength());
    }

    FramedRecords table(final Table table) {
        final TableRecordEncoder encoder = new TableRecordEncoder();
        encoder.wrapAndApplyHeader(buffer, record(), header)
            .createdUs(table.createdUs())
            .retentionUs(table.retentionUs())
            .hashKey0(table.hashKey0())
            .hashKey1(table.hashKey1())
            .tableId(table.id())
            .namespaceId(table.namespaceId())
            .schemaVersion(table.schemaVersion())
            .layoutVersion(table.layoutVersion())
            .identity(table.identity());
        encoder.layoutCount(1).next().fromTimeUs(0).shardCount(table.shardIds().size());
        final var shards = encoder.shardsCount(table.shardIds().size());
        table.shardIds().forEach(shardId -> shards.next().shardId(shardId));
        final var dimensions = encoder.dimensionsCount(table.dimensions().size());
        table.dimensions().forEach(name -> dimensions.next().name(name));
        final var metrics = encoder.metricsCount(table.metrics().size());
        table.metrics().forEach(name -> metrics.next().name(name));
        encoder.name(table.name());
        return frame(encoder.encodedLength());
    }

    FramedRecords shard(final Shard shard) {
        final ShardRecordEncoder encoder = new ShardRecordEncoder();
        encoder.wrapAndApplyHeader(buffer, record(), header)
            .epoch(shard.epoch())
            .shardId(shard.id())
            .tableId(shard.tableId())
            .index(shard.index());
        final var owners = encoder.ownersCount(shard.owners().size());
        shard.owners().forEach(owner -> owners.next().nodeId(owner.nodeId()).lane(owner.lane()).state(owner.state()));
        return frame(encoder.encodedLength());
    }

    FramedRecords service(final ServiceInstance service) {
        final ServiceRecordEncoder encoder = new ServiceRecordEncoder();
        encoder.wrapAndApplyHeader(buffer, record(), header)
            .createdVersion(service.createdVersion())
            .registeredVersion(service.registeredVersion())
            .incarnation(service.incarnation())
            .driverId(service.driverId())
            .serviceId(service.id())
            .lanes(service.lanes())
            .aeronPort(service.aeronPort())
            .httpPort(service.httpPort())
            .kind(service.kind())
            .state(service.state())
            .host(service.host());
        return frame(encoder.encodedLength());
    }

    /** A record of a later version, of that many bytes behind its header. */
    FramedRecords unknown(final int bodyLengthBytes) {
        header.wrap(buffer, record()).blockLength(bodyLengthBytes).templateId(999).schemaId(1).version(9);
        return frame(bodyLengthBytes);
    }

    byte[] bytes() {
        final byte[] bytes = new byte[lengthBytes];
        buffer.getBytes(0, bytes);
        return bytes;
    }

    private int record() {
        return lengthBytes + CatalogAssembler.FRAME_LENGTH;
    }

    private FramedRecords frame(final int bodyLengthBytes) {
        final int recordLength = MessageHeaderEncoder.ENCODED_LENGTH + bodyLengthBytes;
        buffer.putInt(lengthBytes, recordLength, ByteOrder.LITTLE_ENDIAN);
        lengthBytes += CatalogAssembler.FRAME_LENGTH + (recordLength + 7) / 8 * 8;
        return this;
    }
}
