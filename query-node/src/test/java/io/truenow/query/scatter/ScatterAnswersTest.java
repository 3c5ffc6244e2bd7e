package io.truenow.query.scatter;

import io.truenow.codecs.query.MessageHeaderEncoder;
import io.truenow.codecs.query.PartialStatus;
import io.truenow.fabric.http.route.HttpStatuses;
import io.truenow.fabric.problem.Problem;
import io.truenow.query.answer.AnswerMetadata;
import io.truenow.query.answer.AnswerSink;
import io.truenow.query.merge.ResultRows;
import io.truenow.query.merge.ResultSchema;
import io.truenow.query.plan.Aggregate;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Answers of lanes that {@link ScatterAgentTest} has no room for. */
class ScatterAnswersTest extends TurnByTurn {
    @Test
    void aShardIsAskedForOnceAfterANewBeginning() {
        catalog = Catalogs.of(5, 3, 1, -1, 2);
        final RecordedReply reply = ask(false);
        for (int i = 0; i < 2; i++) {
            lanes.answer(Partials.group(lanes.askedOf(2).correlationId(), 2, 0, false, "eu", 50));
            lanes.answer(Partials.group(lanes.askedOf(2).correlationId(), 2, 2, true, "eu", 50));
            pass(20);
        }
        catalog = Catalogs.of(6, 3, 1, 1, 2);
        pass(20);
        assertEquals(List.of(100), lanes.askedOf(1).shardIds());
        assertEquals(List.of(101), lanes.askedOf(2).shardIds());
        answer(1, 1);
        answer(2, 2);
        pass(3);
        assertEquals(3, reply.json.get("results").get(0).get("sum").asDouble());
        assertEquals(2, reply.json.get("metadata").get("shards").asInt());
    }

    @Test
    void moreGroupsThanTheNodeHasMemoryForAreRefused() {
        final RecordedReply reply = ask(false);
        Partials.groups(lanes.askedOf(1).correlationId(), 1, 49_000, 1).forEach(lanes::answer);
        pass(20);
        assertEquals("merge_too_large", reply.refusal.code().text());
        assertEquals(422, HttpStatuses.of(reply.refusal.code()));
        assertEquals(0, budget.usedBytes());
    }

    @Test
    void manyRowsAreWrittenInManyTurnsOneAfterTheOther() {
        final RecordedReply reply = ask(false);
        for (int node = 1; node <= 2; node++) {
            Partials.groups(lanes.askedOf(node).correlationId(), node, 2_500, node).forEach(lanes::answer);
        }
        assertTrue(turn() > 0, "the lanes' answers");
        int turns = 0;
        while (!reply.isDone()) {
            nowNs += 1_000; // far less than a sweep's interval: who has rows to write is not kept waiting for it
            assertTrue(agent.doWork() > 0);
            assertTrue(++turns < 5_000, "it comes to an end");
        }
        assertTrue(turns > 2, "one turn for all would keep the others waiting");
        assertEquals(2_500, reply.json.get("results").size());
        assertEquals(3, reply.json.get("results").get(2_499).get("sum").asDouble());
        assertTrue(reply.json.get("metadata").get("records_folded").asInt() > 0);
        assertTrue(reply.json.get("metadata").get("cube_hits").asInt() > 0);
        assertEquals(0, agent.doWork());
    }

    /** JSON is one form of answer: another reads the same rows, and is finished or closed just so. */
    @Test
    void rowsGoToWhateverSinkTheReplyHas() {
        final RowTexts answered = new RowTexts(Long.MAX_VALUE);
        assertTrue(agent.proxy().offer(new QueryTask(plan(false), nowNs, answered)));
        turn();
        Partials.groups(lanes.askedOf(1).correlationId(), 1, 1_500, 1).forEach(lanes::answer);
        Partials.groups(lanes.askedOf(2).correlationId(), 2, 1_501, 2).forEach(lanes::answer);
        pass(50);
        assertEquals(List.of("region"), answered.schema.dimensions());
        assertEquals(Aggregate.SUM, answered.schema.value());
        assertEquals(1_501, answered.rowCount);
        assertEquals(1_501, answered.rows.size());
        assertEquals("0 r0 3.0 of 2", answered.rows.getFirst());
        assertEquals("0 r1500 2.0 of 1", answered.rows.get(answered.rows.indexOf("0 r1500 2.0 of 1")));
        assertEquals("finished after 2 shards", answered.end);

        final RowTexts tooLong = new RowTexts(100);
        assertTrue(agent.proxy().offer(new QueryTask(plan(false), nowNs, tooLong)));
        turn();
        Partials.groups(lanes.askedOf(1).correlationId(), 1, 1_500, 1).forEach(lanes::answer);
        answer(2, 1);
        pass(50);
        assertEquals("closed, answer_too_large", tooLong.end);
    }

