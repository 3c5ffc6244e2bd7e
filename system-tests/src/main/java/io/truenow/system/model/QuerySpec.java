package io.truenow.system.model;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A query.
 *
 * @param startUs   inclusive.
 * @param endUs     exclusive.
 * @param filters   wanted values by dimension.
 * @param groupBy   dimensions.
 * @param aggregate sum, avg, min, max, count.
 * @param metric    or null.
 * @param interval  such as {@code 1m}, or null.
 */
public record QuerySpec(
    long startUs, long endUs, Map<String, List<String>> filters, List<String> groupBy, String aggregate, String metric, String interval) {
    /** Everything between the times, as one count. */
    public static QuerySpec count(final long startUs, final long endUs) {
        return new QuerySpec(startUs, endUs, Map.of(), List.of(), "count", null, null);
    }

    /** As the REST contract wants it. */
    public String toJson(final String namespace, final String table, final String token) {
        return "{\"namespace\":\"" + namespace + "\",\"table\":\"" + table + "\",\"start_time\":" + startUs + ",\"end_time\":" + endUs
            + ",\"filters\":{" + filters.entrySet().stream().map(filter -> '"' + filter.getKey() + "\":[" + quoted(filter.getValue()) + ']')
            .collect(Collectors.joining(",")) + "},\"group_by\":[" + quoted(groupBy) + "],\"aggregate\":\"" + aggregate + '"'
            + (metric == null ? "" : ",\"metric\":\"" + metric + '"')
            + (interval == null ? "" : ",\"interval\":\"" + interval + '"')
            + (token == null ? "" : ",\"token\":\"" + token + '"') + '}';
    }

    /** Length of a bucket, 0 for none. */
    long intervalUs() {
        if (interval == null) {
            return 0;
        }
        final long count = Long.parseLong(interval, 0, interval.length() - 1, 10);
        return count * switch (interval.charAt(interval.length() - 1)) {
            case 's' -> 1_000_000L;
            case 'm' -> 60_000_000L;
            case 'h' -> 3_600_000_000L;
            default -> throw new IllegalArgumentException(interval);
        };
    }

    private static String quoted(final List<String> names) {
        return names.stream().map(name -> '"' + name + '"').collect(Collectors.joining(","));
    }
}
