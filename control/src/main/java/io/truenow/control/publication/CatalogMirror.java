package io.truenow.control.publication;

import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.codecs.control.NamespaceRecordDecoder;
import io.truenow.codecs.control.ServiceRecordDecoder;
import io.truenow.codecs.control.ShardRecordDecoder;
import io.truenow.codecs.control.TableRecordDecoder;
import io.truenow.control.state.CatalogChange;
import io.truenow.fabric.catalog.CatalogAssembler;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The committed catalog as encoded records, and the last changes that led to it. The publication's thread only. */
final class CatalogMirror {
    private static final int MAX_DELTAS = 1_024;
    private static final long MAX_DELTA_BYTES = 4L * 1024 * 1024;

    private final int maxPartBytes;
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final NamespaceRecordDecoder namespace = new NamespaceRecordDecoder();
    private final TableRecordDecoder table = new TableRecordDecoder();
    private final ShardRecordDecoder shard = new ShardRecordDecoder();
    private final ServiceRecordDecoder service = new ServiceRecordDecoder();
    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    /** Framed records by template and id: namespaces before tables, as readers need them. */
    private final NavigableMap<Long, byte[]> records = new TreeMap<>();
    private final NavigableMap<Long, CatalogChange> deltas = new TreeMap<>();
    private long deltaBytes;
    private List<byte[]> snapshotParts;
    private long catalogIdHigh;
    private long catalogIdLow;
    private long version = -1;

    CatalogMirror(final int maxPartBytes) {
        this.maxPartBytes = maxPartBytes;
    }

    /** -1 before the first change. */
    long version() {
        return version;
    }

    long catalogIdHigh() {
        return catalogIdHigh;
    }

    long catalogIdLow() {
        return catalogIdLow;
    }

    void apply(final CatalogChange change) {
        if (change.isWhole()) {
            records.clear();
            deltas.clear();
            deltaBytes = 0;
        } else {
            addDelta(change);
        }
        snapshotParts = null;
        catalogIdHigh = change.catalogIdHigh();
        catalogIdLow = change.catalogIdLow();
        version = change.version();
        putRecords(change.records());
    }

    /** The change that follows that version and fits one message; null if it is not held: a snapshot must be sent. */
    CatalogChange deltaAfter(final long baseVersion) {
        final CatalogChange change = deltas.get(baseVersion);
        return change == null || change.records().length > maxPartBytes ? null : change;
    }

    /** Everything, in parts; immutable. */
    List<byte[]> snapshotParts() {
        if (snapshotParts == null) {
            snapshotParts = buildParts();
        }
        return snapshotParts;
    }

    private void addDelta(final CatalogChange change) {
        deltas.put(change.baseVersion(), change);
        deltaBytes += change.records().length;
        while (deltas.size() > MAX_DELTAS || deltaBytes > MAX_DELTA_BYTES) {
            deltaBytes -= deltas.pollFirstEntry().getValue().records().length;
        }
    }

    private void putRecords(final byte[] framed) {
        buffer.wrap(framed);
        int at = 0;
        while (at < framed.length) {
            final int framedLength = CatalogAssembler.framedLength(buffer.getInt(at, ByteOrder.LITTLE_ENDIAN));
            records.put(key(at + CatalogAssembler.FRAME_LENGTH), Arrays.copyOfRange(framed, at, at + framedLength));
            at += framedLength;
        }
    }

    private long key(final int offset) {
        header.wrap(buffer, offset);
        final int templateId = header.templateId();
        final int id = switch (templateId) {
            case NamespaceRecordDecoder.TEMPLATE_ID -> namespace.wrapAndApplyHeader(buffer, offset, header).namespaceId();
            case TableRecordDecoder.TEMPLATE_ID -> table.wrapAndApplyHeader(buffer, offset, header).tableId();
            case ShardRecordDecoder.TEMPLATE_ID -> shard.wrapAndApplyHeader(buffer, offset, header).shardId();
            case ServiceRecordDecoder.TEMPLATE_ID -> service.wrapAndApplyHeader(buffer, offset, header).serviceId();
            default -> throw new IllegalStateException("a record of an unknown kind was committed");
        };
        return (long) templateId << Integer.SIZE | id;
    }

    private List<byte[]> buildParts() {
        final List<byte[]> parts = new ArrayList<>();
        byte[] part = new byte[maxPartBytes];
        int length = 0;
        for (final byte[] framed : records.values()) {
            if (length + framed.length > maxPartBytes) {
                parts.add(Arrays.copyOf(part, length));
                part = new byte[maxPartBytes];
                length = 0;
            }
            System.arraycopy(framed, 0, part, length, framed.length);
            length += framed.length;
        }
        if (length > 0) {
            parts.add(Arrays.copyOf(part, length));
        }
        return List.copyOf(parts);
    }
}
