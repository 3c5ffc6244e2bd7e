package io.truenow.fabric.catalog;

import java.util.List;

/**
 * The kinds of catalog records. A new kind is a message in the control plane's schema, a {@link RecordKind} and a line here; the state
 * machine has to have commands for it, all else follows. Stateless.
 */
public final class RecordKinds {
    public static final RecordKind<Namespace> NAMESPACE = new NamespaceRecords();
    public static final RecordKind<Table> TABLE = new TableRecords();
    public static final RecordKind<Shard> SHARD = new ShardRecords();
    public static final RecordKind<ServiceInstance> SERVICE = new ServiceRecords();

    /** In the order in which records are written: what others refer to comes first. */
    public static final List<RecordKind<?>> ALL = List.of(NAMESPACE, TABLE, SHARD, SERVICE);

    private RecordKinds() {
    }

    /** The kind whose records have that template id, or null: then it is of a later version. */
    public static RecordKind<?> ofTemplate(final int templateId) {
        for (final RecordKind<?> kind : ALL) {
            if (kind.templateId() == templateId) {
                return kind;
            }
        }
        return null;
    }
}
