package io.truenow.client.ingest;

import io.truenow.fabric.problem.ProblemCode;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.EventIdHash;
import io.truenow.format.batch.TableBinding;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Appends events to one table. Belongs to its client's thread. The event that is being built is staged here, so that it can be given to the
 * next batch when one is full; from there its values go straight into columns. Allocates nothing once warm, unless given strings.
 */
public final class EventAppender {
    private static final int INITIAL_VALUE_BYTES = 4_096;

    private final TrueNowClient client;
    private final TableBinding binding;
    private final EventIdHash idHash;
    private final BatchBuilder[] builders;
    /** From the caller's index to the table's ordinal. */
    private final int[] dimensionOrdinals;
    private final int[] metricOrdinals;

    private final UnsafeBuffer values = new UnsafeBuffer(new byte[INITIAL_VALUE_BYTES]);
    private final int[] valueStarts;
    /** By dimension; -1 where the event has none. */
    private final int[] valueLengths;
    private final double[] metricValues;
    private final boolean[] metricGiven;
    private int valueBytes;
    private boolean eventOpen;
    private long eventTimeUs;
    private long idHigh;
    private long idLow;

    EventAppender(final TrueNowClient client, final TableBinding binding, final List<String> dimensions, final List<String> metrics) {
        this.client = client;
        this.binding = binding;
        this.idHash = EventIdHash.of(binding);
        this.builders = new BatchBuilder[binding.shardCount()];
        Arrays.setAll(builders, i -> new BatchBuilder(binding, i));
        this.dimensionOrdinals = dimensions.stream().mapToInt(binding::dimension).toArray();
        this.metricOrdinals = metrics.stream().mapToInt(binding::metric).toArray();
        if (Arrays.stream(dimensionOrdinals).anyMatch(i -> i < 0) || Arrays.stream(metricOrdinals).anyMatch(i -> i < 0)) {
            throw new TrueNowException(ProblemCode.BAD_BINDING, "the gateway bound a table without the asked columns");
        }
        this.valueStarts = new int[dimensions.size()];
        this.valueLengths = new int[dimensions.size()];
        this.metricValues = new double[metrics.size()];
        this.metricGiven = new boolean[metrics.size()];
    }

    /** The table, as it was bound. */
    public TableBinding binding() {
        return binding;
    }

    /** Begins an event. A resend repeats id, time and values. Forgets an event that was begun and not ended. */
    public EventAppender startEvent(final byte[] eventId, final long newEventTimeUs) {
        idHash.hash(eventId, 0, eventId.length);
        return start(newEventTimeUs);
    }

    /** Begins an event. A resend repeats id, time and values. Forgets an event that was begun and not ended. */
    public EventAppender startEvent(final DirectBuffer eventId, final int offset, final int length, final long newEventTimeUs) {
        idHash.hash(eventId, offset, length);
        return start(newEventTimeUs);
    }

    /** Gives the event a dimension's value, by its index in the list it was bound with. UTF-8, at most 1 KiB. */
    public EventAppender dimension(final int index, final DirectBuffer value, final int offset, final int length) {
        reserve(index, length);
        values.putBytes(valueBytes, value, offset, length);
        valueBytes += length;
        return this;
    }

    /** Gives the event a dimension's value, by its index in the list it was bound with. UTF-8, at most 1 KiB. */
    public EventAppender dimension(final int index, final byte[] value) {
        reserve(index, value.length);
        values.putBytes(valueBytes, value);
        valueBytes += value.length;
        return this;
    }

    /** Gives the event a dimension's value, by its index in the list it was bound with. At most 1 KiB of UTF-8. */
    public EventAppender dimension(final int index, final String value) {
        return dimension(index, value.getBytes(StandardCharsets.UTF_8));
    }

    /** Gives the event a metric's value, by its index in the list it was bound with. Finite. */
    public EventAppender metric(final int index, final double value) {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException("a metric must be finite");
        }
        metricValues[index] = value;
        metricGiven[index] = true;
        return this;
    }

    /**
     * Ends the event: it is in the batch that is being built.
     *
     * @return false if that batch is full and too many are in flight: poll the client and call this again.
     * @throws TrueNowException with code {@code event_too_large} if it fits no batch; the event is forgotten.
     */
    public boolean endEvent() {
        if (!eventOpen) {
            throw new IllegalStateException("no event was started");
        }
        final BatchBuilder builder = builders[binding.shardIndex(idHigh)];
        while (!addTo(builder)) {
            if (builder.rowCount() == 0) {
                eventOpen = false;
                throw new TrueNowException(ProblemCode.EVENT_TOO_LARGE, "the event does not fit a batch of 60 KiB");
            }
            if (!client.submit(builder)) {
                return false;
            }
        }
        eventOpen = false;
        return true;
    }

    /** Rows that are not yet in a batch. */
    public int pendingRows() {
        int rows = 0;
        for (final BatchBuilder builder : builders) {
            rows += builder.rowCount();
        }
        return rows;
    }

    /** Makes batches of the rows appended so far. False if too many are in flight: poll and call again. */
    public boolean flush() {
        boolean flushed = true;
        for (final BatchBuilder builder : builders) {
            flushed &= builder.rowCount() == 0 || client.submit(builder);
        }
        return flushed;
    }

    private EventAppender start(final long newEventTimeUs) {
        eventOpen = true;
        eventTimeUs = newEventTimeUs;
        idHigh = idHash.high();
        idLow = idHash.low();
        valueBytes = 0;
        Arrays.fill(valueLengths, -1);
        Arrays.fill(metricGiven, false);
        return this;
    }

    private void reserve(final int index, final int length) {
        if (length > BatchBuilder.MAX_VALUE_BYTES) {
            throw new IllegalArgumentException("a dimension's value exceeds 1 KiB");
        }
        if (valueBytes + length > values.capacity()) {
            values.wrap(Arrays.copyOf(values.byteArray(), Math.max(valueBytes + length, values.capacity() * 2)));
        }
        valueStarts[index] = valueBytes;
        valueLengths[index] = length;
    }

    private boolean addTo(final BatchBuilder builder) {
        builder.startRow(eventTimeUs, idHigh, idLow);
        for (int i = 0; i < valueLengths.length; i++) {
            if (valueLengths[i] >= 0) {
                builder.dimension(dimensionOrdinals[i], values, valueStarts[i], valueLengths[i]);
            }
        }
        for (int i = 0; i < metricValues.length; i++) {
            if (metricGiven[i]) {
                builder.metric(metricOrdinals[i], metricValues[i]);
            }
        }
        return builder.endRow();
    }
}
