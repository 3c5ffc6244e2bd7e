package io.truenow.query;

import io.truenow.fabric.agent.Doorbell;
import io.truenow.fabric.config.ConfigLoader;
import io.truenow.query.merge.MergeBudget;
import io.truenow.query.merge.MergeStatus;
import io.truenow.query.merge.MergeTable;
import io.truenow.query.plan.RefusedQueryException;
import io.truenow.query.rest.QueryJsonParser;
import io.truenow.query.scatter.ScatterSettings;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

/** Each duration and size of the configuration is where it belongs: they are of one type, and change places without a word. */
class QueryNodeTest {
    private static final String QUERY = "{\"namespace\":\"shop\",\"table\":\"orders\",\"start_time\":10,\"end_time\":20";

    @Test
    void theAgentHasItsOwnBounds() {
        final QueryConfig config = config("retry-window=1s", "stats-timeout=2s", "default-timeout=3s", "max-timeout=4s", "lease=5s",
            "max-concurrent=6", "max-answer=7MiB");
        assertEquals(new ScatterSettings(9, 6, 1_000_000_000L, 2_000_000_000L, 7 << 20, Doorbell.NONE),
            QueryNode.scatterSettings(config, 9, Doorbell.NONE));
    }

    @Test
    void oneQueryMayHaveLessThanAll() {
        final MergeBudget budget = QueryNode.mergeBudget(config("merge-memory=4MiB", "merge-memory-per-query=1MiB"));
        assertEquals(1 << 20, budget.queryLimitBytes());
        final MergeTable table = new MergeTable(budget, 10);
        assertEquals(MergeStatus.QUERY_TOO_LARGE, table.admitOrder(5 << 20));
        assertEquals(MergeStatus.OK, table.admitOrder(1 << 20));
    }

    @Test
    void whoNamesNoTimeOutHasTheDefaultAndNobodyMoreThanTheGreatest() {
        final QueryJsonParser parser = QueryNode.parser(config("default-timeout=3s", "max-timeout=4s"));
        assertEquals(3_000, parser.parse(bytes(QUERY + '}'), null, null).timeoutMs());
        assertEquals(4_000, parser.parse(bytes(QUERY + ",\"timeout_ms\":4000}"), null, null).timeoutMs());
        assertThrows(RefusedQueryException.class, () -> parser.parse(bytes(QUERY + ",\"timeout_ms\":4001}"), null, null));
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static QueryConfig config(final String... assignments) {
        final ConfigLoader.Builder loader = ConfigLoader.ofSections("query").environment(Map.of());
        for (final String assignment : assignments) {
            loader.set("query." + assignment);
        }
        return loader.load().bind("query", QueryConfig.class);
    }
}
