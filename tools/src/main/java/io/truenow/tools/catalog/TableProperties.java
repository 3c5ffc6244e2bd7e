package io.truenow.tools.catalog;

import io.truenow.tools.config.DurationConverter;
import picocli.CommandLine.Option;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What may be said of a table; mixed into commands. */
final class TableProperties {
    private static final int NANOS_PER_MICRO = 1_000;

    @Option(names = "--retention", paramLabel = "TIME", converter = DurationConverter.class,
        description = "How long after its event time an event is kept, such as 6h: 10 minutes to 24 hours.")
    private Duration retention;

    @Option(names = "--schema", paramLabel = "open|closed", description = "Whether events may add columns.")
    private String schema;

    @Option(names = "--description", paramLabel = "TEXT", description = "For people.")
    private String description;

    @Option(names = "--dimension", paramLabel = "NAME", description = "A column to have. Repeatable.")
    private List<String> dimensions = new ArrayList<>();

    @Option(names = "--metric", paramLabel = "NAME", description = "A column to have. Repeatable.")
    private List<String> metrics = new ArrayList<>();

    /** A request's body with what was given. */
    Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        if (retention != null) {
            json.put("retention_us", retention.toNanos() / NANOS_PER_MICRO);
        }
        if (schema != null) {
            json.put("schema", schema);
        }
        if (description != null) {
            json.put("description", description);
        }
        if (!dimensions.isEmpty()) {
            json.put("dimensions", dimensions);
        }
        if (!metrics.isEmpty()) {
            json.put("metrics", metrics);
        }
        return json;
    }
}
