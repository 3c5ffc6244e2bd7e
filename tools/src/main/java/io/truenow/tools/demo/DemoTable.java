package io.truenow.tools.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/**
 * A table of the demo and how its events look. Built once, then read only.
 */
final class DemoTable {
    private final String namespace;
    private final String name;
    private final int weight;
    private final List<Dimension> dimensions = new ArrayList<>();
    private final List<Metric> metrics = new ArrayList<>();

    DemoTable(final String namespace, final String name, final int weight) {
        this.namespace = namespace;
        this.name = name;
        this.weight = weight;
    }

    /** The tables of the demo: a shop, a fleet of sensors, an API. About 90 000 dimension values in all. */
    static List<DemoTable> all() {
        return List.of(
            new DemoTable("shop", "orders", 20)
                .named("country", 1.1, "us", "de", "fr", "gb", "jp", "br", "in", "ca", "es", "it", "nl", "se", "pl", "au", "mx", "za")
                .named("device", 0.8, "phone", "desktop", "tablet", "tv", "watch")
                .named("payment", 0.9, "card", "wallet", "invoice", "transfer", "voucher")
                .numbered("product", 20_000, 1.05)
                .numbered("customer", 40_000, 0.9)
                .metric("amount", 35, 0.9, 2)
                .metric("items", 2, 0.6, 0),
            new DemoTable("shop", "page_views", 50)
                .named("country", 1.1, "us", "de", "fr", "gb", "jp", "br", "in", "ca", "es", "it", "nl", "se", "pl", "au", "mx", "za")
                .named("device", 0.8, "phone", "desktop", "tablet", "tv", "watch")
                .numbered("page", 5_000, 1.1)
                .numbered("referrer", 300, 1.2)
                .metric("load_ms", 180, 0.7, 0)
                .metric("dwell_ms", 9_000, 1.1, 0),
            new DemoTable("plant", "sensor_readings", 20)
                .numbered("sensor", 20_000, 0.2)
                .numbered("site", 40, 0.5)
                .named("kind", 0.4, "temperature", "pressure", "vibration", "humidity", "current")
                .metric("reading", 40, 0.3, 3)
                .metric("battery", 80, 0.1, 1),
            new DemoTable("ops", "api_requests", 30)
                .numbered("service", 60, 0.9)
                .numbered("endpoint", 900, 1.1)
                .named("region", 0.7, "us-east", "eu-central", "us-west", "ap-south", "sa-east")
                .named("status", 2.5, "200", "404", "500", "429", "503")
                .metric("latency_ms", 12, 1.0, 2)
                .metric("response_bytes", 2_500, 1.2, 0));
    }

    String namespace() {
        return namespace;
    }

    String name() {
        return name;
    }

    /** Its share of the events. */
    int weight() {
        return weight;
    }

    /** Appends one event as JSON. */
    void append(final StringBuilder json, final String eventId, final long eventTimeUs, final RandomGenerator random) {
        json.append("{\"event_id\":\"").append(eventId).append("\",\"event_time\":").append(eventTimeUs).append(",\"dimensions\":{");
        for (int i = 0; i < dimensions.size(); i++) {
            final Dimension dimension = dimensions.get(i);
            json.append(i == 0 ? "\"" : ",\"").append(dimension.name).append("\":\"");
            json.append(dimension.values[dimension.zipf.next(random)]).append('"');
        }
        json.append("},\"metrics\":{");
        for (int i = 0; i < metrics.size(); i++) {
            final Metric metric = metrics.get(i);
            json.append(i == 0 ? "\"" : ",\"").append(metric.name).append("\":").append(metric.next(random));
        }
        json.append("}}");
    }

    private DemoTable named(final String dimension, final double exponent, final String... values) {
        dimensions.add(new Dimension(dimension, values, new Zipf(values.length, exponent)));
        return this;
    }

    private DemoTable numbered(final String dimension, final int count, final double exponent) {
        final String[] values = new String[count];
        for (int i = 0; i < count; i++) {
            values[i] = String.format(Locale.ROOT, "%s-%05d", dimension, i);
        }
        return named(dimension, exponent, values);
    }

    private DemoTable metric(final String metric, final double median, final double spread, final int decimals) {
        metrics.add(new Metric(metric, median, spread, Math.pow(10, decimals)));
        return this;
    }

    private record Dimension(String name, String[] values, Zipf zipf) {
    }

    /** Log-normal: never negative, with a long tail. */
    private record Metric(String name, double median, double spread, double scale) {
        double next(final RandomGenerator random) {
            return Math.round(median * Math.exp(random.nextGaussian() * spread) * scale) / scale;
        }
    }
}
