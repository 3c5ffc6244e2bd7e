package io.truenow.system.pages;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Compares an answer that a page shows with the one that comes: the same members in any order, the same values, except those that differ
 * from run to run, such as times, which have to be of the same kind. Stateless.
 */
final class ShownJson {
    /** By the member's name. */
    private static final Set<String> VOLATILE = Set.of(
        "token", "timestamp", "since", "start_time", "end_time", "query_time_ms", "records_scanned", "records_folded", "cube_hits",
        "cache_hit", "watermark_us", "events_per_second", "uptime", "uptime_seconds", "version", "incarnation", "journal_bytes");

    private ShownJson() {
    }

    /** The JSON values in a text, one after the other. */
    static List<JsonNode> values(final String text) {
        final List<JsonNode> values = new ArrayList<>();
        try (MappingIterator<JsonNode> found = new JsonMapper().readerFor(JsonNode.class).readValues(text)) {
            while (found.hasNextValue()) {
                values.add(found.nextValue());
            }
        }
        return values;
    }

    /** Null, or where they differ and how. */
    static String difference(final String path, final JsonNode shown, final JsonNode came) {
        if (shown.isObject() && came.isObject()) {
            final TreeSet<String> names = new TreeSet<>(shown.propertyNames());
            names.addAll(came.propertyNames());
            for (final String name : names) {
                final String member = path + '.' + name;
                if (!shown.has(name) || !came.has(name)) {
                    return member + (came.has(name) ? " comes and is not shown" : " is shown and does not come");
                }
                final String difference = VOLATILE.contains(name) && shown.get(name).getNodeType() == came.get(name).getNodeType() ? null
                    : difference(member, shown.get(name), came.get(name));
                if (difference != null) {
                    return difference;
                }
            }
            return null;
        }
        if (shown.isArray() && came.isArray() && shown.size() == came.size()) {
            for (int i = 0; i < shown.size(); i++) {
                final String difference = difference(path + '[' + i + ']', shown.get(i), came.get(i));
                if (difference != null) {
                    return difference;
                }
            }
            return null;
        }
        final boolean isSame = shown.isNumber() && came.isNumber() ? shown.asDouble() == came.asDouble() : shown.equals(came);
        return isSame ? null : path + " is shown as " + shown + " and is " + came;
    }
}
