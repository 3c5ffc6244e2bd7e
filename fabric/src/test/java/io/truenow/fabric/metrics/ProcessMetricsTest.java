package io.truenow.fabric.metrics;

import org.agrona.concurrent.status.AtomicCounter;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ProcessMetricsTest {
    private final ProcessMetrics metrics = ProcessMetrics.local();

    private String text() throws IOException {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        metrics.expose(out);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void exposesCountersAndGauges() throws IOException {
        final AtomicCounter first = metrics.counter("truenow_lane_batches_total", "Batches \"applied\".", "lane", "0");
        metrics.counter("truenow_lane_batches_total", "Batches applied.", "lane", "1").increment();
        metrics.gauge("truenow_lane_rows", "Rows held.", () -> 42.5, "table", "a\"b\\c");
        first.getAndAdd(7);
        final String text = text();
        assertTrue(text.contains("# TYPE truenow_lane_batches_total counter\n"), text);
        assertTrue(text.contains("truenow_lane_batches_total{lane=\"0\"} 7.0\n"), text);
        assertTrue(text.contains("truenow_lane_batches_total{lane=\"1\"} 1.0\n"), text);
        assertTrue(text.contains("truenow_lane_rows{table=\"a\\\"b\\\\c\"} 42.5\n"), text);
        assertTrue(text.contains("jvm_gc_collections_total{gc="), text);
        assertTrue(text.contains("jvm_threads "), text);
    }

    @Test
    void refusesWhatCannotBeExposed() {
        metrics.counter("truenow_a_total", "A.");
        assertThrows(IllegalStateException.class, () -> metrics.counter("truenow_a_total", "A."));
        assertThrows(IllegalStateException.class, () -> metrics.gauge("truenow_a_total", "A.", () -> 1, "x", "y"));
        assertThrows(IllegalArgumentException.class, () -> metrics.counter("truenow_b", "B."));
        assertThrows(IllegalArgumentException.class, () -> metrics.gauge("truenow-b", "B.", () -> 1));
    }
}
