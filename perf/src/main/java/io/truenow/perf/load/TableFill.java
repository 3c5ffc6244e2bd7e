package io.truenow.perf.load;

import io.truenow.client.ingest.ClientContext;
import io.truenow.client.ingest.EventAppender;
import io.truenow.client.ingest.IngestListener;
import io.truenow.client.ingest.TrueNowClient;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.fabric.position.Position;
import io.truenow.perf.BenchEnvironment;
import io.truenow.perf.BenchFailure;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Fills tables with a {@link QueryWorkload} by the Aeron-native client. Belongs to one thread. */
public final class TableFill implements AutoCloseable {
    private static final int EVENTS_PER_POLL = 64;

    private final TrueNowClient client;
    private final UnsafeBuffer[][] values = new UnsafeBuffer[QueryWorkload.CARDINALITIES.length][];
    private final UnsafeBuffer id = new UnsafeBuffer(new byte[Long.BYTES]);
    private long acknowledgedRows;
    private String rejection;

    /** Connects: over IPC where the media driver is here, else over UDP with a driver of its own. */
    public TableFill(final BenchEnvironment environment) {
        final ClientContext context = environment.aeronDirectory() != null
            ? new ClientContext().aeronDirectory(environment.aeronDirectory()).ipc()
            : new ClientContext().embedDriver().gateway(environment.gatewayAeronHost(), environment.gatewayAeronPort());
        client = TrueNowClient.connect(
            context.ackLevel(AckLevel.JOURNALED).timeout(Duration.ofSeconds(60)).listener(new Acknowledgements()));
        for (int dimension = 0; dimension < values.length; dimension++) {
            values[dimension] = new UnsafeBuffer[QueryWorkload.CARDINALITIES[dimension]];
            for (int code = 0; code < values[dimension].length; code++) {
                values[dimension][code] =
                    new UnsafeBuffer(QueryWorkload.value(dimension, code).getBytes(StandardCharsets.US_ASCII));
            }
        }
    }

    /** Sends all events of the workload, until all are acknowledged; returns seconds. */
    public double fill(final String namespace, final String table, final QueryWorkload workload) {
        final EventAppender appender = client.bind(namespace, table, QueryWorkload.DIMENSIONS, QueryWorkload.METRICS);
        final long startNs = System.nanoTime();
        final long acknowledgedBefore = acknowledgedRows;
        for (int event = 0; event < workload.rows(); event++) {
            append(appender, event, workload.timeUs(event));
            if (event % EVENTS_PER_POLL == 0) {
                client.poll();
            }
        }
        client.drain();
        if (rejection != null || acknowledgedRows - acknowledgedBefore != workload.rows()) {
            throw new BenchFailure("sent " + workload.rows() + " events, acknowledged " + (acknowledgedRows - acknowledgedBefore)
                + (rejection == null ? "" : ", rejected with " + rejection));
        }
        return (System.nanoTime() - startNs) / 1e9;
    }

    private void append(final EventAppender appender, final int event, final long timeUs) {
        id.putLong(0, event);
        appender.startEvent(id, 0, Long.BYTES, timeUs);
        for (int dimension = 0; dimension < values.length; dimension++) {
            final UnsafeBuffer value = values[dimension][QueryWorkload.code(event, dimension)];
            appender.dimension(dimension, value, 0, value.capacity());
        }
        for (int metric = 0; metric < QueryWorkload.METRICS.size(); metric++) {
            appender.metric(metric, QueryWorkload.metric(event, metric));
        }
        while (!appender.endEvent()) {
            if (client.poll() == 0) {
                Thread.onSpinWait();
            }
        }
    }

    @Override
    public void close() {
        client.close();
    }

    private final class Acknowledgements implements IngestListener {
        @Override
        public void onAcknowledged(final long batchId, final int rows, final Position position, final AckLevel reached) {
            acknowledgedRows += rows;
        }

        @Override
        public void onRejected(final long batchId, final int rows, final String code, final String message) {
            rejection = code + ": " + message;
        }
    }
}
