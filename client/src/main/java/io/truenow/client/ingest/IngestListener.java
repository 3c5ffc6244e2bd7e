package io.truenow.client.ingest;

import io.truenow.codecs.edge.AckLevel;
import io.truenow.fabric.position.Position;

/** Told of each batch's fate, on the thread that polls the client. */
public interface IngestListener {
    /** Hears nothing. */
    IngestListener NONE = new IngestListener() {
        @Override
        public void onAcknowledged(final long batchId, final int rows, final Position position, final AckLevel reached) {
        }

        @Override
        public void onRejected(final long batchId, final int rows, final String code, final String message) {
        }
    };

    /**
     * A batch is accepted and kept.
     *
     * @param batchId  as given by {@link TrueNowClient#lastBatchId()} when it was sent; counts up.
     * @param position a query that carries it, in a token, includes these rows.
     * @param reached  the level that was wanted; or {@code JOURNALED} where {@code APPLIED} was and the lanes were slower than the gateway
     *                 waits: the batch will be applied later.
     */
    void onAcknowledged(long batchId, int rows, Position position, AckLevel reached);

    /**
     * Some rows of a batch changed nothing: their events were there, or came twice in it. Called before {@link #onAcknowledged}, where the
     * level is {@code APPLIED} and the lanes have told; it is not called where there are none.
     */
    default void onRepeated(final long batchId, final int rows) {
        // most do not ask
    }

    /** The gateway refused the batch: it is wrong and will not be sent again. */
    void onRejected(long batchId, int rows, String code, String message);
}
