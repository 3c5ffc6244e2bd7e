package io.truenow.fabric.catalog;

import io.truenow.fabric.catalog.map.IdMap;
import io.truenow.fabric.catalog.map.NameMap;

import java.util.List;

/** Records of one kind, by id and, where they have names, by name. Immutable. */
record RecordSet<V>(RecordKind<V> kind, IdMap<V> byId, NameMap<V> byName) {
    static <V> RecordSet<V> empty(final RecordKind<V> kind) {
        return new RecordSet<>(kind, IdMap.empty(), NameMap.empty());
    }

    /** That of a kind among those of all, in the order of {@link RecordKinds#ALL}. */
    @SuppressWarnings("unchecked")
    static <V> RecordSet<V> of(final List<RecordSet<?>> sets, final RecordKind<V> kind) {
        return (RecordSet<V>) sets.get(RecordKinds.ALL.indexOf(kind));
    }

    RecordSet<V> with(final V value) {
        final int id = kind.id(value);
        final String name = kind.name(value);
        final NameMap<V> names = withoutNameOf(byId.get(id));
        return new RecordSet<>(kind, byId.with(id, value), name == null ? names : names.with(kind.qualifier(value), name, value));
    }

    RecordSet<V> without(final int id) {
        return new RecordSet<>(kind, byId.without(id), withoutNameOf(byId.get(id)));
    }

    private NameMap<V> withoutNameOf(final V value) {
        final String name = value == null ? null : kind.name(value);
        return name == null ? byName : byName.without(kind.qualifier(value), name);
    }
}
