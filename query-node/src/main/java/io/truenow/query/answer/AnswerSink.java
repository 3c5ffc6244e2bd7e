package io.truenow.query.answer;

import io.truenow.query.merge.ResultRows;

/** Writes a query's answer, some rows at a time, so that a large one does not hold its thread up. Belongs to the scatter agent's thread. */
public interface AnswerSink extends AutoCloseable {
    /**
     * Writes the cursor's next rows.
     *
     * @return rows written; fewer than the limit if none is left, or the answer is {@link #isTooLarge}.
     */
    int write(ResultRows rows, int limit);

    /** Whether the answer has outgrown its limit. */
    boolean isTooLarge();

    /** Writes the end, and hands the answer over to who asked. */
    void finish(AnswerMetadata metadata);

    /** Frees an answer that is not finished; of no effect else. */
    @Override
    void close();
}