    /** Rows as texts, at most so many. */
    private static final class RowTexts implements QueryReply, AnswerSink {
        private final List<String> rows = new ArrayList<>();
        private final long most;
        private ResultSchema schema;
        private int rowCount;
        private String end = "";

        RowTexts(final long most) {
            this.most = most;
        }

        @Override
        public AnswerSink begin(final ResultSchema newSchema, final int newRowCount, final long maxBytes) {
            schema = newSchema;
            rowCount = newRowCount;
            return this;
        }

        @Override
        public int write(final ResultRows cursor, final int limit) {
            int count = 0;
            while (count < limit && !isTooLarge() && cursor.next()) {
                final String region = cursor.isNull(0) ? "null" : new String(cursor.valueBytes(), cursor.valueStart(0),
                    cursor.valueEnd(0) - cursor.valueStart(0), StandardCharsets.UTF_8);
                rows.add(cursor.bucketUs() + " " + region + ' ' + cursor.value() + " of " + cursor.count());
                count++;
            }
            return count;
        }

        @Override
        public boolean isTooLarge() {
            return rows.size() > most;
        }

        @Override
        public void finish(final AnswerMetadata metadata) {
            end += "finished after " + metadata.shards() + " shards";
        }

        @Override
        public void close() {
            end += "closed, ";
        }

        @Override
        public void refuse(final Problem refusal) {
            end += refusal.code().text();
        }

        @Override
        public boolean isAbandoned() {
            return false;
        }
    }

    @Test
    void anAnswerThatIsTooLongIsRefused() {
        final RecordedReply reply = ask(false);
        answer(1, 1);
        Partials.groups(lanes.askedOf(2).correlationId(), 2, 8_000, 2).forEach(lanes::answer);
        pass(50);
        assertEquals("answer_too_large", reply.refusal.code().text());
        assertEquals(422, HttpStatuses.of(reply.refusal.code()));
        assertEquals(0, turn());
    }

    @Test
    void whatALaneHasNoMemoryForSaysWhose() {
        final Problem sketches = refusalOf(PartialStatus.SKETCHES_TOO_LARGE);
        assertEquals(422, HttpStatuses.of(sketches.code()));
        assertEquals("sketches_too_large", sketches.code().text());
        assertEquals(12_345, sketches.members().get("limit_bytes"));
        final Problem memory = refusalOf(PartialStatus.NO_MEMORY);
        assertEquals(503, HttpStatuses.of(memory.code()));
        assertEquals("query_busy", memory.code().text());
        assertEquals(1, memory.code().retryAfterSeconds());
    }

    private Problem refusalOf(final PartialStatus status) {
        final RecordedReply reply = ask(false);
        lanes.answer(Partials.status(lanes.askedOf(1).correlationId(), 1, status, 0));
        turn();
        return reply.refusal;
    }

    @Test
    void rowsThatWereLostAreAnErrorOrNamed() {
        final RecordedReply whole = ask(false);
        lanes.answer(Partials.missing(lanes.askedOf(1).correlationId(), 1, PartialStatus.MISSING_ROWS, 300, 400, 600, 700));
        turn();
        assertEquals(422, HttpStatuses.of(whole.refusal.code()));
        assertEquals("range_incomplete", whole.refusal.code().text());
        assertEquals(300, whole.refusal.members().get("missing_from_us"));
        assertTrue(whole.refusal.detail().contains("[300, 400)"), whole.refusal.detail());

        final RecordedReply unnamed = ask(false);
        lanes.answer(Partials.missing(lanes.askedOf(1).correlationId(), 1, PartialStatus.MISSING_ROWS));
        turn();
        assertEquals("range_incomplete", unnamed.refusal.code().text());
        assertEquals(Map.of(), unnamed.refusal.members());

        final RecordedReply partial = ask(true);
        lanes.answer(Partials.missing(lanes.askedOf(1).correlationId(), 1, PartialStatus.OK, 300, 400));
        answer(2, 2);
        pass(3);
        assertEquals("[{\"shard\":100,\"start_time\":300,\"end_time\":400}]",
            partial.json.get("metadata").get("partial").get("missing_ranges").toString(), "the second lane misses none");

        // begun anew, it misses nothing any more
        final RecordedReply again = ask(true);
        lanes.answer(Partials.missing(lanes.askedOf(1).correlationId(), 1, PartialStatus.OK, 300, 400));
        turn();
        lanes.answer(Partials.status(lanes.askedOf(2).correlationId(), 2, PartialStatus.NOT_RETAINED, 500));
        pass(3);
        answer(1, 1);
        answer(2, 2);
        pass(3);
        assertEquals("[]", again.json.get("metadata").get("partial").get("missing_ranges").toString());
    }

