package io.truenow.perf.load;

import io.truenow.client.ingest.ClientContext;
import io.truenow.client.ingest.EventAppender;
import io.truenow.client.ingest.IngestListener;
import io.truenow.client.ingest.TrueNowClient;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.fabric.position.Position;
import io.truenow.fabric.time.WallClock;
import io.truenow.perf.BenchEnvironment;
import io.truenow.perf.BenchFailure;
import org.agrona.concurrent.EpochMicroClock;
import org.agrona.concurrent.UnsafeBuffer;

import java.time.Duration;

/** Sends events by the Aeron-native client as fast as they are acknowledged. Belongs to one thread. */
public final class BinaryLoad implements AutoCloseable {
    private static final int EVENTS_PER_CLOCK = 64;

    private final Workload workload = new Workload(20_261_123L, 16);
    private final EpochMicroClock clock = WallClock.INSTANCE;
    private final byte[][][] values = Workload.values();
    private final UnsafeBuffer[][] buffers = new UnsafeBuffer[values.length][];
    private final byte[] id = new byte[1 + Long.BYTES];
    private final UnsafeBuffer idBuffer = new UnsafeBuffer(id);
    private final TrueNowClient client;
    private final EventAppender appender;
    private final AckLevel wanted;
    private long acknowledgedRows;
    private String rejection;

    /** Connects and binds the table. Over IPC where the media driver is here, else over UDP with a driver of its own. */
    public BinaryLoad(final BenchEnvironment environment, final String namespace, final String table, final AckLevel ackLevel) {
        wanted = ackLevel;
        client = TrueNowClient.connect(
            context(environment).ackLevel(ackLevel).timeout(Duration.ofSeconds(60)).listener(new Acknowledgements()));
        appender = client.bind(namespace, table, Workload.DIMENSIONS, Workload.METRICS);
        for (int i = 0; i < values.length; i++) {
            buffers[i] = new UnsafeBuffer[values[i].length];
            for (int j = 0; j < values[i].length; j++) {
                buffers[i][j] = new UnsafeBuffer(values[i][j]);
            }
        }
    }

    /** Sends for that long or that many events, until all are acknowledged. Ids count from {@code firstId}. */
    public RestLoad.Sent run(final long firstId, final double seconds, final long maxEvents) {
        final long startNs = System.nanoTime();
        final long durationNs = (long) (seconds * 1e9);
        final long acknowledgedBefore = acknowledgedRows;
        final long minTimeUs = clock.microTime();
        long timeUs = minTimeUs;
        long events = 0;
        long sum = 0;
        while (events < maxEvents && System.nanoTime() - startNs < durationNs) {
            timeUs = clock.microTime();
            for (int i = 0; i < EVENTS_PER_CLOCK; i++) {
                sum += append(firstId + events, timeUs);
                events++;
            }
            client.poll();
        }
        client.drain();
        final double elapsed = (System.nanoTime() - startNs) / 1e9;
        if (rejection != null || acknowledgedRows - acknowledgedBefore != events) {
            throw new BenchFailure("sent " + events + ", acknowledged " + (acknowledgedRows - acknowledgedBefore)
                + (rejection == null ? "" : ", rejected with " + rejection));
        }
        return new RestLoad.Sent(events, sum, 0, minTimeUs, timeUs, elapsed);
    }

    /** Sends one event and waits for its acknowledgement. */
    public void sendOne(final long eventId, final long timeUs) {
        append(eventId, timeUs);
        client.drain();
    }

    /** Sends one event at once, without waiting. */
    public void fire(final long eventId, final long timeUs) {
        append(eventId, timeUs);
        while (!client.flush()) {
            client.poll();
        }
    }

    /** Keeps the connection. */
    public void poll() {
        client.poll();
    }

    @Override
    public void close() {
        client.close();
    }

    private long append(final long event, final long timeUs) {
        id[0] = 'b';
        idBuffer.putLong(1, event);
        final int amount = workload.metric(event, 0);
        appender.startEvent(idBuffer, 0, id.length, timeUs);
        appender.dimension(0, buffers[0][workload.country(event)], 0, values[0][workload.country(event)].length);
        appender.dimension(1, buffers[1][workload.device(event)], 0, values[1][workload.device(event)].length);
        appender.dimension(2, buffers[2][workload.page(event)], 0, values[2][workload.page(event)].length);
        appender.metric(0, amount).metric(1, workload.metric(event, 1));
        while (!appender.endEvent()) {
            if (client.poll() == 0) {
                Thread.onSpinWait();
            }
        }
        return amount;
    }

    private final class Acknowledgements implements IngestListener {
        @Override
        public void onAcknowledged(final long batchId, final int rows, final Position position, final AckLevel reached) {
            acknowledgedRows += rows;
            if (reached != wanted) {
                rejection = "not_applied_in_time: the lanes were slower than the gateway waits";
            }
        }

        @Override
        public void onRejected(final long batchId, final int rows, final String code, final String message) {
            rejection = code + ": " + message;
        }
    }

    private static ClientContext context(final BenchEnvironment environment) {
        return environment.aeronDirectory() != null
            ? new ClientContext().aeronDirectory(environment.aeronDirectory()).ipc()
            : new ClientContext().embedDriver().gateway(environment.gatewayAeronHost(), environment.gatewayAeronPort());
    }
}
