package io.truenow.perf.load;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A whole ingest request whose ids and times are filled in anew for each sending: building JSON would cost the machine more than parsing it
 * does. Belongs to one thread.
 */
final class RequestTemplate {
    private static final int ID_DIGITS = 15;
    private static final int TIME_DIGITS = 16;
    private static final String ID_HOLE = "0".repeat(ID_DIGITS);
    private static final String TIME_HOLE = "1".repeat(TIME_DIGITS);

    private final byte[] bytes;
    private final int[] ids;
    private final int[] times;
    private final long amountSum;

    private RequestTemplate(final byte[] bytes, final int[] ids, final int[] times, final long amountSum) {
        this.bytes = bytes;
        this.ids = ids;
        this.times = times;
        this.amountSum = amountSum;
    }

    /** A request of {@code events} events from the workload's {@code firstEvent} on; a single event goes to {@code /v1/ingest}. */
    static RequestTemplate of(final Target target, final Workload workload, final long firstEvent, final int events, final boolean single) {
        final StringBuilder json = new StringBuilder();
        final List<Integer> ids = new ArrayList<>();
        final List<Integer> times = new ArrayList<>();
        long sum = 0;
        final String names = "\"namespace\":\"" + target.namespace() + "\",\"table\":\"" + target.table() + "\",";
        json.append('{').append(names);
        if (!single) {
            json.append("\"events\":[");
        }
        for (int i = 0; i < events; i++) {
            final long event = firstEvent + i;
            json.append(single ? "" : i == 0 ? "{" : ",{").append("\"event_id\":\"").append(target.idPrefix());
            ids.add(json.length());
            json.append(ID_HOLE).append("\",\"event_time\":");
            times.add(json.length());
            json.append(TIME_HOLE).append(",\"dimensions\":{");
            for (int d = 0; d < Workload.DIMENSIONS.size(); d++) {
                json.append(d == 0 ? "\"" : ",\"").append(Workload.DIMENSIONS.get(d)).append("\":\"");
                json.append(workload.dimension(event, d)).append('"');
            }
            json.append("},\"metrics\":{");
            for (int m = 0; m < Workload.METRICS.size(); m++) {
                json.append(m == 0 ? "\"" : ",\"").append(Workload.METRICS.get(m)).append("\":").append(workload.metric(event, m));
            }
            json.append("}}");
            sum += workload.metric(event, 0);
        }
        if (!single) {
            json.append("]}");
        }
        final byte[] body = json.toString().getBytes(StandardCharsets.US_ASCII);
        final byte[] request = HttpConnection.post(target.host(), single ? "/v1/ingest" : "/v1/batch", body);
        final int head = request.length - body.length;
        return new RequestTemplate(request,
            ids.stream().mapToInt(at -> at + head).toArray(), times.stream().mapToInt(at -> at + head).toArray(), sum);
    }

    /** Where requests go and what their ids begin with. */
    record Target(String host, String namespace, String table, String idPrefix) {
    }

    int events() {
        return ids.length;
    }

    /** Of the metric {@code amount}. */
    long amountSum() {
        return amountSum;
    }

    int length() {
        return bytes.length;
    }

    /** Fills in ids {@code firstId ..} and the time, and writes the request behind what the buffer holds. */
    void write(final ByteBuffer target, final long firstId, final long timeUs) {
        final int start = target.position();
        target.put(bytes);
        final byte[] array = target.array();
        for (int i = 0; i < ids.length; i++) {
            digits(array, start + ids[i], ID_DIGITS, firstId + i);
            digits(array, start + times[i], TIME_DIGITS, timeUs);
        }
    }

    private static void digits(final byte[] array, final int at, final int count, final long number) {
        long rest = number;
        for (int i = at + count - 1; i >= at; i--) {
            array[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
    }
}
