package io.truenow.fabric.catalog;

import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.codecs.control.NamespaceRecordDecoder;
import io.truenow.codecs.control.ServiceRecordDecoder;
import io.truenow.codecs.control.ShardRecordDecoder;
import io.truenow.codecs.control.TableRecordDecoder;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;

import java.nio.ByteOrder;
import java.util.TreeMap;

/**
 * Builds catalogs from encoded records. Records stand one behind the other: length (int32), four bytes of padding, the record with its SBE
 * header, padding to a multiple of eight. One thread.
 */
public final class CatalogAssembler {
    /** Bytes before each record. */
    public static final int FRAME_LENGTH = 8;

    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final NamespaceRecordDecoder namespaceDecoder = new NamespaceRecordDecoder();
    private final TableRecordDecoder tableDecoder = new TableRecordDecoder();
    private final ShardRecordDecoder shardDecoder = new ShardRecordDecoder();
    private final ServiceRecordDecoder serviceDecoder = new ServiceRecordDecoder();
    private final TreeMap<Integer, Namespace> namespaces = new TreeMap<>();
    private final TreeMap<Integer, Table> tables = new TreeMap<>();
    private final TreeMap<Integer, Shard> shards = new TreeMap<>();
    private final TreeMap<Integer, ServiceInstance> services = new TreeMap<>();

    /** Bytes that a record of that length takes with its frame. */
    public static int framedLength(final int recordLengthBytes) {
        return FRAME_LENGTH + BitUtil.align(recordLengthBytes, 8);
    }

    /** Forgets everything. */
    public void clear() {
        namespaces.clear();
        tables.clear();
        shards.clear();
        services.clear();
    }

    /**
     * Adds or replaces records.
     *
     * @throws IllegalArgumentException if the frames are malformed.
     */
    public void apply(final DirectBuffer buffer, final int offset, final int lengthBytes) {
        final int end = offset + lengthBytes;
        int at = offset;
        while (at < end) {
            final int recordLength = end - at < FRAME_LENGTH ? -1 : buffer.getInt(at, ByteOrder.LITTLE_ENDIAN);
            if (recordLength < MessageHeaderDecoder.ENCODED_LENGTH || recordLength > end - at - FRAME_LENGTH) {
                throw new IllegalArgumentException("malformed catalog records");
            }
            applyRecord(buffer, at + FRAME_LENGTH);
            at += framedLength(recordLength);
        }
    }

    /** The catalog as it stands, without its name. */
    public Catalog build(final long version) {
        return build(0, 0, version);
    }

    /** The catalog as it stands. */
    public Catalog build(final long idHigh, final long idLow, final long version) {
        return new Catalog(
            idHigh, idLow, version, new TreeMap<>(namespaces), new TreeMap<>(tables), new TreeMap<>(shards), new TreeMap<>(services));
    }

    private void applyRecord(final DirectBuffer buffer, final int offset) {
        header.wrap(buffer, offset);
        switch (header.templateId()) {
            case NamespaceRecordDecoder.TEMPLATE_ID -> {
                final Namespace namespace = CatalogRecords.namespace(namespaceDecoder.wrapAndApplyHeader(buffer, offset, header));
                namespaces.put(namespace.id(), namespace);
            }
            case TableRecordDecoder.TEMPLATE_ID -> {
                tableDecoder.wrapAndApplyHeader(buffer, offset, header);
                final Namespace namespace = namespaces.get(tableDecoder.namespaceId());
                if (namespace == null) {
                    throw new IllegalArgumentException("a table's record precedes its namespace's");
                }
                final Table table = CatalogRecords.table(tableDecoder, namespace.name());
                tables.put(table.id(), table);
            }
            case ShardRecordDecoder.TEMPLATE_ID -> {
                final Shard shard = CatalogRecords.shard(shardDecoder.wrapAndApplyHeader(buffer, offset, header));
                shards.put(shard.id(), shard);
            }
            case ServiceRecordDecoder.TEMPLATE_ID -> {
                final ServiceInstance service = CatalogRecords.service(serviceDecoder.wrapAndApplyHeader(buffer, offset, header));
                services.put(service.id(), service);
            }
            default -> {
                // a record kind of a later version: what this version does not know it does not need
            }
        }
    }
}
