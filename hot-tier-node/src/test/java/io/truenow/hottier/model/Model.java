package io.truenow.hottier.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A shard as plain lists: the first row of an id in a span stands. */
public final class Model {
    private static final long SPAN_US = 600_000_000L;

    private final List<Row> rows = new ArrayList<>();
    private final Set<List<Long>> ids = new HashSet<>();

    /** Groups' rows and aggregates. */
    public record Answer(Map<Group, Long> rows, Map<Group, List<Aggregate>> aggregates) {
    }

    /** Takes a batch; tells how many rows were new. */
    public int apply(final List<Row> batch, final long keptFromUs) {
        int added = 0;
        for (final Row row : batch) {
            final long span = Math.floorDiv(row.timeUs(), SPAN_US);
            if (span * SPAN_US >= keptFromUs && ids.add(List.of(row.idHigh(), row.idLow(), span))) {
                rows.add(row);
                added++;
            }
        }
        return added;
    }

    /** Lets spans go. */
    public void dropOlderThan(final long keptFromUs) {
        rows.removeIf(row -> Math.floorDiv(row.timeUs(), SPAN_US) * SPAN_US < keptFromUs);
    }

    /** Rows held. */
    public int size() {
        return rows.size();
    }

    /** Rows held, in order of arrival. */
    public List<Row> rows() {
        return rows;
    }

    /** The answer to a query over the first rows that came. */
    public Answer query(final Plan plan, final int rowCount) {
        final Map<Group, Long> counts = new HashMap<>();
        final Map<Group, List<Aggregate>> aggregates = new HashMap<>();
        for (final Row row : rows.subList(0, rowCount)) {
            if (matches(plan, row)) {
                final List<String> values = new ArrayList<>();
                plan.groupBy().forEach(dimension -> values.add(get(row.dimensions(), dimension)));
                final long bucket = plan.intervalUs() == 0
                    ? plan.startUs() : Math.floorDiv(row.timeUs(), plan.intervalUs()) * plan.intervalUs();
                final Group group = new Group(bucket, Collections.unmodifiableList(values));
                counts.merge(group, 1L, Long::sum);
                final List<Aggregate> list = aggregates.computeIfAbsent(group, key -> {
                    final List<Aggregate> fresh = new ArrayList<>();
                    plan.metrics().forEach(metric -> fresh.add(new Aggregate()));
                    return fresh;
                });
                for (int i = 0; i < list.size(); i++) {
                    final Double value = get(row.metrics(), plan.metrics().get(i));
                    if (value != null) {
                        list.get(i).add(value);
                    }
                }
            }
        }
        return new Answer(counts, aggregates);
    }

    private static boolean matches(final Plan plan, final Row row) {
        if (row.timeUs() < plan.startUs() || row.timeUs() >= plan.endUs()) {
            return false;
        }
        return plan.filters().entrySet().stream().allMatch(filter -> filter.getValue().contains(get(row.dimensions(), filter.getKey())));
    }

    private static <T> T get(final List<T> list, final int index) {
        return index < list.size() ? list.get(index) : null;
    }
}
