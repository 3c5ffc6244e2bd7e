package io.truenow.gateway.table;

import io.truenow.fabric.catalog.Table;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.EventIdHash;
import io.truenow.format.batch.TableBinding;

/** A table as one version of the catalog shows it, with one event loop's hash and builders for it. Belongs to that loop. */
public final class BoundTable {
    private final Table table;
    private final TableBinding binding;
    private final ColumnIndex dimensions;
    private final ColumnIndex metrics;
    private final EventIdHash hash;
    private final BatchBuilder[] builders;

    BoundTable(final Table table) {
        this.table = table;
        binding = TableBinding.of(table);
        dimensions = new ColumnIndex(table.dimensions());
        metrics = new ColumnIndex(table.metrics());
        hash = EventIdHash.of(binding);
        builders = new BatchBuilder[binding.shardCount()];
    }

    /** As the catalog has it. */
    public Table table() {
        return table;
    }

    /** As batches are built for it. */
    public TableBinding binding() {
        return binding;
    }

    /** Ordinals of its dimensions. */
    public ColumnIndex dimensions() {
        return dimensions;
    }

    /** Ordinals of its metrics. */
    public ColumnIndex metrics() {
        return metrics;
    }

    /** Of event ids, with the table's key. */
    public EventIdHash hash() {
        return hash;
    }

    /** The loop's builder for the shard that an id belongs to. */
    public BatchBuilder builder(final long idHigh) {
        final int shard = binding.shardIndex(idHigh);
        BatchBuilder builder = builders[shard];
        if (builder == null) {
            builder = new BatchBuilder(binding, shard);
            builders[shard] = builder;
        }
        return builder;
    }
}
