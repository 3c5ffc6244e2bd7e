package io.truenow.system.model;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A table as it should be: each event once, in a map. For one thread. */
public final class TableModel {
    private final Map<String, Event> events = new LinkedHashMap<>();

    /** Adds events that are not there yet. */
    public void addAll(final Collection<Event> accepted) {
        accepted.forEach(event -> events.putIfAbsent(event.id(), event));
    }

    /** How many there are. */
    public int size() {
        return events.size();
    }

    /** The answer's rows by timestamp and group, each told as text: count, sum, min, max. */
    public Map<String, String> answer(final QuerySpec query) {
        final Map<String, Group> groups = new TreeMap<>();
        for (final Event event : events.values()) {
            if (event.timeUs() >= query.startUs() && event.timeUs() < query.endUs() && matches(event, query)) {
                groups.computeIfAbsent(key(event, query), key -> new Group()).add(event, query.metric());
            }
        }
        return groups.entrySet().stream()
            .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().text(query.metric()), (a, b) -> a, TreeMap::new));
    }

    private static boolean matches(final Event event, final QuerySpec query) {
        for (final Map.Entry<String, List<String>> filter : query.filters().entrySet()) {
            final String value = event.dimensions().get(filter.getKey());
            if (value == null || !filter.getValue().contains(value)) {
                return false;
            }
        }
        return true;
    }

    private static String key(final Event event, final QuerySpec query) {
        final long intervalUs = query.intervalUs();
        final long timestampUs = intervalUs == 0 ? query.startUs() : Math.floorDiv(event.timeUs(), intervalUs) * intervalUs;
        final String group = query.groupBy().isEmpty() ? "all" : query.groupBy().stream()
            .map(dimension -> dimension + ':' + event.dimensions().get(dimension)).collect(Collectors.joining(","));
        return timestampUs + " " + group;
    }

    private static final class Group {
        private long rows;
        private long values;
        private long sum;
        private long min = Long.MAX_VALUE;
        private long max = Long.MIN_VALUE;

        void add(final Event event, final String metric) {
            rows++;
            final Long value = metric == null ? null : event.metrics().get(metric);
            if (value != null) {
                values++;
                sum += value;
                min = Math.min(min, value);
                max = Math.max(max, value);
            }
        }

        String text(final String metric) {
            return AnswerText.of(metric == null ? rows : values,
                values == 0 ? null : (double)sum, values == 0 ? null : (double)min, values == 0 ? null : (double)max);
        }
    }
}
