package io.truenow.engine.model;

import io.truenow.codecs.control.EventIdentity;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A shard as plain lists: the first row of an event stands, as long as it is there. */
public final class Model {
    private static final long SPAN_US = 600_000_000L;

    private final EventIdentity identity;
    private final List<Row> rows = new ArrayList<>();
    private final Map<List<Long>, Long> timesUs = new HashMap<>();
    private int otherTimes;

    /** Groups' rows and aggregates. */
    public record Answer(Map<Group, Long> rows, Map<Group, List<Aggregate>> aggregates) {
    }

    /** Of a table whose events are their ids. */
    public Model() {
        this(EventIdentity.ID);
    }

    /** Of a table whose events are told apart so. */
    public Model(final EventIdentity identity) {
        this.identity = identity;
    }

    /** What makes two events the same. */
    public EventIdentity identity() {
        return identity;
    }

    /** Takes a batch; tells how many rows were new. */
    public int apply(final List<Row> batch, final long keptFromUs) {
        int added = 0;
        for (final Row row : batch) {
            if (Math.floorDiv(row.timeUs(), SPAN_US) * SPAN_US >= keptFromUs) {
                final Long knownUs = timesUs.putIfAbsent(id(row), row.timeUs());
                if (knownUs == null) {
                    rows.add(row);
                    added++;
                } else if (knownUs != row.timeUs()) {
                    otherTimes++;
                }
            }
        }
        return added;
    }

    /** Lets spans go. */
    public void dropOlderThan(final long keptFromUs) {
        rows.removeIf(row -> Math.floorDiv(row.timeUs(), SPAN_US) * SPAN_US < keptFromUs && timesUs.remove(id(row)) != null);
    }

    /** Spans are let go, but their rows are kept here for whoever asks later. */
    public void forgetIdsOlderThan(final long keptFromUs) {
        timesUs.values().removeIf(timeUs -> timeUs < keptFromUs);
    }

    /** Repeated rows whose event was there with another time. */
    public int otherTimes() {
        return otherTimes;
    }

    private List<Long> id(final Row row) {
        return identity == EventIdentity.ID
            ? List.of(row.idHigh(), row.idLow()) : List.of(row.idHigh(), row.idLow(), row.timeUs());
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
