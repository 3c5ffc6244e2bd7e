package io.truenow.perf.bench;

import io.truenow.perf.load.QueryWorkload;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The seven queries by which engines are compared, over one table of a {@link QueryWorkload}. */
record SevenQueries(String namespace, String table, QueryWorkload workload) {
    static final List<String> TITLES = List.of(
        "Q1 sum by country",
        "Q2 five aggregates by country and device, last 5 minutes",
        "Q3 filtered sum per minute",
        "Q4 top 10 pages",
        "Q5 distinct customers by country",
        "Q6 p50, p95, p99 by device",
        "Q7 one customer");
    static final String FILTERED_DEVICE = QueryWorkload.value(1, 1);
    static final int CUSTOMER = 4_711;
    static final double[] RANKS = {0.5, 0.95, 0.99};
    private static final long FIVE_MINUTES_US = 300_000_000;

    /** Bodies for {@code POST /v1/query}. */
    List<String> bodies() {
        final List<String> bodies = new ArrayList<>();
        bodies.add(body(workload.startUs(), "'group_by':['country'],'metric':'amount'"));
        bodies.add(body(workload.endUs() - FIVE_MINUTES_US, "'group_by':['country','device'],'metric':'amount'"));
        bodies.add(body(workload.startUs(), "'filters':{'device':'" + FILTERED_DEVICE + "'},'interval':'1m','metric':'amount'"));
        bodies.add(body(workload.startUs(), "'group_by':['page'],'metric':'amount','order_by':'-value','limit':10"));
        bodies.add(body(workload.startUs(), "'group_by':['country'],'aggregates':{'customers':{'distinct':'customer'}}"));
        bodies.add(body(workload.startUs(), "'group_by':['device'],'aggregates':{'p50':{'quantile':'latency','rank':0.5},"
            + "'p95':{'quantile':'latency','rank':0.95},'p99':{'quantile':'latency','rank':0.99}}"));
        bodies.add(body(workload.startUs(), "'filters':{'customer':'" + QueryWorkload.value(3, CUSTOMER) + "'},'metric':'amount'"));
        return bodies;
    }

    private String body(final long startUs, final String members) {
        return String.format(Locale.ROOT, "{'namespace':'%s','table':'%s','start_time':%d,'end_time':%d,%s}",
            namespace, table, startUs, workload.endUs(), members).replace('\'', '"');
    }
}
