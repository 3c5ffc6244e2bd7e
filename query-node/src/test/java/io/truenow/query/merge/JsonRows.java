package io.truenow.query.merge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.truenow.query.answer.AnswerMetadata;
import io.truenow.query.answer.JsonAnswer;
import io.truenow.query.plan.LogicalPlan;

/** A table's rows and the JSON that they become, step by step as the test wants. */
final class JsonRows implements AutoCloseable {
    private final ResultRows rows;
    private final ByteBufAllocator allocator;
    private final long maxBytes;
    private JsonAnswer json;
    private ByteBuf answer;

    JsonRows(
        final LogicalPlan plan, final long startTimeUs, final MergeTable table, final ByteBufAllocator allocator, final long maxBytes) {
        this.rows = new ResultRows(plan, startTimeUs, table);
        this.allocator = allocator;
        this.maxBytes = maxBytes;
    }

    boolean order(final int comparisons) {
        return rows.order(comparisons);
    }

    int writeRows(final int limit) {
        if (json == null) {
            json = new JsonAnswer(rows.schema(), rows.rowCount(), allocator, maxBytes, whole -> answer = whole);
        }
        return json.write(rows, limit);
    }

    boolean isTooLarge() {
        return json != null && json.isTooLarge();
    }

    ByteBuf finish(final AnswerMetadata metadata) {
        json.finish(metadata);
        return answer;
    }

    @Override
    public void close() {
        json.close();
    }
}
