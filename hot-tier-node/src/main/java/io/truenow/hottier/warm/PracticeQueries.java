package io.truenow.hottier.warm;

import io.truenow.codecs.query.CompareOp;
import io.truenow.codecs.query.MessageHeaderEncoder;
import io.truenow.codecs.query.PredicateKind;
import io.truenow.codecs.query.ShardQueryEncoder;
import io.truenow.codecs.query.SketchType;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The messages that query nodes send for what people ask of tables: of all rows, of a range that cuts spans, of few rows. */
final class PracticeQueries {
    /** Who asks. */
    static final int QUERY_NODE_ID = 1;
    /** Of every shard that is asked. */
    static final long EPOCH = 1;

    private static final long MINUTE_US = 60_000_000L;
    private static final long CUT_US = 83_333_333L;
    private static final int TIMEOUT_MS = 5_000;
    private static final int MAX_GROUPS = 50_000;
    private static final int[] NONE = {};
    private static final int[] AMOUNT = {PracticeEvents.AMOUNT};
    private static final int[] LATENCY = {PracticeEvents.LATENCY};
    private static final int[] COUNTRY = {PracticeEvents.COUNTRY};
    private static final int[] DEVICE = {PracticeEvents.DEVICE};
    private static final int[] PAGE = {PracticeEvents.PAGE};
    private static final int[] COUNTRY_AND_DEVICE = {PracticeEvents.COUNTRY, PracticeEvents.DEVICE};
    private static final List<Question> QUESTIONS = List.of(
        Question.of(COUNTRY, AMOUNT, false, 0),
        Question.of(COUNTRY_AND_DEVICE, AMOUNT, true, 0),
        Question.of(NONE, AMOUNT, false, MINUTE_US, Leaf.in(PracticeEvents.DEVICE, 1)),
        Question.of(PAGE, AMOUNT, false, 0),
        Question.of(COUNTRY, SketchType.DISTINCT, PracticeEvents.PAGE),
        Question.of(DEVICE, SketchType.QUANTILES, PracticeEvents.LATENCY),
        Question.of(NONE, AMOUNT, false, 0, Leaf.in(PracticeEvents.PAGE, 7)),
        Question.of(DEVICE, LATENCY, true, MINUTE_US),
        Question.of(NONE, AMOUNT, false, 0),
        Question.of(COUNTRY, LATENCY, false, 0, Leaf.in(PracticeEvents.DEVICE, 2), Leaf.greater(PracticeEvents.AMOUNT, 500)),
        Question.of(NONE, SketchType.TOP, PracticeEvents.PAGE));

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(1_024);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final ShardQueryEncoder query = new ShardQueryEncoder();
    private final List<UnsafeBuffer> messages = new ArrayList<>();

    /** A condition; several must all hold. */
    private record Leaf(PredicateKind kind, CompareOp op, int column, double constant, byte[] value) {
        static Leaf in(final int dimension, final int number) {
            return new Leaf(PredicateKind.IN, CompareOp.NONE, dimension, 0, PracticeEvents.value(dimension, number));
        }

        static Leaf greater(final int metric, final double constant) {
            return new Leaf(PredicateKind.COMPARE, CompareOp.GREATER, metric, constant, null);
        }
    }

    /** What is asked, whatever the range: dimensions, metrics, a sketch of a column or none, conditions. */
    private record Question(
        int[] groupBy, int[] metrics, boolean moments, long intervalUs, SketchType sketch, int column, List<Leaf> leaves) {

        static Question of(final int[] groupBy, final int[] metrics, final boolean moments, final long intervalUs, final Leaf... leaves) {
            return new Question(groupBy, metrics, moments, intervalUs, null, 0, List.of(leaves));
        }

        static Question of(final int[] groupBy, final SketchType sketch, final int column) {
            return new Question(groupBy, NONE, false, 0, sketch, column, List.of());
        }
    }

    /** The queries, of one shard each. */
    PracticeQueries(final int... shardIds) {
        for (final int shardId : shardIds) {
            for (final Question question : QUESTIONS) {
                add(shardId, 0, question);
                add(shardId, CUT_US, question);
            }
        }
    }

    /** How many there are. */
    int count() {
        return messages.size();
    }

    /** A message. */
    UnsafeBuffer message(final int index) {
        return messages.get(index);
    }

    private void add(final int shardId, final long cutUs, final Question question) {
        query.wrapAndApplyHeader(buffer, 0, header)
            .correlationId(messages.size())
            .queryNodeId(QUERY_NODE_ID)
            .tableId(1)
            .startTimeUs(PracticeEvents.START_US + cutUs)
            .endTimeUs(PracticeEvents.END_US - cutUs)
            .intervalUs(question.intervalUs)
            .timeoutMs(TIMEOUT_MS)
            .maxGroups(MAX_GROUPS)
            .queryNodeIncarnation(1)
            .partial((short) 0);
        query.shardsCount(1).next().shardId(shardId).reserved(0).epoch(EPOCH);
        query.wantedCount(0);
        final ShardQueryEncoder.GroupByEncoder dimensions = query.groupByCount(question.groupBy.length);
        for (final int dimension : question.groupBy) {
            dimensions.next().dimension(dimension);
        }
        final ShardQueryEncoder.MetricsEncoder aggregated = query.metricsCount(question.metrics.length);
        for (final int metric : question.metrics) {
            aggregated.next().metric(metric).moments((short) (question.moments ? 1 : 0)).extremes((short) (question.moments ? 1 : 0));
        }
        final ShardQueryEncoder.SketchesEncoder sketches = query.sketchesCount(question.sketch == null ? 0 : 1);
        if (question.sketch != null) {
            sketches.next().sketch(question.sketch).sole((short) 1).column(question.column).parameter(0);
        }
        addPredicate(question.leaves);
        messages.add(new UnsafeBuffer(
            Arrays.copyOf(buffer.byteArray(), MessageHeaderEncoder.ENCODED_LENGTH + query.encodedLength())));
    }

    private void addPredicate(final List<Leaf> leaves) {
        final ShardQueryEncoder.PredicateEncoder nodes = query.predicateCount(leaves.size() > 1 ? leaves.size() + 1 : leaves.size());
        for (final Leaf leaf : leaves) {
            final ShardQueryEncoder.PredicateEncoder.ValuesEncoder values = nodes.next()
                .kind(leaf.kind).op(leaf.op).column(leaf.column).operands(0).nullMatches((short) 0).reserved((short) 0)
                .constant(leaf.constant).valuesCount(leaf.value == null ? 0 : 1);
            if (leaf.value != null) {
                values.next().putValue(leaf.value, 0, leaf.value.length);
            }
        }
        if (leaves.size() > 1) {
            nodes.next().kind(PredicateKind.AND).op(CompareOp.NONE).column(0).operands(leaves.size()).nullMatches((short) 0)
                .reserved((short) 0).constant(0).valuesCount(0);
        }
    }
}
