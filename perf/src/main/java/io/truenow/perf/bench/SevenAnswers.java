package io.truenow.perf.bench;

import io.truenow.perf.BenchFailure;
import io.truenow.perf.load.QueryWorkload;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/** What the seven queries must answer, computed from the workload; whole numbers exactly, estimates within the bounds they state. */
final class SevenAnswers {
    private static final long MINUTE_US = 60_000_000;
    private static final int COUNTRIES = QueryWorkload.CARDINALITIES[0];
    private static final int DEVICES = QueryWorkload.CARDINALITIES[1];

    private final SevenQueries queries;
    private final List<JsonNode> results;

    private SevenAnswers(final SevenQueries queries, final List<String> answers) {
        final JsonMapper json = new JsonMapper();
        this.queries = queries;
        this.results = answers.stream().map(answer -> json.readTree(answer).get("results")).toList();
    }

    /**
     * Compares answers, one a query.
     *
     * @throws BenchFailure if one is not what it must be.
     */
    static void check(final SevenQueries queries, final List<String> answers) {
        new SevenAnswers(queries, answers).check();
    }

    private void check() {
        final QueryWorkload workload = queries.workload();
        final double[] sumByCountry = new double[COUNTRIES];
        final double[] sumByPair = new double[COUNTRIES * DEVICES];
        final double[] sumByPage = new double[QueryWorkload.CARDINALITIES[2]];
        final BitSet[] customersByCountry = IntStream.range(0, COUNTRIES).mapToObj(i -> new BitSet()).toArray(BitSet[]::new);
        final double[] sumByMinute = new double[(int) (workload.endUs() / MINUTE_US - workload.startUs() / MINUTE_US) + 1];
        final long[] rowsByDevice = new long[DEVICES];
        double sumOfCustomer = 0;
        for (int event = 0; event < workload.rows(); event++) {
            final double amount = QueryWorkload.metric(event, 0);
            final int country = QueryWorkload.code(event, 0);
            final int device = QueryWorkload.code(event, 1);
            final int customer = QueryWorkload.code(event, 3);
            sumByCountry[country] += amount;
            sumByPage[QueryWorkload.code(event, 2)] += amount;
            customersByCountry[country].set(customer);
            rowsByDevice[device]++;
            sumOfCustomer += customer == SevenQueries.CUSTOMER ? amount : 0;
            if (workload.timeUs(event) >= workload.endUs() - 5 * MINUTE_US) {
                sumByPair[country * DEVICES + device] += amount;
            }
            if (QueryWorkload.value(1, device).equals(SevenQueries.FILTERED_DEVICE)) {
                sumByMinute[(int) (workload.timeUs(event) / MINUTE_US - workload.startUs() / MINUTE_US)] += amount;
            }
        }
        results.get(0).forEach(row -> expect(0, sumByCountry[code(row, 0)], row.get("sum").asDouble()));
        results.get(1).forEach(row -> expect(1, sumByPair[code(row, 0) * DEVICES + code(row, 1)], row.get("sum").asDouble()));
        results.get(2).forEach(row -> expect(2, sumByMinute[(int) ((row.get("timestamp").asLong()
            - workload.startUs() / MINUTE_US * MINUTE_US) / MINUTE_US)], row.get("sum").asDouble()));
        final double[] sorted = Arrays.stream(sumByPage).sorted().toArray();
        expect(3, 10, results.get(3).size());
        for (int i = 0; i < 10; i++) {
            expect(3, sorted[sorted.length - 1 - i], results.get(3).get(i).get("sum").asDouble());
        }
        results.get(4).forEach(row -> expectWithin(row.get("aggregates").get("customers"), customersByCountry[code(row, 0)].cardinality()));
        expect(0, COUNTRIES, results.get(0).size());
        expect(4, COUNTRIES, results.get(4).size());
        expect(5, DEVICES, results.get(5).size());
        checkQuantiles(rowsByDevice);
        expect(6, sumOfCustomer, results.get(6).get(0).get("sum").asDouble());
    }

    /** The value at a rank must lie between the bounds: so few values lie below the lower, so many up to the upper. */
    private void checkQuantiles(final long[] rowsByDevice) {
        final double[][] bounds = new double[DEVICES][SevenQueries.RANKS.length * 2];
        final long[][] counts = new long[DEVICES][SevenQueries.RANKS.length * 2];
        for (final JsonNode row : results.get(5)) {
            for (int i = 0; i < SevenQueries.RANKS.length; i++) {
                final JsonNode quantile = row.get("aggregates").get("p" + Math.round(SevenQueries.RANKS[i] * 100));
                bounds[code(row, 1)][2 * i] = quantile.get("lower").asDouble();
                bounds[code(row, 1)][2 * i + 1] = quantile.get("upper").asDouble();
            }
        }
        for (int event = 0; event < queries.workload().rows(); event++) {
            final int device = QueryWorkload.code(event, 1);
            final double latency = QueryWorkload.metric(event, 2);
            for (int i = 0; i < SevenQueries.RANKS.length; i++) {
                counts[device][2 * i] += latency < bounds[device][2 * i] ? 1 : 0;
                counts[device][2 * i + 1] += latency <= bounds[device][2 * i + 1] ? 1 : 0;
            }
        }
        for (int device = 0; device < DEVICES; device++) {
            for (int i = 0; i < SevenQueries.RANKS.length; i++) {
                final double rank = SevenQueries.RANKS[i] * rowsByDevice[device];
                if (counts[device][2 * i] > rank || counts[device][2 * i + 1] < Math.floor(rank)) {
                    throw new BenchFailure("Q6: the quantile " + SevenQueries.RANKS[i] + " of device " + device
                        + " does not lie within the bounds that the answer states");
                }
            }
        }
    }

    private static int code(final JsonNode row, final int dimension) {
        final String value = row.get("dimensions").get(QueryWorkload.DIMENSIONS.get(dimension)).asString();
        return Integer.parseInt(value.substring(value.indexOf('-') + 1));
    }

    private static void expectWithin(final JsonNode estimate, final double truth) {
        if (estimate.get("exact").asBoolean() ? estimate.get("value").asDouble() != truth
            : estimate.get("lower").asDouble() > truth || estimate.get("upper").asDouble() < truth) {
            throw new BenchFailure("Q5: " + truth + " distinct values are answered as " + estimate);
        }
    }

    private static void expect(final int query, final double expected, final double actual) {
        if (expected != actual) {
            throw new BenchFailure("Q" + (query + 1) + ": the workload has " + expected + ", the answer " + actual);
        }
    }
}
