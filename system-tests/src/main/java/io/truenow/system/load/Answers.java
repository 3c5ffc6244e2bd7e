package io.truenow.system.load;

import io.truenow.system.model.AnswerText;
import io.truenow.system.model.QuerySpec;
import io.truenow.system.model.TableModel;
import io.truenow.system.process.Deployment;
import io.truenow.testing.Await;
import io.truenow.tools.rest.RestAnswer;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** Compares what the query node answers with a model. */
public final class Answers {
    private static final Duration LIMIT = Duration.ofSeconds(40);
    private static final int GATEWAY_TIMEOUT = 504;
    private static final int UNAVAILABLE = 503;

    private final Deployment deployment;
    private final String namespace;
    private final String table;

    public Answers(final Deployment deployment, final String namespace, final String table) {
        this.deployment = deployment;
        this.namespace = namespace;
        this.table = table;
    }

    /**
     * The first answer that is one has to be exactly the model's: a shard may be unavailable for a while, never incomplete.
     *
     * @param token that the answer must include.
     */
    public void mustBe(final TableModel model, final QuerySpec query, final String token) {
        final Map<String, String> wanted = model.answer(query);
        final Map<String, String> found = AnswerText.of(ask(query, token).json());
        if (!wanted.equals(found)) {
            throw new AssertionError("wrong answer to " + query + differences(wanted, found));
        }
    }

    /** Every kind of query that the contract knows, over the range. */
    public void allMustBe(final TableModel model, final long startUs, final long endUs, final String token) {
        final long middleUs = startUs + (endUs - startUs) / 2;
        final List<QuerySpec> queries = List.of(
            QuerySpec.count(startUs, endUs),
            QuerySpec.count(middleUs, endUs),
            new QuerySpec(startUs, endUs, Map.of(), List.of(), "sum", "amount", null),
            new QuerySpec(startUs, endUs, Map.of(), List.of("country"), "sum", "amount", null),
            new QuerySpec(startUs, middleUs, Map.of(), List.of("country", "device"), "avg", "items", null),
            new QuerySpec(startUs, endUs, Map.of("country", List.of("de", "jp")), List.of("device"), "min", "amount", null),
            new QuerySpec(startUs, endUs, Map.of("customer", List.of("c7")), List.of(), "max", "amount", null),
            new QuerySpec(startUs, endUs, Map.of("country", List.of("nowhere")), List.of("device"), "count", null, null),
            new QuerySpec(startUs, endUs, Map.of(), List.of("customer"), "sum", "items", null),
            new QuerySpec(startUs, endUs, Map.of("device", List.of("phone")), List.of("country"), "sum", "amount", "1m"),
            new QuerySpec(middleUs, endUs, Map.of(), List.of(), "count", null, "1s"));
        queries.forEach(query -> mustBe(model, query, token));
    }

    /** Asks until there is an answer other than that a shard is unavailable or time ran out. */
    public RestAnswer ask(final QuerySpec query, final String token) {
        final String body = query.toJson(namespace, table, token);
        final String[] last = new String[1];
        final RestAnswer[] answer = new RestAnswer[1];
        try {
            Await.until("an answer", LIMIT, () -> {
                try {
                    answer[0] = deployment.client().post(deployment.url("query") + "/v1/query", body);
                    last[0] = answer[0].status() + " " + answer[0].body();
                    return answer[0].status() != UNAVAILABLE && answer[0].status() != GATEWAY_TIMEOUT;
                } catch (final IOException e) {
                    last[0] = e.toString();
                    return false;
                }
            });
        } catch (final AssertionError e) {
            throw new AssertionError("no answer to " + body + " but " + last[0], e);
        }
        if (answer[0].status() != 200) {
            throw new AssertionError("no answer to " + body + " but " + last[0]);
        }
        return answer[0];
    }

    private static String differences(final Map<String, String> wanted, final Map<String, String> found) {
        final StringBuilder text = new StringBuilder();
        final TreeSet<String> keys = new TreeSet<>(wanted.keySet());
        keys.addAll(found.keySet());
        keys.stream().filter(key -> !String.valueOf(wanted.get(key)).equals(found.get(key))).limit(20)
            .forEach(key -> text.append('\n').append(key).append(": wanted ").append(wanted.get(key))
                .append(", found ").append(found.get(key)));
        return text.toString();
    }
}
