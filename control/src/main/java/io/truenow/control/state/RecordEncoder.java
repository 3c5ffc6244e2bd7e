package io.truenow.control.state;

import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.codecs.control.NamespaceRecordEncoder;
import io.truenow.codecs.control.ServiceRecordEncoder;
import io.truenow.codecs.control.ShardRecordEncoder;
import io.truenow.codecs.control.TableRecordEncoder;
import io.truenow.fabric.catalog.CatalogAssembler;
import io.truenow.fabric.catalog.Namespace;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.ServiceInstance;
import io.truenow.fabric.catalog.Shard;
import io.truenow.fabric.catalog.Table;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;

/** Encodes catalog records: one by one for the snapshot, framed one behind the other for publication. One thread. */
final class RecordEncoder {
    private final MutableDirectBuffer buffer = new ExpandableArrayBuffer(1024);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final NamespaceRecordEncoder namespaceEncoder = new NamespaceRecordEncoder();
    private final TableRecordEncoder tableEncoder = new TableRecordEncoder();
    private final ShardRecordEncoder shardEncoder = new ShardRecordEncoder();
    private final ServiceRecordEncoder serviceEncoder = new ServiceRecordEncoder();
    private int framedLength;

    void append(final CatalogState.NamespaceEntry entry) {
        frame(encode(buffer, framedLength + CatalogAssembler.FRAME_LENGTH, entry));
    }

    void append(final CatalogState.TableEntry entry) {
        frame(encode(buffer, framedLength + CatalogAssembler.FRAME_LENGTH, entry));
    }

    void append(final CatalogState.ShardEntry entry) {
        frame(encode(buffer, framedLength + CatalogAssembler.FRAME_LENGTH, entry));
    }

    void append(final CatalogState.ServiceEntry entry) {
        frame(encode(buffer, framedLength + CatalogAssembler.FRAME_LENGTH, entry));
    }

    /** What was appended. */
    byte[] framed() {
        final byte[] bytes = new byte[framedLength];
        buffer.getBytes(0, bytes);
        return bytes;
    }

    int encode(final MutableDirectBuffer target, final int offset, final CatalogState.NamespaceEntry entry) {
        final Namespace namespace = entry.namespace();
        namespaceEncoder.wrapAndApplyHeader(target, offset, header)
            .version(entry.version())
            .createdUs(namespace.createdUs())
            .namespaceId(namespace.id())
            .autoCreateTables((short) (namespace.autoCreateTables() ? 1 : 0))
            .name(namespace.name());
        return MessageHeaderEncoder.ENCODED_LENGTH + namespaceEncoder.encodedLength();
    }

    int encode(final MutableDirectBuffer target, final int offset, final CatalogState.TableEntry entry) {
        final Table table = entry.table();
        tableEncoder.wrapAndApplyHeader(target, offset, header)
            .version(entry.version())
            .createdUs(table.createdUs())
            .retentionUs(table.retentionUs())
            .hashKey0(table.hashKey0())
            .hashKey1(table.hashKey1())
            .tableId(table.id())
            .namespaceId(table.namespaceId())
            .schemaVersion(table.schemaVersion())
            .layoutVersion(table.layoutVersion())
            .identity(table.identity());
        tableEncoder.layoutCount(1).next().fromTimeUs(0).shardCount(table.shardIds().size());
        final TableRecordEncoder.ShardsEncoder shardsEncoder = tableEncoder.shardsCount(table.shardIds().size());
        table.shardIds().forEach(shardId -> shardsEncoder.next().shardId(shardId));
        final TableRecordEncoder.DimensionsEncoder dimensionsEncoder = tableEncoder.dimensionsCount(table.dimensions().size());
        table.dimensions().forEach(name -> dimensionsEncoder.next().name(name));
        final TableRecordEncoder.MetricsEncoder metricsEncoder = tableEncoder.metricsCount(table.metrics().size());
        table.metrics().forEach(name -> metricsEncoder.next().name(name));
        tableEncoder.name(table.name());
        return MessageHeaderEncoder.ENCODED_LENGTH + tableEncoder.encodedLength();
    }

    int encode(final MutableDirectBuffer target, final int offset, final CatalogState.ShardEntry entry) {
        final Shard shard = entry.shard();
        shardEncoder.wrapAndApplyHeader(target, offset, header)
            .version(entry.version())
            .epoch(shard.epoch())
            .shardId(shard.id())
            .tableId(shard.tableId())
            .index(shard.index());
        final ShardRecordEncoder.OwnersEncoder ownersEncoder = shardEncoder.ownersCount(shard.owners().size());
        for (final Owner owner : shard.owners()) {
            ownersEncoder.next().nodeId(owner.nodeId()).lane(owner.lane()).state(owner.state());
        }
        return MessageHeaderEncoder.ENCODED_LENGTH + shardEncoder.encodedLength();
    }

    int encode(final MutableDirectBuffer target, final int offset, final CatalogState.ServiceEntry entry) {
        final ServiceInstance service = entry.service();
        serviceEncoder.wrapAndApplyHeader(target, offset, header)
            .version(entry.version())
            .createdVersion(service.createdVersion())
            .registeredVersion(service.registeredVersion())
            .instanceKeyHigh(entry.key().high())
            .instanceKeyLow(entry.key().low())
            .incarnation(service.incarnation())
            .driverId(service.driverId())
            .leaseUs(entry.leaseUs())
            .leaseDeadlineUs(entry.leaseDeadlineUs())
            .serviceId(service.id())
            .lanes(service.lanes())
            .aeronPort(service.aeronPort())
            .httpPort(service.httpPort())
            .kind(service.kind())
            .state(service.state())
            .host(service.host());
        return MessageHeaderEncoder.ENCODED_LENGTH + serviceEncoder.encodedLength();
    }

    private void frame(final int recordLength) {
        final int framed = CatalogAssembler.framedLength(recordLength);
        buffer.putInt(framedLength, recordLength, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(framedLength + Integer.BYTES, 0);
        buffer.setMemory(framedLength + CatalogAssembler.FRAME_LENGTH + recordLength,
            framed - CatalogAssembler.FRAME_LENGTH - recordLength, (byte) 0);
        framedLength += framed;
    }
}
