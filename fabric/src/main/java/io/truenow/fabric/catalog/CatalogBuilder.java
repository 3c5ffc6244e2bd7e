package io.truenow.fabric.catalog;

import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.codecs.control.TombstoneDecoder;
import org.agrona.DirectBuffer;

import java.util.ArrayList;
import java.util.List;

/** Makes one version of the catalog from another, record by record. What it has built does not change any more. One thread. */
public final class CatalogBuilder {
    private final List<RecordSet<?>> sets;
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final TombstoneDecoder tombstone = new TombstoneDecoder();

    /** From nothing. */
    public CatalogBuilder() {
        sets = new ArrayList<>();
        RecordKinds.ALL.forEach(kind -> sets.add(RecordSet.empty(kind)));
    }

    CatalogBuilder(final List<RecordSet<?>> sets) {
        this.sets = new ArrayList<>(sets);
    }

    /** Adds or replaces a record. */
    public <V> CatalogBuilder put(final RecordKind<V> kind, final V value) {
        sets.set(RecordKinds.ALL.indexOf(kind), RecordSet.of(sets, kind).with(value));
        return this;
    }

    /** Adds or replaces a namespace. */
    public CatalogBuilder put(final Namespace namespace) {
        return put(RecordKinds.NAMESPACE, namespace);
    }

    /** Adds or replaces a table. */
    public CatalogBuilder put(final Table table) {
        return put(RecordKinds.TABLE, table);
    }

    /** Adds or replaces a shard. */
    public CatalogBuilder put(final Shard shard) {
        return put(RecordKinds.SHARD, shard);
    }

    /** Adds or replaces a service. */
    public CatalogBuilder put(final ServiceInstance service) {
        return put(RecordKinds.SERVICE, service);
    }

    /** Removes a record, if there is one. */
    public CatalogBuilder remove(final RecordKind<?> kind, final int id) {
        sets.set(RecordKinds.ALL.indexOf(kind), RecordSet.of(sets, kind).without(id));
        return this;
    }

    /**
     * Applies framed records and tombstones, see {@link RecordFrames}. Those of kinds that are not known here are of a later version, and
     * what this version does not know it does not need: they are passed over.
     *
     * @throws IllegalArgumentException if they are malformed; those before are applied.
     */
    public CatalogBuilder apply(final DirectBuffer buffer, final int offset, final int lengthBytes) {
        RecordFrames.forEach(buffer, offset, lengthBytes, (at, length) -> {
            if (length < MessageHeaderDecoder.ENCODED_LENGTH) {
                throw new IllegalArgumentException("malformed catalog records");
            }
            applyRecord(buffer, at);
        });
        return this;
    }

    /** The catalog as it stands, without its name. */
    public Catalog build(final long version) {
        return build(0, 0, version);
    }

    /** The catalog as it stands. */
    public Catalog build(final long idHigh, final long idLow, final long version) {
        return new Catalog(idHigh, idLow, version, sets);
    }

    private void applyRecord(final DirectBuffer buffer, final int offset) {
        header.wrap(buffer, offset);
        if (header.templateId() == TombstoneDecoder.TEMPLATE_ID) {
            tombstone.wrapAndApplyHeader(buffer, offset, header);
            final RecordKind<?> kind = RecordKinds.ofTemplate(tombstone.recordKind());
            if (kind != null) {
                remove(kind, tombstone.recordId());
            }
            return;
        }
        final RecordKind<?> kind = RecordKinds.ofTemplate(header.templateId());
        if (kind != null) {
            putDecoded(kind, buffer, offset);
        }
    }

    private <V> void putDecoded(final RecordKind<V> kind, final DirectBuffer buffer, final int offset) {
        put(kind, kind.decode(buffer, offset, this::namespaceName));
    }

    private String namespaceName(final int id) {
        final Namespace namespace = RecordSet.of(sets, RecordKinds.NAMESPACE).byId().get(id);
        return namespace == null ? null : namespace.name();
    }
}
