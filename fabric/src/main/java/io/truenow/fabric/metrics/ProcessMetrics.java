package io.truenow.fabric.metrics;

import io.aeron.Aeron;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.truenow.codecs.CounterTypeIds;
import io.truenow.fabric.memory.os.OpenFiles;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersReader;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.DoubleSupplier;
import java.util.regex.Pattern;

/**
 * Metrics of this process, the Java machine's and the media driver's own among them. Registration takes a lock; a counter is written
 * without one; exposition allocates and belongs on a thread that may.
 */
public final class ProcessMetrics implements Metrics {
    private static final int LOCAL_COUNTERS = 4_096;
    private static final int AERON_SYSTEM_COUNTER_TYPE_ID = 0;
    private static final Pattern NAME = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*");
    private static final Pattern NO_NAME_CHARACTERS = Pattern.compile("[^a-z0-9]+");
    private static final String TOTAL = "_total";

    private final CounterMemory memory;
    private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
    /** By name; guarded by itself, as is every list in it. */
    private final Map<String, Family> families = new TreeMap<>();

    private ProcessMetrics(final CounterMemory memory) {
        this.memory = memory;
        registerJavaMachine();
    }

    /** Counters in memory of this process' own, for tests and for processes without a driver. */
    public static ProcessMetrics local() {
        return new ProcessMetrics(CounterMemory.local(LOCAL_COUNTERS));
    }

    /** Counters in the file of the client's media driver; the driver frees them when the client is closed. */
    public static ProcessMetrics over(final Aeron aeron) {
        return new ProcessMetrics(CounterMemory.of(aeron));
    }

    @Override
    public AtomicCounter counter(final String name, final String help, final String... labels) {
        if (!name.endsWith(TOTAL)) {
            throw new IllegalArgumentException("a counter's name ends in " + TOTAL + ": " + name);
        }
        synchronized (families) {
            final Labels labelSet = reserve(name, help, true, labels);
            final AtomicCounter counter = memory.allocate(CounterTypeIds.PROCESS_METRIC, displayLabel(name, labels));
            families.get(name).values.add(new Value(labelSet, counter::get));
            return counter;
        }
    }

    @Override
    public void gauge(final String name, final String help, final DoubleSupplier value, final String... labels) {
        register(name, help, false, value, labels);
    }

    @Override
    public void expose(final OutputStream out) throws IOException {
        final List<MetricSnapshot> snapshots = new ArrayList<>();
        synchronized (families) {
            families.forEach((name, family) -> snapshots.add(family.snapshot(name)));
        }
        addMediaDriver(snapshots);
        writer.write(out, new MetricSnapshots(snapshots), EscapingScheme.UNDERSCORE_ESCAPING);
    }

    private void register(
        final String name, final String help, final boolean isCounter, final DoubleSupplier value, final String... labels) {
        synchronized (families) {
            final Labels labelSet = reserve(name, help, isCounter, labels);
            families.get(name).values.add(new Value(labelSet, value));
        }
    }

    private Labels reserve(final String name, final String help, final boolean isCounter, final String... labels) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not a metric's name: " + name);
        }
        // a counter is exposed with its suffix but known to Prometheus' model without it
        final String twin = isCounter ? name.substring(0, name.length() - TOTAL.length()) : name + TOTAL;
        if (families.containsKey(twin)) {
            throw new IllegalStateException("a counter and a gauge of one name: " + name);
        }
        final Labels labelSet = Labels.of(labels);
        final Family family = families.computeIfAbsent(name, key -> new Family(help, isCounter, new ArrayList<>()));
        if (family.isCounter != isCounter || family.values.stream().anyMatch(value -> value.labels.equals(labelSet))) {
            throw new IllegalStateException("metric registered twice: " + displayLabel(name, labels));
        }
        return labelSet;
    }

    private void registerJavaMachine() {
        final Runtime runtime = Runtime.getRuntime();
        gauge("jvm_memory_heap_used_bytes", "Heap in use.", () -> runtime.totalMemory() - runtime.freeMemory());
        gauge("jvm_memory_heap_max_bytes", "Heap at most.", runtime::maxMemory);
        if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider buffers) {
            gauge("truenow_http_buffer_bytes", "Memory off the heap that HTTP edges have for buffers, in use or kept for use.",
                () -> buffers.metric().usedDirectMemory());
        }
        gauge("process_open_fds", "File descriptors in use.", OpenFiles::count);
        gauge("process_max_fds", "File descriptors that there may be.", OpenFiles::limit);
        gauge("jvm_threads", "Live platform threads.", ManagementFactory.getThreadMXBean()::getThreadCount);
        gauge("process_uptime_seconds", "Since the Java machine started.",
            () -> ManagementFactory.getRuntimeMXBean().getUptime() / 1_000.0);
        for (final GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            register("jvm_gc_collections_total", "Garbage collections.", true, collector::getCollectionCount, "gc", collector.getName());
            register("jvm_gc_collection_seconds_total", "Time in garbage collections.", true,
                () -> collector.getCollectionTime() / 1_000.0, "gc", collector.getName());
        }
    }

    private void addMediaDriver(final List<MetricSnapshot> snapshots) {
        final Map<String, Family> system = new TreeMap<>();
        final CountersReader reader = memory.reader();
        reader.forEach((value, counterId, label) -> {
            if (reader.getCounterTypeId(counterId) == AERON_SYSTEM_COUNTER_TYPE_ID) {
                // what follows a colon is a detail such as the driver's version
                final int colon = label.indexOf(':');
                final String title = colon < 0 ? label : label.substring(0, colon);
                final String snake = NO_NAME_CHARACTERS.matcher(title.toLowerCase(Locale.ROOT)).replaceAll("_");
                final String name = "aeron_" + (snake.endsWith("_") ? snake.substring(0, snake.length() - 1) : snake);
                system.putIfAbsent(name, new Family(title, false, List.of(new Value(Labels.EMPTY, () -> value))));
            }
        });
        system.forEach((name, family) -> snapshots.add(family.snapshot(name)));
    }

    private static String displayLabel(final String name, final String... labels) {
        final StringBuilder text = new StringBuilder(name);
        for (int i = 0; i < labels.length; i += 2) {
            text.append(' ').append(labels[i]).append('=').append(labels[i + 1]);
        }
        text.setLength(Math.min(text.length(), CountersReader.MAX_LABEL_LENGTH));
        return text.toString();
    }

    private record Value(Labels labels, DoubleSupplier current) {
    }

    private record Family(String help, boolean isCounter, List<Value> values) {
        MetricSnapshot snapshot(final String name) {
            if (isCounter) {
                final MetricMetadata metadata = new MetricMetadata(name.substring(0, name.length() - TOTAL.length()), help);
                return new CounterSnapshot(metadata, values.stream()
                    .map(value -> new CounterDataPointSnapshot(Math.max(0, value.current.getAsDouble()), value.labels, null, 0L))
                    .toList());
            }
            return new GaugeSnapshot(new MetricMetadata(name, help), values.stream()
                .map(value -> new GaugeDataPointSnapshot(value.current.getAsDouble(), value.labels, null))
                .toList());
        }
    }
}
