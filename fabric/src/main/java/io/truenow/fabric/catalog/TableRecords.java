package io.truenow.fabric.catalog;

import io.truenow.codecs.control.EventIdentity;
import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.codecs.control.SchemaMode;
import io.truenow.codecs.control.TableRecordDecoder;
import io.truenow.codecs.control.TableRecordEncoder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** Tables; each after its namespace. Stateless. */
final class TableRecords extends RecordKind<Table> {
    TableRecords() {
        super(TableRecordDecoder.TEMPLATE_ID, "tables");
    }

    @Override
    public int id(final Table table) {
        return table.id();
    }

    @Override
    public int id(final DirectBuffer buffer, final int offset) {
        return decoder(buffer, offset).tableId();
    }

    @Override
    String name(final Table table) {
        return table.name();
    }

    @Override
    String qualifier(final Table table) {
        return table.namespace();
    }

    @Override
    public int encode(final MutableDirectBuffer target, final int offset, final long version, final Table table) {
        final TableRecordEncoder encoder = new TableRecordEncoder();
        encoder.wrapAndApplyHeader(target, offset, new MessageHeaderEncoder())
            .version(version)
            .createdUs(table.createdUs())
            .retentionUs(table.retentionUs())
            .hashKey0(table.hashKey0())
            .hashKey1(table.hashKey1())
            .tableId(table.id())
            .namespaceId(table.namespaceId())
            .schemaVersion(table.schemaVersion())
            .layoutVersion(table.layoutVersion())
            .identity(table.identity())
            .schemaMode(table.properties().isClosed() ? SchemaMode.CLOSED : SchemaMode.OPEN);
        encoder.layoutCount(1).next().fromTimeUs(0).shardCount(table.shardIds().size());
        final TableRecordEncoder.ShardsEncoder shards = encoder.shardsCount(table.shardIds().size());
        table.shardIds().forEach(shardId -> shards.next().shardId(shardId));
        final TableRecordEncoder.DimensionsEncoder dimensions = encoder.dimensionsCount(table.dimensions().size());
        table.dimensions().forEach(name -> dimensions.next().name(name));
        final TableRecordEncoder.MetricsEncoder metrics = encoder.metricsCount(table.metrics().size());
        table.metrics().forEach(name -> metrics.next().name(name));
        encoder.name(table.name()).description(table.properties().description());
        return withHeader(encoder.encodedLength());
    }

    @Override
    public Table decode(final DirectBuffer buffer, final int offset, final IntFunction<String> namespaceNames) {
        final TableRecordDecoder decoder = decoder(buffer, offset);
        final String namespace = namespaceNames.apply(decoder.namespaceId());
        if (namespace == null) {
            throw new IllegalArgumentException("a table's record precedes its namespace's");
        }
        // groups and variable parts stand in this order
        for (final var layout : decoder.layout()) {
            // one entry, from the beginning of time, until layouts grow: the shard count is the number of shards
            layout.shardCount();
        }
        final List<Integer> shardIds = new ArrayList<>();
        for (final var shard : decoder.shards()) {
            shardIds.add(shard.shardId());
        }
        final List<String> dimensions = new ArrayList<>();
        for (final var dimension : decoder.dimensions()) {
            dimensions.add(dimension.name());
        }
        final List<String> metrics = new ArrayList<>();
        for (final var metric : decoder.metrics()) {
            metrics.add(metric.name());
        }
        final String name = decoder.name();
        final TableProperties properties =
            new TableProperties(decoder.retentionUs(), decoder.schemaMode() == SchemaMode.CLOSED, decoder.description());
        return new Table(
            decoder.tableId(),
            decoder.namespaceId(),
            namespace,
            name,
            decoder.createdUs(),
            properties,
            decoder.hashKey0(),
            decoder.hashKey1(),
            decoder.schemaVersion(),
            decoder.layoutVersion(),
            decoder.identity() == EventIdentity.NULL_VAL ? EventIdentity.ID : decoder.identity(),
            dimensions,
            metrics,
            shardIds);
    }

    @Override
    public Map<String, Object> json(final Table table, final Catalog catalog) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", table.id());
        json.put("namespace", table.namespace());
        json.put("name", table.name());
        json.put("created_us", table.createdUs());
        json.put("retention_us", table.retentionUs());
        json.put("schema_version", table.schemaVersion());
        json.put("layout_version", table.layoutVersion());
        json.put("identity", lowerCase(table.identity()));
        json.put("schema", table.properties().isClosed() ? "closed" : "open");
        json.put("description", table.properties().description());
        json.put("dimensions", table.dimensions());
        json.put("metrics", table.metrics());
        json.put("shards", table.shardIds());
        return json;
    }

    private static TableRecordDecoder decoder(final DirectBuffer buffer, final int offset) {
        return new TableRecordDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
    }
}
