package io.truenow.fabric.catalog;

import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.codecs.control.ShardRecordDecoder;
import io.truenow.codecs.control.ShardRecordEncoder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/** Shards and their owners. Stateless. */
final class ShardRecords extends RecordKind<Shard> {
    ShardRecords() {
        super(ShardRecordDecoder.TEMPLATE_ID, "shards");
    }

    @Override
    public int id(final Shard shard) {
        return shard.id();
    }

    @Override
    public int id(final DirectBuffer buffer, final int offset) {
        return decoder(buffer, offset).shardId();
    }

    @Override
    public int encode(final MutableDirectBuffer target, final int offset, final long version, final Shard shard) {
        final ShardRecordEncoder encoder = new ShardRecordEncoder();
        encoder.wrapAndApplyHeader(target, offset, new MessageHeaderEncoder())
            .version(version)
            .epoch(shard.epoch())
            .shardId(shard.id())
            .tableId(shard.tableId())
            .index(shard.index());
        final ShardRecordEncoder.OwnersEncoder owners = encoder.ownersCount(shard.owners().size());
        for (final Owner owner : shard.owners()) {
            owners.next().nodeId(owner.nodeId()).lane(owner.lane()).state(owner.state()).sinceVersion(owner.sinceVersion());
        }
        return withHeader(encoder.encodedLength());
    }

    @Override
    public Shard decode(final DirectBuffer buffer, final int offset, final IntFunction<String> namespaceNames) {
        final ShardRecordDecoder decoder = decoder(buffer, offset);
        final List<Owner> owners = new ArrayList<>();
        for (final var owner : decoder.owners()) {
            owners.add(new Owner(owner.nodeId(), owner.lane(), owner.state(), Math.max(Owner.UNKNOWN_VERSION, owner.sinceVersion())));
        }
        return new Shard(decoder.shardId(), decoder.tableId(), decoder.index(), decoder.epoch(), owners);
    }

    @Override
    public Map<String, Object> json(final Shard shard, final Catalog catalog) {
        final Table table = catalog.table(shard.tableId());
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", shard.id());
        json.put("namespace", table == null ? null : table.namespace());
        json.put("table", table == null ? null : table.name());
        json.put("table_id", shard.tableId());
        json.put("index", shard.index());
        json.put("epoch", shard.epoch());
        json.put("owners", shard.owners().stream().map(ShardRecords::owner).toList());
        return json;
    }

    private static Map<String, Object> owner(final Owner owner) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("node_id", owner.nodeId());
        json.put("lane", owner.lane());
        json.put("state", lowerCase(owner.state()));
        return json;
    }

    private static ShardRecordDecoder decoder(final DirectBuffer buffer, final int offset) {
        return new ShardRecordDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
    }
}
