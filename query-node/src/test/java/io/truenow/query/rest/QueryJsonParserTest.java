package io.truenow.query.rest;

import io.truenow.fabric.http.route.HttpStatuses;
import io.truenow.fabric.position.Position;
import io.truenow.fabric.position.Token;
import io.truenow.fabric.problem.Problem;
import io.truenow.query.plan.Aggregate;
import io.truenow.query.plan.Filter;
import io.truenow.query.plan.LogicalPlan;
import io.truenow.query.plan.OrderTerm;
import io.truenow.query.plan.RefusedQueryException;
import io.truenow.query.plan.Selection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class QueryJsonParserTest {
    private static final String MUST = "\"namespace\":\"shop\",\"table\":\"orders\",\"start_time\":10,\"end_time\":20";

    private final QueryJsonParser parser = new QueryJsonParser(10_000, 30_000);

    private LogicalPlan parse(final String json) {
        return parser.parse(json.getBytes(StandardCharsets.UTF_8), null, null);
    }

    private LogicalPlan with(final String members) {
        return parse('{' + MUST + ',' + members + '}');
    }

    private Problem refusal(final String json) {
        return assertThrows(RefusedQueryException.class, () -> parse(json), json).refusal();
    }

    @Test
    void readsTheLeastQuery() {
        final LogicalPlan plan = parse('{' + MUST + '}');
        assertEquals(new LogicalPlan("shop", "orders", 10, 20, 0, Filter.ALL, List.of(), Selection.count(), List.of(),
            50_000, null, 10_000, false), plan);
    }

    @Test
    void readsEveryMember() {
        final Token token = new Token(7, List.of(new Position(1, 2, 3, 4)));
        final LogicalPlan plan = with("\"filters\":{\"region\":\"us\",\"size\":[1.50,2,true,null,\"é\"],\"gone\":null},"
            + "\"order_by\":[\"-value\",\"region\"],\"group_by\":[\"region\",\"product\"],\"aggregate\":\"avg\",\"metric\":\"price\","
            + "\"interval\":\"10m\",\"limit\":5,\"token\":\"" + token.encode() + "\",\"timeout_ms\":250,\"partial\":true");
        assertEquals(new LogicalPlan("shop", "orders", 10, 20, 600_000_000L,
            new Filter.And(List.of(new Filter.In("region", List.of("us"), false),
                new Filter.In("size", List.of("1.50", "2", "true", "é"), true),
                new Filter.In("gone", List.of(), true))),
            List.of("region", "product"), Selection.of(Aggregate.AVG, "price"),
            List.of(new OrderTerm(OrderTerm.Key.VALUE, -1, true), new OrderTerm(OrderTerm.Key.DIMENSION, 0, false)),
            5, token, 250, true), plan);
    }

    @Test
    void headersStandInForNames() {
        final byte[] body = "{\"start_time\":1,\"end_time\":2,\"table\":\"own\"}".getBytes(StandardCharsets.UTF_8);
        final LogicalPlan plan = parser.parse(body, "shop", "orders");
        assertEquals("shop", plan.namespace());
        assertEquals("own", plan.table(), "the body goes before the header");
        assertEquals("missing_namespace",
            assertThrows(RefusedQueryException.class, () -> parser.parse(body, null, null)).refusal().code().text());
        final byte[] nulls = "{\"start_time\":1,\"end_time\":2,\"namespace\":null,\"table\":null}".getBytes(StandardCharsets.UTF_8);
        assertEquals("orders", parser.parse(nulls, "shop", "orders").table(), "null is as good as absent, as at ingest");
        assertEquals("missing_table",
            assertThrows(RefusedQueryException.class, () -> parser.parse(nulls, "shop", null)).refusal().code().text());
        assertEquals("invalid_namespace",
            assertThrows(RefusedQueryException.class, () -> parser.parse(nulls, "", "orders")).refusal().code().text());
    }

    @Test
    void aggregatesBySumWhereThereIsAMetric() {
        assertEquals(Aggregate.SUM, with("\"metric\":\"price\"").selection().aggregate());
        assertEquals(Aggregate.COUNT, with("\"metric\":null").selection().aggregate());
        assertEquals(Aggregate.COUNT, with("\"metric\":\"price\",\"aggregate\":\"count\"").selection().aggregate());
    }

    @ParameterizedTest
    @CsvSource({"1s,1000000", "500ms,500000", "1m,60000000", "1h,3600000000", "10m,600000000", "250us,250", "1d,86400000000"})
    void readsIntervals(final String text, final long expectedUs) {
        assertEquals(expectedUs, with("\"interval\":\"" + text + '"').intervalUs());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "\"-value\"|VALUE|true",
        "\"value desc\"|VALUE|true",
        "\"value asc\"|VALUE|false",
        "\"timestamp\"|TIMESTAMP|false",
        "\"-group\"|GROUP|true",
        "\"a b desc\"|DIMENSION|true",
        "\"-x\"|DIMENSION|false",
        "{\"field\":\"-x\",\"direction\":\"desc\"}|DIMENSION|true",
        "{\"field\":\"count\"}|COUNT|false"})
    void readsOrders(final String order, final OrderTerm.Key key, final boolean descending) {
        final LogicalPlan plan = with("\"order_by\":" + order + ",\"group_by\":[\"a b\",\"-x\"]");
        assertEquals(key, plan.order().getFirst().key());
        assertEquals(descending, plan.order().getFirst().descending());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "\"colour\":1|unknown_field|colour",
        "\"limit\":0|invalid_limit|limit",
        "\"limit\":50001|invalid_limit|limit",
        "\"limit\":1.0|invalid_limit|limit",
        "\"limit\":\"5\"|invalid_limit|limit",
        "\"limit\":99999999999999999999|invalid_limit|limit",
        "\"table\":\"again\"|duplicate_field|table",
        "\"interval\":\"0s\"|invalid_interval|interval",
        "\"interval\":\"1w\"|invalid_interval|interval",
        "\"interval\":\"s\"|invalid_interval|interval",
        "\"interval\":\"-1s\"|invalid_interval|interval",
        "\"interval\":60|invalid_interval|interval",
        "\"interval\":\"99999999999999999s\"|invalid_interval|interval",
        "\"interval\":\"9999999999d\"|invalid_interval|interval",
        "\"filters\":[]|invalid_filters|filters",
        "\"filters\":{\"a\":{}}|invalid_filters|filters.a",
        "\"filters\":{\"a\":[]}|invalid_filters|filters.a",
        "\"filters\":{\"a\":[[1]]}|invalid_filters|filters.a",
        "\"filters\":{\"a\":1,\"a\":2}|duplicate_field|filters.a",
        "\"group_by\":\"a\"|invalid_group_by|group_by",
        "\"group_by\":[1]|invalid_group_by|group_by",
        "\"group_by\":[\"a\",\"a\"]|invalid_group_by|group_by",
        "\"aggregate\":\"median\"|invalid_aggregate|aggregate",
        "\"aggregate\":\"avg\"|metric_required|metric",
        "\"metric\":\"\"|invalid_metric|metric",
        "\"order_by\":\"colour\"|invalid_order_by|order_by",
        "\"order_by\":7|invalid_order_by|order_by",
        "\"order_by\":{}|invalid_order_by|order_by",
        "\"order_by\":{\"field\":\"value\",\"direction\":\"up\"}|invalid_order_by|order_by.direction",
        "\"order_by\":{\"by\":\"value\"}|unknown_field|order_by.by",
        "\"order_by\":{\"field\":\"value\",\"field\":\"value\"}|duplicate_field|order_by.field",
        "\"token\":\"!\"|invalid_token|token",
        "\"token\":5|invalid_token|token",
        "\"timeout_ms\":30001|invalid_timeout_ms|timeout_ms",
        "\"timeout_ms\":0|invalid_timeout_ms|timeout_ms",
        "\"partial\":\"yes\"|invalid_partial|partial"})
    void refusesByName(final String member, final String code, final String field) {
        final Problem refusal = refusal('{' + MUST + ',' + member + '}');
        assertEquals(400, HttpStatuses.of(refusal.code()));
        assertEquals(code, refusal.code().text());
        assertEquals(field, refusal.field());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{\"table\":\"t\",\"start_time\":1,\"end_time\":2}|missing_namespace|namespace",
        "{\"namespace\":\"n\",\"start_time\":1,\"end_time\":2}|missing_table|table",
        "{\"namespace\":\"n\",\"table\":\"t\",\"end_time\":2}|missing_start_time|start_time",
        "{\"namespace\":\"n\",\"table\":\"t\",\"start_time\":1}|missing_end_time|end_time",
        "{\"namespace\":\"n\",\"table\":\"t\",\"start_time\":2,\"end_time\":2}|invalid_range|end_time",
        "{\"namespace\":\"n\",\"table\":\"t\",\"start_time\":\"1\",\"end_time\":2}|invalid_start_time|start_time",
        "{\"namespace\":7,\"table\":\"t\",\"start_time\":1,\"end_time\":2}|invalid_namespace|namespace"})
    void refusesWhatIsMissing(final String json, final String code, final String field) {
        final Problem refusal = refusal(json);
        assertEquals(code, refusal.code().text());
        assertEquals(field, refusal.field());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "``|0",
        "{|1",
        "{\"namespace\":tru}|13",
        "{\"a\" 1}|5",
        "{} x|3",
        "{\"namespace\":\"a\",}|17"})
    void saysWhereJsonIsMalformed(final String json, final long position) {
        final Problem refusal = refusal(json);
        if (!"{} x".equals(json)) {
            assertEquals("malformed_json", refusal.code().text(), json);
        }
        assertEquals(400, HttpStatuses.of(refusal.code()));
        assertTrue(Math.abs(refusal.members().get("position") - position) <= 4, json + ": " + refusal);
    }

    @Test
    void refusesOtherValuesThanObjects() {
        assertEquals("invalid_body", refusal("[1,2]").code().text());
        assertNull(refusal("3").field());
        assertEquals("malformed_json", refusal("[1,2").code().text());
        assertEquals("malformed_json", refusal("\"a\" \"b\"").code().text());
    }

    @Test
    void refusesBytesThatAreNotUtf8() {
        final byte[] body = ('{' + MUST + ",\"metric\":\"x?\"}").getBytes(StandardCharsets.UTF_8);
        body[body.length - 3] = (byte) 0xC3;
        final Problem refusal = assertThrows(RefusedQueryException.class, () -> parser.parse(body, null, null)).refusal();
        assertEquals("malformed_json", refusal.code().text());
        assertEquals(body.length - 3, refusal.members().get("position"));
    }

    @Test
    void takesAByteOrderMarkAndNoOtherEncodingThanUtf8() {
        final String json = '{' + MUST + '}';
        assertEquals(parse(json), parse('\uFEFF' + json));
        assertEquals("malformed_json", refusal("\uFEFF\uFEFF" + json).code().text());
        final Problem behind = refusal('\uFEFF' + json + " x");
        assertEquals("malformed_json", behind.code().text());
        assertEquals("malformed_json", assertThrows(RefusedQueryException.class,
            () -> parser.parse(json.getBytes(StandardCharsets.UTF_16LE), null, null)).refusal().code().text());
        assertEquals("malformed_json", assertThrows(RefusedQueryException.class,
            () -> parser.parse(json.getBytes(StandardCharsets.UTF_16), null, null)).refusal().code().text());
    }

    @Test
    void saysWhatAnEmptyListWouldSelect() {
        assertTrue(refusal('{' + MUST + ",\"filters\":{\"a\":[]}}").detail().contains("would take no row"));
        assertEquals(with("\"group_by\":[]"), parse('{' + MUST + '}'), "no dimension: one group");
        assertEquals(with("\"order_by\":[]"), parse('{' + MUST + '}'));
        assertEquals(with("\"filters\":{}"), parse('{' + MUST + '}'), "no filter: every row");
    }
}
