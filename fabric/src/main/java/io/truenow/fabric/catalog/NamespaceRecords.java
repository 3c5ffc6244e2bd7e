package io.truenow.fabric.catalog;

import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.codecs.control.NamespaceRecordDecoder;
import io.truenow.codecs.control.NamespaceRecordEncoder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;

/** Namespaces. Stateless. */
final class NamespaceRecords extends RecordKind<Namespace> {
    NamespaceRecords() {
        super(NamespaceRecordDecoder.TEMPLATE_ID, "namespaces");
    }

    @Override
    public int id(final Namespace namespace) {
        return namespace.id();
    }

    @Override
    public int id(final DirectBuffer buffer, final int offset) {
        return decoder(buffer, offset).namespaceId();
    }

    @Override
    String name(final Namespace namespace) {
        return namespace.name();
    }

    @Override
    public int encode(final MutableDirectBuffer target, final int offset, final long version, final Namespace namespace) {
        final NamespaceRecordEncoder encoder = new NamespaceRecordEncoder();
        encoder.wrapAndApplyHeader(target, offset, new MessageHeaderEncoder())
            .version(version)
            .createdUs(namespace.createdUs())
            .namespaceId(namespace.id())
            .autoCreateTables((short) (namespace.autoCreateTables() ? 1 : 0))
            .name(namespace.name())
            .description(namespace.description());
        return withHeader(encoder.encodedLength());
    }

    @Override
    public Namespace decode(final DirectBuffer buffer, final int offset, final IntFunction<String> namespaceNames) {
        final NamespaceRecordDecoder decoder = decoder(buffer, offset);
        // variable parts stand in this order
        final String name = decoder.name();
        return new Namespace(
            decoder.namespaceId(), name, decoder.createdUs(), decoder.autoCreateTables() != 0, decoder.description());
    }

    @Override
    public Map<String, Object> json(final Namespace namespace, final Catalog catalog) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", namespace.id());
        json.put("name", namespace.name());
        json.put("created_us", namespace.createdUs());
        json.put("auto_create_tables", namespace.autoCreateTables());
        json.put("description", namespace.description());
        return json;
    }

    private static NamespaceRecordDecoder decoder(final DirectBuffer buffer, final int offset) {
        return new NamespaceRecordDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
    }
}
