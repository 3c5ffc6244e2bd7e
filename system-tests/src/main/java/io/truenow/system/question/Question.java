package io.truenow.system.question;

import io.truenow.system.model.Event;
import tools.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A query with all that the language has.
 *
 * @param startUs    inclusive.
 * @param endUs      exclusive.
 * @param where      null for all events.
 * @param groupBy    dimensions.
 * @param intervalUs 0 for none.
 * @param terms      what is asked for.
 */
public record Question(long startUs, long endUs, Condition where, List<String> groupBy, long intervalUs, List<Term> terms) {
    private static final int SHOWN = 10;

    /** As the REST contract wants it. */
    public String toJson(final String namespace, final String table, final String token) {
        final StringBuilder json = new StringBuilder();
        json.append("{\"namespace\":\"").append(namespace).append("\",\"table\":\"").append(table)
            .append("\",\"start_time\":").append(startUs).append(",\"end_time\":").append(endUs);
        if (where != null) {
            json.append(",\"where\":").append(where.toJson());
        }
        if (intervalUs != 0) {
            json.append(",\"interval\":\"").append(intervalUs).append("us\"");
        }
        if (token != null) {
            json.append(",\"token\":\"").append(token).append('"');
        }
        json.append(",\"group_by\":[").append(groupBy.stream().map(name -> '"' + name + '"').collect(Collectors.joining(",")))
            .append("],\"aggregates\":{");
        for (int i = 0; i < terms.size(); i++) {
            json.append(i == 0 ? "" : ",").append('"').append(name(i)).append("\":").append(terms.get(i).toJson());
        }
        return json.append("}}").toString();
    }

    /** What is wrong with an answer, one line for each thing; empty if nothing. */
    public String complaints(final JsonNode answer, final Collection<Event> events) {
        final Map<String, List<Event>> wanted = new TreeMap<>();
        for (final Event event : events) {
            if (event.timeUs() >= startUs && event.timeUs() < endUs && (where == null || where.test(event))) {
                wanted.computeIfAbsent(key(event), key -> new ArrayList<>()).add(event);
            }
        }
        final List<String> complaints = new ArrayList<>();
        for (final JsonNode row : answer.path("results")) {
            final long timestampUs = row.path("timestamp").asLong();
            final String key = timestampUs + " " + row.path("group").asString();
            final List<Event> group = wanted.remove(key);
            if (group == null) {
                complaints.add(key + ": there is no such group, or twice");
                continue;
            }
            if (row.path("count").asLong() != group.size()) {
                complaints.add(key + ": " + row.path("count") + " rows instead of " + group.size());
            }
            compare(key, row.path("aggregates"), group, durationUs(timestampUs), complaints);
        }
        wanted.forEach((key, group) -> complaints.add(key + ": missing, " + group.size() + " rows"));
        return complaints.stream().limit(SHOWN).collect(Collectors.joining("\n"));
    }

    private void compare(
        final String key, final JsonNode answers, final List<Event> group, final double durationUs, final List<String> complaints) {
        for (int i = 0; i < terms.size(); i++) {
            final String wanted = terms.get(i).complaint(answers.path(name(i)), group, durationUs);
            if (wanted != null) {
                complaints.add(key + ": " + terms.get(i) + " is " + answers.path(name(i)) + " instead of " + wanted);
            }
        }
    }

    private String key(final Event event) {
        return (intervalUs == 0 ? startUs : Math.floorDiv(event.timeUs(), intervalUs) * intervalUs) + " "
            + (groupBy.isEmpty() ? "all" : groupBy.stream().map(name -> name + ':' + event.dimensions().get(name))
            .collect(Collectors.joining(",")));
    }

    private double durationUs(final long timestampUs) {
        return intervalUs == 0 ? endUs - startUs
            : Math.min(endUs, timestampUs + intervalUs) - Math.max(startUs, timestampUs);
    }

    private static String name(final int index) {
        return "a" + index;
    }
}
