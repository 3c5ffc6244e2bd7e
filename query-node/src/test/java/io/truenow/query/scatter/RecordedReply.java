package io.truenow.query.scatter;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.truenow.fabric.problem.Problem;
import io.truenow.query.answer.AnswerSink;
import io.truenow.query.answer.JsonAnswer;
import io.truenow.query.merge.ResultSchema;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.nio.charset.StandardCharsets;

/** Keeps an answer for the test to look at. Written by the agent's thread, read by the test's. */
final class RecordedReply implements QueryReply {
    volatile JsonNode json;
    volatile Problem refusal;
    volatile boolean isAbandoned;
    private int answers;

    @Override
    public AnswerSink begin(final ResultSchema schema, final int rowCount, final long maxBytes) {
        return new JsonAnswer(schema, rowCount, ByteBufAllocator.DEFAULT, maxBytes, this::answer);
    }

    private void answer(final ByteBuf answer) {
        once();
        final String text = answer.toString(StandardCharsets.UTF_8);
        answer.release();
        json = new JsonMapper().readTree(text);
    }

    @Override
    public void refuse(final Problem why) {
        once();
        refusal = why;
    }

    private void once() {
        answers++;
        if (answers > 1) {
            throw new AssertionError("answered twice");
        }
    }

    @Override
    public boolean isAbandoned() {
        return isAbandoned;
    }

    boolean isDone() {
        return json != null || refusal != null;
    }
}
