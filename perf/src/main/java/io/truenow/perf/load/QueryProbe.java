package io.truenow.perf.load;

import io.truenow.perf.BenchFailure;

import java.io.IOException;
import java.net.URI;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Asks a query node on one kept connection. Belongs to one thread. */
public final class QueryProbe implements AutoCloseable {
    private static final long RETRY_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final HttpConnection connection;

    public QueryProbe(final URI query) throws IOException {
        connection = HttpConnection.open(query);
    }

    /** What a table holds in {@code [startUs, endUs)}. */
    public record Totals(long count, double sum) {
    }

    /** Rows and the sum of {@code amount}, zero where there are none. */
    public Totals totals(final String namespace, final String table, final long startUs, final long endUs) throws IOException {
        final int status = connection.exchange("/v1/query", String.format(Locale.ROOT,
            "{\"namespace\":\"%s\",\"table\":\"%s\",\"start_time\":%d,\"end_time\":%d,\"aggregate\":\"sum\",\"metric\":\"amount\"}",
            namespace, table, startUs, endUs));
        if (status == 503 || status == 404) {
            return new Totals(0, 0);
        }
        final String body = expectOk(status);
        if (body.contains("\"results\":[]")) {
            return new Totals(0, 0);
        }
        return new Totals(connection.number("count"), decimal(body, "\"sum\":"));
    }

    /**
     * Waits until the table shows exactly what was sent.
     *
     * @return seconds waited.
     * @throws BenchFailure if it shows more, another sum, or less for longer than the limit.
     */
    public double awaitTotals(final String namespace, final String table, final RestLoad.Sent sent, final int limitSeconds)
        throws IOException {
        final long startNs = System.nanoTime();
        Totals totals = totals(namespace, table, sent.minTimeUs(), sent.maxTimeUs() + 1);
        while (totals.count < sent.events() && System.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(limitSeconds)) {
            LockSupport.parkNanos(RETRY_NS);
            totals = totals(namespace, table, sent.minTimeUs(), sent.maxTimeUs() + 1);
        }
        if (totals.count != sent.events() || totals.sum != sent.amountSum()) {
            throw new BenchFailure("acknowledged " + sent.events() + " events with sum " + sent.amountSum() + ", but the query shows "
                + totals.count + " with sum " + totals.sum);
        }
        return (System.nanoTime() - startNs) / 1e9;
    }

    /** Sends a query as it is. Throws unless it is answered 200. */
    public String query(final String json) throws IOException {
        return expectOk(connection.exchange("/v1/query", json));
    }

    /** The connection, for prepared requests. */
    public HttpConnection connection() {
        return connection;
    }

    @Override
    public void close() throws IOException {
        connection.close();
    }

    private String expectOk(final int status) {
        if (status != 200) {
            throw new BenchFailure("the query node answered " + status + ": " + connection.bodyText());
        }
        return connection.bodyText();
    }

    private static double decimal(final String body, final String key) {
        final int start = body.indexOf(key) + key.length();
        int end = start;
        while (end < body.length() && "+-.eE0123456789".indexOf(body.charAt(end)) >= 0) {
            end++;
        }
        return Double.parseDouble(body.substring(start, end));
    }
}
