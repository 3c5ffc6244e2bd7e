package io.truenow.gateway.edge.rest;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.metrics.ProcessMetrics;
import io.truenow.format.batch.BatchView;
import io.truenow.gateway.ExposedMetrics;
import io.truenow.gateway.ingest.Admission;
import io.truenow.gateway.ingest.EventRow;
import io.truenow.gateway.ingest.IngestFlow;
import io.truenow.gateway.ingest.SchemaNeeds;
import io.truenow.gateway.journal.HeldJournal;
import io.truenow.gateway.journal.IngestOutcome;
import io.truenow.gateway.journal.IngestRequest;
import io.truenow.gateway.table.FakeControl;
import io.truenow.gateway.table.TableResolver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What an event loop admits: every request is answered once, and gives back its slot however it ends. The loop is one that the test
 * turns by hand.
 */
class RestLoopTest {
    private static final long T = 1_764_000_000_000_000L;
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);
    private static final String PREFIX = "truenow_gateway_rest_";

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final FakeControl control = new FakeControl(4);
    private final ProcessMetrics metrics = ProcessMetrics.local();
    private final RestMetrics counters = new RestMetrics(metrics);
    private final List<Throwable> errors = new ArrayList<>();
    private final HeldJournal journal = new HeldJournal(2 * RestLoop.MAX_IN_FLIGHT);
    private final ClientBudget budget = new ClientBudget("gateway.max-in-flight", 1_000);
    private boolean isClockBroken;
    private final RestLoop loop = loop(journal, PATIENCE_NS);

    @BeforeEach
    void makeTables() {
        control.ensureTable("shop", "orders", List.of("region"), List.of("amount"));
    }

    @AfterEach
    void stop() {
        channel.close();
        assertTrue(errors.isEmpty(), () -> errors.getFirst().toString());
    }

    @Test
    void eachIsAnsweredOnceAndWhenTheJournalHasIt() {
        final HeldExchange one = send(loop, event(1));
        final HeldExchange many = send(loop, batch(event(2), event(3), "{\"event_time\":" + T + "}"));
        assertEquals(2, journal.held());
        assertEquals(0, one.answers + many.answers);
        assertTrue(one.heldBytes > 0 && many.heldBytes > one.heldBytes, "what waits counts against the port's budget");
        journal.complete(IngestOutcome.OK);
        assertEquals(0, one.answers + many.answers, "answered on the loop, not on the journal's thread");
        channel.runPendingTasks();
        assertEquals(202, one.status, one::code);
        assertEquals("1", json(one).get("event_id").asString());
        assertEquals(202, many.status, many::code);
        assertEquals(3, json(many).get("events_received").asInt());
        assertEquals(2, json(many).get("events_accepted").asInt());
        assertEquals(2, json(many).get("rejected").get(0).get("index").asInt());
        assertEquals(1, one.answers);
        assertEquals(1, many.answers);
        assertEquals(3, count("events_accepted_total"));
        assertEquals(1, count("events_rejected_total{code=\"missing_event_id\"}"));
        // woken again for what comes later
        final HeldExchange later = send(loop, event(4));
        journal.complete(IngestOutcome.OK);
        channel.runPendingTasks();
        assertEquals(202, later.status, later::code);
    }

    @Test
    void memoryIsLetGoWithTheAnswer() {
        send(loop, event(1));
        final RestRequest request = (RestRequest) journal.first().attachment();
        final ByteBuf text = request.text;
        assertEquals(1, text.refCnt());
        journal.complete(IngestOutcome.OK);
        channel.runPendingTasks();
        assertEquals(0, text.refCnt());
        assertNull(request.exchange);
        // and it is used again
        send(loop, event(2));
        assertSame(request, journal.first().attachment());
        journal.complete(IngestOutcome.OK);
        channel.runPendingTasks();
    }

    @Test
    void theLoopTakesSoManyAndTellsTheOthersToComeAgain() {
        fill(loop);
        final HeldExchange more = send(loop, event(0));
        assertEquals("gateway_busy", more.code());
        assertEquals(503, more.status);
        assertEquals(1, more.problem.code().retryAfterSeconds());
        assertEquals(1, count("refused_busy_total"));
        assertEquals(RestLoop.MAX_IN_FLIGHT, journal.complete(IngestOutcome.OK));
        channel.runPendingTasks();
        fill(loop);
        assertEquals("gateway_busy", send(loop, event(0)).code());
        journal.complete(IngestOutcome.OK);
        channel.runPendingTasks();
        assertEquals(2L * RestLoop.MAX_IN_FLIGHT, count("events_accepted_total"));
    }

    @Test
    void aRequestThatIsRefusedGivesItsSlotBack() {
        final Map<String, String> refused = Map.of(
            "malformed_json", "{\"namespace\"",
            "invalid_body", "[]",
            "missing_event_id", event(1).replace("event_id", "x").replace("\"x\":\"1\",", ""),
            "event_too_old", event(1).replace(Long.toString(T), "1"),
            "table_creation_forbidden", event(1).replace("shop", "closed"),
            "control_unavailable", event(1).replace("shop", FakeControl.REFUSED + "stale_command"));
        refused.forEach((code, body) -> assertEquals(code, sendAndWait(loop, body).code()));
        assertAllSlotsAreThere(loop);
    }

    @Test
    void aBatchOfWhichNothingIsAcceptableGivesItsSlotBack() {
        final JsonNode none = json(send(loop, batch("{\"event_time\":1}", "{\"event_id\":1}")));
        assertEquals("events_rejected", none.get("code").asString());
        assertEquals(2, none.get("events_received").asInt());
        assertEquals(0, none.get("events_accepted").asInt());
        assertEquals(2, none.get("rejected").size());
        assertEquals("missing_event_id", json(send(loop, batch("{\"event_time\":1}", "{\"event_time\":2}"))).get("code").asString());
        final JsonNode empty = json(send(loop, batch()));
        assertEquals("no_events", empty.get("code").asString());
        assertEquals("[]", empty.get("rejected").toString());
        assertEquals(4, ExposedMetrics.sum(metrics, PREFIX + "events_rejected_total"));
        assertAllSlotsAreThere(loop);
    }

    @Test
    void aFaultGivesTheSlotBack() {
        isClockBroken = true;
        assertEquals("internal_error", send(loop, event(1)).code());
        isClockBroken = false;
        assertEquals("of no use", errors.removeFirst().getMessage());
        assertEquals("internal_error", sendAndWait(loop, event(1).replace("shop", FakeControl.BROKEN)).code());
        assertEquals("broken as told", errors.removeFirst().getMessage());
        assertEquals("internal_error", sendAndWait(loop, event(1).replace("shop", FakeControl.REFUSED + "unknown_command")).code());
        assertTrue(errors.removeFirst().getMessage().contains("unknown_command"));
        assertAllSlotsAreThere(loop);
    }

    @Test
    void whateverTheJournalSaysIsToldAndTheSlotComesBack() {
        for (final IngestOutcome outcome : EnumSet.complementOf(EnumSet.of(IngestOutcome.PENDING, IngestOutcome.OK))) {
            final HeldExchange exchange = send(loop, event(1));
            journal.complete(outcome);
            channel.runPendingTasks();
            assertEquals(switch (outcome) {
                case NOT_APPLIED_IN_TIME -> "not_applied_in_time 504 0";
                case JOURNAL_FULL -> "journal_full 503 5";
                case JOURNAL_UNAVAILABLE -> "journal_unavailable 503 5";
                case SHARD_UNASSIGNED -> "no_hot_tier 503 1";
                case SHARD_STALLED -> "hot_tier_stalled 503 5";
                case RETENTION_MOVED -> "retention_moved 503 1";
                case RETENTION_UNKNOWN -> "retention_unknown 503 1";
                case NOT_REGISTERED -> "not_registered 503 1";
                case TOO_LARGE -> "request_too_large 413 0";
                default -> "shutting_down 503 1";
            }, exchange.code() + ' ' + exchange.status + ' ' + exchange.problem.code().retryAfterSeconds());
            assertEquals(1, exchange.answers);
        }
        assertEquals(1, count("events_accepted_total"), "late is accepted, all else is not");
        assertAllSlotsAreThere(loop);
    }

    @Test
    void aJournalThatIsFullIsBusyAndTheSlotComesBack() {
        final HeldJournal small = new HeldJournal(RestLoop.MAX_IN_FLIGHT);
        fill(loop(small, PATIENCE_NS));
        final RestLoop other = loop(small, PATIENCE_NS);
        for (int i = 0; i < 3; i++) {
            final HeldExchange refused = send(other, event(3));
            assertEquals("gateway_busy", refused.code());
            assertEquals(1, refused.answers);
        }
        assertEquals(3, count("refused_busy_total"));
        small.complete(IngestOutcome.OK);
        channel.runPendingTasks();
        fill(other);
        assertEquals("gateway_busy", send(other, event(3)).code());
        small.complete(IngestOutcome.OK);
        channel.runPendingTasks();
    }

    /** Whatever was refused before it in the same request, or before that on the same loop. */
    @Test
    void theJournalGetsTheRowsOfTheRequestAndNoOthers() {
        send(loop, "{\"namespace\":\"shop\",\"table\":\"orders\",\"events\":[" + event(1) + ',' + event(2));
        isClockBroken = true;
        send(loop, event(3));
        isClockBroken = false;
        assertEquals("of no use", errors.removeFirst().getMessage());
        final HeldExchange exchange = send(loop, batch(event(4), "{\"event_time\":1}", event(5), event(6)));
        assertEquals(1, journal.held());
        final IngestRequest request = journal.first();
        int rows = 0;
        for (int i = 0; i < request.batchCount(); i++) {
            final BatchView view = new BatchView().wrap(request.batch(i), request.batchOffset(i), request.batchLength(i));
            assertTrue(view.isValid());
            rows += view.rowCount();
        }
        assertEquals(3, rows);
        final RestRequest rest = (RestRequest) request.attachment();
        assertEquals(request.batch(0).capacity() + rest.textBytes(), exchange.heldBytes);
        journal.complete(IngestOutcome.OK);
        channel.runPendingTasks();
        assertEquals("{\"index\":1,\"event_id\":null,\"code\":\"missing_event_id\","
            + "\"message\":\"event_id is missing: a string or an integer that is the event's own\"}",
            json(exchange).get("rejected").get(0).toString());
    }

    @Test
    void whatLanesHaveLetGoIsTooOld() {
        final TableResolver resolver = new TableResolver(control, control);
        control.catalog().table("shop", "orders").shardIds().forEach(shardId -> resolver.keptFrom().onTold(shardId, 1, T + 1));
        assertEquals("event_too_old", send(loop(resolver, journal, PATIENCE_NS), event(1)).code());
        assertEquals(1, count("events_rejected_total{code=\"event_too_old\"}"));
    }

    /** A refusal is not waited for: no catalog will show it. */
    @Test
    void aRefusalIsToldThoughTheCatalogLags() {
        control.hide(true);
        control.ensureTable("shop", "others", List.of(), List.of());
        final int calls = control.calls();
        for (int i = 1; i <= 2; i++) {
            assertEquals("table_creation_forbidden", sendAndWait(loop, event(1).replace("shop", "closed")).code());
            assertEquals(calls + i, control.calls(), "asked each time: nothing of the request before is left");
        }
    }

    @Test
    void whatEventsNeedOfATableIsAskedForOnce() {
        final HeldExchange exchange = sendAndWait(loop, batch("{\"event_time\":1}", columns(1, "dimensions", 0, 2),
            columns(2, "dimensions", 1, 3), columns(3, "metrics", 0, 1)));
        assertEquals(1 + 1, control.calls());
        journal.complete(IngestOutcome.OK);
        channel.runPendingTasks();
        assertEquals(3, json(exchange).get("events_accepted").asInt());
        assertEquals(1, json(exchange).get("rejected").size(), "read twice, told once");
        assertEquals(List.of("region", "new0", "new1", "new2"), control.catalog().table("shop", "orders").dimensions());
    }

    /** Control says that it made the table, and the catalog, though newer, does not have it: not for ever. */
    @Test
    void aRequestIsNotReadForEver() {
        final Catalog empty = new CatalogBuilder().build(1_000);
        final RestLoop lost = loop(new TableResolver(() -> empty, control), journal, PATIENCE_NS);
        for (int i = 0; i < 2; i++) {
            final HeldExchange exchange = send(lost, event(1));
            for (int turn = 0; turn < 10; turn++) {
                turn();
            }
            assertEquals("control_unavailable", exchange.code());
            assertEquals(1, exchange.answers);
        }
        assertEquals(1 + 2 * 3, control.calls());
    }

    @Test
    void newTablesAreWaitedForUntilTheyAreShown() {
        control.hold(true);
        control.hide(true);
        final HeldExchange exchange = send(loop, batch(event(1), event(2).replace("orders", "fresh"), event(3).replace("orders", "new")));
        assertEquals(0, journal.held());
        turn();
        assertEquals(0, exchange.answers + journal.held(), "control has not answered");
        control.hold(false);
        turn();
        assertEquals(0, exchange.answers + journal.held(), "it has, and the catalog does not show it yet");
        control.hide(false);
        turn();
        assertEquals(1, journal.held());
        journal.complete(IngestOutcome.OK);
        channel.runPendingTasks();
        assertEquals(3, json(exchange).get("events_accepted").asInt());
        assertEquals(1, exchange.answers);
        assertEquals(2 + 1, control.calls());
    }

    @Test
    void aRequestMayNeedSoManyTablesAndATableHasSoManyColumns() {
        final String[] tables = IntStream.rangeClosed(0, SchemaNeeds.MAX_TABLES).mapToObj(
            i -> event(i).replace("orders", "t" + i)).toArray(String[]::new);
        final HeldExchange many = sendAndWait(loop, batch(tables));
        journal.complete(IngestOutcome.OK);
        channel.runPendingTasks();
        assertEquals(SchemaNeeds.MAX_TABLES, json(many).get("events_accepted").asInt());
        assertEquals(SchemaNeeds.MAX_TABLES, json(many).get("rejected").get(0).get("index").asInt());
        assertEquals("too_many_tables", json(many).get("rejected").get(0).get("code").asString());
        // "region" is there: 127 more have room together, of either kind
        for (final String kind : List.of("dimensions", "metrics")) {
            final int room = EventRow.MAX_COLUMNS - 1;
            final HeldExchange wide = sendAndWait(loop, batch(columns(1, kind, 0, room), columns(2, kind, room, room + 1),
                columns(3, kind, 0, room / 2), columns(4, kind, 0, 0)));
            journal.complete(IngestOutcome.OK);
            channel.runPendingTasks();
            assertEquals(3, json(wide).get("events_accepted").asInt());
            assertEquals("2", json(wide).get("rejected").get(0).get("event_id").asString());
            assertEquals("schema_limit", json(wide).get("rejected").get(0).get("code").asString());
            assertEquals(EventRow.MAX_COLUMNS, "metrics".equals(kind) ? control.catalog().table("shop", "orders").metrics().size()
                : control.catalog().table("shop", "orders").dimensions().size());
        }
    }

    private static String columns(final int id, final String kind, final int from, final int to) {
        return "{\"event_id\":" + id + ",\"event_time\":" + T + ",\"" + kind + "\":{"
            + IntStream.range(from, to).mapToObj(i -> "\"new" + i + "\":1").collect(Collectors.joining(",")) + "}}";
    }

    @Test
    void whoWaitsForControlInVainIsToldSoAndGivesItsSlotBack() {
        final RestLoop impatient = loop(journal, 1);
        control.hold(true);
        assertEquals("control_unavailable", sendAndWait(impatient, event(1).replace("orders", "fresh")).code());
        assertAllSlotsAreThere(impatient);
        control.away(true);
        final HeldExchange away = sendAndWait(loop, event(1).replace("orders", "others"));
        assertEquals("control_unavailable", away.code());
        assertEquals(1, away.problem.code().retryAfterSeconds());
    }

    @ParameterizedTest
    @CsvSource({",JOURNALED", "journaled,JOURNALED", "applied,APPLIED"})
    void theLevelIsTheOneAskedFor(final String ack, final AckLevel level) {
        final HeldExchange exchange = new HeldExchange(event(1));
        exchange.ack = ack;
        loop.onRequest(exchange, false);
        journal.complete(IngestOutcome.OK);
        channel.runPendingTasks();
        final JsonNode answer = json(exchange);
        if (level == AckLevel.APPLIED) {
            assertEquals("applied", answer.get("ack").asString());
            assertEquals(0, answer.get("events_repeated").asInt());
        } else {
            assertNull(answer.get("ack"));
        }
    }

    @ParameterizedTest
    @CsvSource({"low,70", ",85", "normal,85", "high,95", "critical,99"})
    void whatMattersLeastIsRefusedFirst(final String priority, final int refusedFrom) {
        budget.take(10L * refusedFrom - 1);
        final HeldExchange taken = new HeldExchange(event(1));
        taken.headers.put("X-Priority", priority);
        loop.onRequest(taken, false);
        assertEquals(1, journal.held());
        budget.take(1);
        final HeldExchange refused = new HeldExchange(event(1));
        refused.headers.put("X-Priority", priority);
        loop.onRequest(refused, false);
        assertEquals("gateway_busy", refused.code());
        assertTrue(refused.problem.detail().contains("holds " + refusedFrom + " % of gateway.max-in-flight"), refused.problem.detail());
        assertEquals(1, count("refused_busy_total"));
        budget.giveBack(budget.usedBytes());
        journal.complete(IngestOutcome.OK);
        channel.runPendingTasks();
        assertAllSlotsAreThere(loop);
    }

    @Test
    void anotherPriorityIsRefusedBeforeAnythingIsTaken() {
        final HeldExchange exchange = new HeldExchange(event(1));
        exchange.headers.put("X-Priority", "urgent");
        loop.onRequest(exchange, false);
        assertEquals("invalid_priority", exchange.code());
        assertEquals(0, journal.held());
    }

    @Test
    void anotherLevelIsRefusedBeforeAnythingIsTaken() {
        final HeldExchange exchange = new HeldExchange(event(1));
        exchange.ack = "Applied";
        loop.onRequest(exchange, false);
        assertEquals("invalid_ack", exchange.code());
        assertEquals(0, journal.held());
        assertAllSlotsAreThere(loop);
    }

    /** As many as there are: were one lost, the last would be told that the gateway is busy, were one given back twice, not the next. */
    private void assertAllSlotsAreThere(final RestLoop ofLoop) {
        fill(ofLoop);
        assertEquals("gateway_busy", send(ofLoop, event(1)).code());
        assertEquals(RestLoop.MAX_IN_FLIGHT, journal.complete(IngestOutcome.OK));
        channel.runPendingTasks();
    }

    private void fill(final RestLoop ofLoop) {
        final String event = event(7);
        for (int i = 0; i < RestLoop.MAX_IN_FLIGHT; i++) {
            assertEquals(0, send(ofLoop, event).answers);
        }
    }

    private HeldExchange sendAndWait(final RestLoop toLoop, final String body) {
        final HeldExchange exchange = send(toLoop, body);
        turn();
        return exchange;
    }

    private static HeldExchange send(final RestLoop toLoop, final String body) {
        final HeldExchange exchange = new HeldExchange(body);
        toLoop.onRequest(exchange, false);
        return exchange;
    }

    /** What is scheduled is due. */
    private void turn() {
        channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        channel.runPendingTasks();
    }

    private RestLoop loop(final HeldJournal toJournal, final long patienceNs) {
        return loop(new TableResolver(control, control), toJournal, patienceNs);
    }

    private RestLoop loop(final TableResolver resolver, final HeldJournal toJournal, final long patienceNs) {
        final IngestFlow.Context context = new IngestFlow.Context(resolver, toJournal.proxy(), new Admission(budget), () -> {
            if (isClockBroken) {
                throw new LinkageError("of no use");
            }
            return T;
        }, errors::add, patienceNs);
        return new RestLoop(context, counters, channel.eventLoop());
    }

    private double count(final String series) {
        return ExposedMetrics.value(metrics, PREFIX + series);
    }

    private static JsonNode json(final HeldExchange exchange) {
        assertNull(exchange.problem, exchange::code);
        return new ObjectMapper().readTree(exchange.json);
    }

    private static String event(final int id) {
        return "{\"namespace\":\"shop\",\"table\":\"orders\",\"event_id\":\"" + id + "\",\"event_time\":" + T
            + ",\"dimensions\":{\"region\":\"eu\"}}";
    }

    private static String batch(final String... events) {
        return "{\"namespace\":\"shop\",\"table\":\"orders\",\"events\":[" + String.join(",", events) + "]}";
    }
}
