package io.truenow.system.model;

import java.util.Map;

/**
 * An event as a client means it.
 *
 * @param id          of the event.
 * @param timeUs      event time.
 * @param dimensions  by name.
 * @param metrics     by name; integers, so that sums are exact.
 */
public record Event(String id, long timeUs, Map<String, String> dimensions, Map<String, Long> metrics) {
    /** As the REST contract wants it; names and values of tests need no escaping. */
    public String toJson() {
        final StringBuilder json = new StringBuilder();
        json.append("{\"event_id\":\"").append(id).append("\",\"event_time\":").append(timeUs).append(",\"dimensions\":{");
        String separator = "";
        for (final Map.Entry<String, String> dimension : dimensions.entrySet()) {
            json.append(separator).append('"').append(dimension.getKey()).append("\":\"").append(dimension.getValue()).append('"');
            separator = ",";
        }
        json.append("},\"metrics\":{");
        separator = "";
        for (final Map.Entry<String, Long> metric : metrics.entrySet()) {
            json.append(separator).append('"').append(metric.getKey()).append("\":").append(metric.getValue());
            separator = ",";
        }
        return json.append("}}").toString();
    }
}