    @Test
    void aLaneThatRefusesWhatItHoldsHasFailed() {
        for (final long heldFromUs : new long[] {-1, 0}) {
            final RecordedReply reply = ask(true);
            lanes.answer(Partials.status(lanes.askedOf(1).correlationId(), 1, PartialStatus.NOT_RETAINED, heldFromUs));
            turn();
            assertEquals("lane_failed", reply.refusal.code().text(), "it would be asked for ever");
        }
    }

    @Test
    void anAnswerThatIsNotOneIsAnErrorOfThatQueryAlone() {
        final RecordedReply broken = ask(false);
        final RecordedReply other = ask(false);
        final long other1 = lanes.askedOf(1).correlationId();
        final long other2 = lanes.askedOf(2).correlationId();
        final FakeLanes.Asked first = lanes.asked.getFirst();
        final UnsafeBuffer cut = (UnsafeBuffer) Partials.group(first.correlationId(), first.nodeId(), 0, true, "eu", 1);
        lanes.answer(new UnsafeBuffer(cut, 0, cut.capacity() - 9));
        turn();
        assertEquals("lane_failed", broken.refusal.code().text());
        lanes.answer(Partials.group(other1, 1, 0, true, "eu", 1));
        lanes.answer(Partials.group(other2, 2, 0, true, "eu", 1));
        pass(3);
        assertEquals(2, other.json.get("results").get(0).get("sum").asDouble());
    }

    @Test
    void aFailureOfOneQueryIsToldAndNotTheOthers() {
        final RecordedReply other = ask(false);
        final QueryReply failing = new QueryReply() {
            private boolean isOver;

            @Override
            public AnswerSink begin(final ResultSchema schema, final int rowCount, final long maxBytes) {
                throw new AssertionError("nothing was merged");
            }

            @Override
            public void refuse(final Problem refusal) {
                assertEquals("internal_error", refusal.code().text());
                isOver = true;
            }

            @Override
            public boolean isAbandoned() {
                assertFalse(isOver);
                throw new IllegalArgumentException("a fault");
            }
        };
        agent.proxy().offer(new QueryTask(plan(false), nowNs, failing));
        assertTrue(turn() > 0);
        assertEquals(1, errors.size());
        assertInstanceOf(IllegalArgumentException.class, errors.getFirst().getCause());
        turn();
        answer(1, 1);
        answer(2, 1);
        pass(3);
        assertEquals(2, other.json.get("results").get(0).get("sum").asDouble());
        assertEquals(1, value("queries_total{outcome=\"failed\"}"));
    }

    @Test
    void messagesThatAreNoneOfThisAreIgnored() {
        final RecordedReply reply = ask(false);
        lanes.answer(new UnsafeBuffer(new byte[16], 0, 7));
        final ExpandableArrayBuffer other = new ExpandableArrayBuffer();
        new MessageHeaderEncoder().wrap(other, 0).blockLength(0).templateId(1_000).schemaId(MessageHeaderEncoder.SCHEMA_ID).version(0);
        lanes.answer(new UnsafeBuffer(other, 0, MessageHeaderEncoder.ENCODED_LENGTH));
        // from a node and a lane that were not asked
        lanes.answer(Partials.group(lanes.askedOf(1).correlationId(), 2, 0, true, "eu", 100));
        assertEquals(3, turn());
        assertEquals(1, value("stray_partial_results_total"));
        answer(1, 1);
        answer(2, 1);
        pass(3);
        assertEquals(2, reply.json.get("results").get(0).get("sum").asDouble());
        assertEquals(3, value("partial_results_total"));
    }
}
